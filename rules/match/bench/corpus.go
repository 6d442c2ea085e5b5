package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// random is splitmix64: small, fast and the same everywhere.
type random uint64

func (r *random) below(n int) int {
	*r += 0x9E3779B97F4A7C15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return int((z ^ z>>31) % uint64(n))
}

func (r *random) pick(from []string) string { return from[r.below(len(from))] }

// quiet are lines of a host that is well, as printf forms: %d a number, %s a word,
// %a an address.
var quiet = []string{
	"Nov 24 10:%2:%2 web-%1 systemd[1]: Started Session %d of user %s.",
	"Nov 24 10:%2:%2 web-%1 CRON[%d]: pam_unix(cron:session): session closed for user %s",
	"Nov 24 10:%2:%2 db-%1 sshd[%d]: Accepted publickey for %s from %a port %d ssh2",
	"Nov 24 10:%2:%2 db-%1 sshd[%d]: Failed password for %s from %a port %d ssh2",
	"Nov 24 10:%2:%2 db-%1 sshd[%d]: Received disconnect from %a port %d:11: Bye Bye [preauth]",
	"Nov 24 10:%2:%2 fw-%1 kernel: [%d.%d] IN=eth0 OUT= SRC=%a DST=%a LEN=%2 TOS=0x00 TTL=%2 PROTO=TCP SPT=%d DPT=%d",
	"Nov 24 10:%2:%2 mail postfix/smtpd[%d]: connect from unknown[%a]",
	"%a - - [24/Nov/2026:10:%2:%2 +0000] \"GET /api/v1/%s?id=%d HTTP/1.1\" 200 %d \"-\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\"",
	"%a - %s [24/Nov/2026:10:%2:%2 +0000] \"POST /%s HTTP/1.1\" 302 %d \"https://www.example.com/\" \"curl/8.5.0\"",
	"2026-11-24 10:%2:%2,%3 INFO [worker-%1] com.example.%s.Service - request %d done in %3 ms, status=ok",
	"2026-11-24 10:%2:%2,%3 WARN [worker-%1] com.example.%s.Client - retry %1 of 5 after connection reset, host %a",
	"2026-11-24 10:%2:%2.%3 UTC [%d] LOG:  checkpoint complete: wrote %d buffers (0.%1%); write=%2.%3 s, sync=0.%3 s",
	"2026/11/24 10:%2:%2 [error] %2#%2: *%d open() \"/usr/share/nginx/html/%s.ico\" failed (2: No such file or directory), client: %a",
	"time=\"2026-11-24T10:%2:%2Z\" level=info msg=\"request completed\" method=GET path=/%s status=200 duration=%1.%3ms",
	"{\"level\":\"info\",\"ts\":17640%d.%3,\"logger\":\"%s\",\"msg\":\"reconciled object\",\"name\":\"%s\",\"error\":null}",
	"081109 2035%2 %3 INFO dfs.DataNode$PacketResponder: PacketResponder %1 for block blk_%d terminating",
	"\tat com.example.%s.Handler.run(Handler.java:%3)",
	"E1124 10:%2:%2.%3 1 reflector.go:126] watch of *v1.%s ended with: too old resource version: %d",
}

var words = strings.Fields("orders users items cart login health search billing ledger stock mail queue cache report alice bob deploy root admin backup")

// alarm is an expression and a line it matches.
type alarm struct{ pattern, line string }

var first = []alarm{
	{`Out of memory: Killed? process ([0-9]+) \(([^)]+)\)`, "kernel: Out of memory: Kill process %d (%s) score %3"},
	{`segfault at [0-9a-f]+ ip [0-9a-f]+ sp [0-9a-f]+ error [0-9]+`, "kernel: %s[%d]: segfault at %d ip 00007f%d sp 00007ffd%d error 4"},
	{`panic: (.+)`, "panic: runtime error: index out of range [%d]"},
	{`Traceback \(most recent call last\)`, "Traceback (most recent call last):"},
	{`java\.lang\.(OutOfMemory|StackOverflow)Error`, "java.lang.OutOfMemoryError: Java heap space"},
	{`" 5[0-9][0-9] [0-9]+ `, "%a - - [24/Nov/2026:10:%2:%2 +0000] \"GET /%s HTTP/1.1\" 502 %d \"-\" \"curl/8.5.0\""},
	{`[Nn]o space left on device`, "write /var/lib/%s/%d: no space left on device"},
	{`[Tt]oo many open files`, "accept4() failed (24: Too many open files)"},
	{`I/O error, dev ([a-z0-9]+), sector ([0-9]+)`, "kernel: blk_update_request: I/O error, dev sda, sector %d"},
	{`EXT4-fs error \(device ([^)]+)\)`, "kernel: EXT4-fs error (device sda1): inode #%d"},
	{`FATAL:  (.*)`, "postgres[%d]: FATAL:  remaining connection slots are reserved"},
	{`deadlock detected`, "ERROR:  deadlock detected"},
	{`certificate (has|is) expired`, "x509: certificate has expired or is not yet valid"},
	{`table full, dropping packet`, "kernel: nf_conntrack: table full, dropping packet"},
	{`task ([^ ]+):([0-9]+) blocked for more than [0-9]+ seconds`, "kernel: INFO: task %s:%d blocked for more than 120 seconds."},
	{`level=(error|fatal|critical) .*(timed out|deadline exceeded)`, "level=error ts=%d msg=\"push failed\" err=\"context deadline exceeded\""},
	{`systemd\[[0-9]+\]: ([^ ]+): (Failed with result|Main process exited)`, "systemd[1]: %s.service: Failed with result 'exit-code'."},
	{`[Cc]onnection refused`, "dial tcp %a:%d: connect: Connection refused"},
	{`Failed password for (invalid user )?([^ ]+) from (10|172)\.0\.[0-9]+\.[0-9]+ port 22[0-9][0-9][0-9]`, "sshd[%d]: Failed password for root from 10.0.1.7 port 22%3 ssh2"},
	{`soft lockup - CPU#[0-9]+ stuck for [0-9]+s`, "kernel: watchdog: BUG: soft lockup - CPU#3 stuck for 22s!"},
}

// alarms returns n of them: the first ones, and made ones of five forms.
func alarms(n int) []alarm {
	out := append([]alarm(nil), first...)
	r := random(7)
	parts := strings.Fields("payment inventory gateway session profile broker replica archive exporter mailer scheduler router balancer resolver tunnel volume registry builder monitor collector scraper planner compiler crawler renderer streamer player uploader")
	things := strings.Fields("quota lease token handle descriptor checksum manifest journal partition shard chunk frame socket channel cursor schema tuple window offset watermark quorum leader")
	ends := strings.Fields("exceeded corrupted expired mismatch rejected unreachable stalled overflow aborted poisoned diverged truncated revoked missing")
	seen := map[string]bool{}
	for len(out) < n {
		p, t, e := r.pick(parts), r.pick(things), r.pick(ends)
		if seen[p+t+e] {
			continue
		}
		seen[p+t+e] = true
		switch len(out) % 5 {
		case 0:
			out = append(out, alarm{p + " " + t + " " + e, "app[%d]: " + p + " " + t + " " + e})
		case 1:
			out = append(out, alarm{p + `\[([0-9]+)\]: ` + t + ` ([^ ]+) ` + e, p + "[%d]: " + t + " id-%d " + e})
		case 2:
			out = append(out, alarm{`(ERROR|FATAL|CRIT) ` + p + `: .*` + t + ` ` + e, "FATAL " + p + ": after %d ms the " + t + " " + e})
		case 3:
			out = append(out, alarm{`[A-Z]+-[0-9]+: ` + t + ` ` + e + ` in ` + p, "ERR-%d: " + t + " " + e + " in " + p})
		case 4:
			out = append(out, alarm{`svc=` + p + ` code=([0-9]+) reason=` + t + `_` + e, "svc=" + p + " code=%d reason=" + t + "_" + e})
		}
	}
	return out[:n]
}

// fill appends form with its fields, from r.
func fill(out []byte, form string, r *random) []byte {
	for {
		i := strings.IndexByte(form, '%')
		if i < 0 || i+1 == len(form) {
			return append(out, form...)
		}
		out = append(out, form[:i]...)
		switch c := form[i+1]; c {
		case 'd':
			out = fmt.Append(out, r.below(99999))
		case 's':
			out = append(out, r.pick(words)...)
		case 'a':
			out = fmt.Appendf(out, "%d.%d.%d.%d", 11+r.below(200), r.below(256), r.below(256), r.below(256))
		case '1', '2', '3':
			n := []int{10, 60, 1000}[c-'1']
			out = fmt.Appendf(out, "%0*d", int(c-'0'), r.below(n))
		default:
			out = append(out, form[i:i+2]...)
		}
		form = form[i+2:]
	}
}

// generate writes corpus.log of about size bytes, rules_N.txt with an expression a
// line, and rules_N.yaml with the same for the agent, into dir. It is the same for
// the same size.
func generate(dir string, size int64) error {
	all := alarms(1000)
	for _, n := range []int{20, 200, 1000} {
		if err := writeRules(filepath.Join(dir, fmt.Sprintf("rules_%d", n)), all[:n]); err != nil {
			return err
		}
	}
	f, err := os.Create(filepath.Join(dir, "corpus.log"))
	if err != nil {
		return err
	}
	r := random(42)
	var block []byte
	for written := int64(0); written < size; {
		form := r.pick(quiet)
		if r.below(4000) == 0 {
			form = all[r.below([]int{20, 200, 1000}[r.below(3)])].line
		}
		if block = append(fill(block, form, &r), '\n'); len(block) < 1<<16 {
			continue
		}
		if _, err := f.Write(block); err != nil {
			return errors.Join(err, f.Close())
		}
		written += int64(len(block))
		block = block[:0]
	}
	return f.Close()
}

func writeRules(path string, all []alarm) error {
	var text, yaml strings.Builder
	yaml.WriteString("rules:\n")
	for i, a := range all {
		fmt.Fprintln(&text, a.pattern)
		fmt.Fprintf(&yaml, "  - {id: rule-%d, title: rule %d, severity: error, tier: L2, match: {regex: '%s'}}\n", i, i, strings.ReplaceAll(a.pattern, "'", "''"))
	}
	if err := os.WriteFile(path+".txt", []byte(text.String()), 0o600); err != nil {
		return err
	}
	return os.WriteFile(path+".yaml", []byte(yaml.String()), 0o600)
}
