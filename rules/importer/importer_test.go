package importer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/importer"
)

// set loads what was imported.
func set(t *testing.T, r importer.Result) *rules.Set {
	t.Helper()
	if r.YAML == nil {
		t.Fatalf("nothing was taken: %v", r.Refused)
	}
	file := filepath.Join(t.TempDir(), "r.yaml")
	if err := os.WriteFile(file, r.YAML, 0o600); err != nil {
		t.Fatal(err)
	}
	s, problems := rules.Load([]string{file}, nil)
	if err := problems.Err(); err != nil {
		t.Fatalf("%v in\n%s", problems, r.YAML)
	}
	return s
}

// holds compares, for each line, whether the first rule matches with its prefix
// "+" or "-".
func holds(t *testing.T, r importer.Result, lines ...string) {
	t.Helper()
	view := set(t, r).View(rules.Source{Any: true})
	for _, l := range lines {
		if got := len(view.Scan([]byte(l[1:]+"\n"), nil)) > 0; got != (l[0] == '+') {
			t.Errorf("match %v: %s\n%s", got, l, r.YAML)
		}
	}
}

func TestSigmaConditionsKeepTheirMeaning(t *testing.T) {
	r := importer.Sigma([]byte(`
title: Strange {{ login }}
level: high
logsource: {product: linux, service: auditd}
detection:
  selection_a:
    proc|endswith: sshd
    msg|contains|all: [failed, 'pass*word']
    code|gte: 3
    gone: null
  selection_b|ignored: [x]
  words: ['Corrupted?MAC', 'it''s: #1']
  filter: {user: [backup, 'svc*']}
  condition: (1 of selection_a* or words) and not filter
`))
	holds(t, r, `+proc=/usr/bin/SSHD msg="FAILED the passing word" code=3`, `-proc=/usr/bin/sshd msg="failed the passing word" code=2`,
		`-proc=sshd msg=failed code=3`, `-proc=sshd msg="failed the passing word" code=3 gone=1`, `-msg="sshd failed the passing word" code=3`,
		"+corrupted MAC", "+it's: #1", "-corrupted MAC user=backup", "-corrupted MAC user=svc-7", "+corrupted MAC of backup", "-nothing")
	said := fmt.Sprint(r.Notes)
	for _, want := range []string{"product linux, service auditd", "field proc"} {
		if !strings.Contains(said, want) {
			t.Errorf("not said: %s in %s", want, said)
		}
	}
}

func TestElastAlertFiltersKeepTheirMeaning(t *testing.T) {
	r := importer.ElastAlert([]byte(`
name: Slow pages
type: frequency
num_events: 5
alert: [email]
filter:
- query: {query_string: {query: 'program:nginx AND (message:"timed out" OR level:err*) AND NOT path:health'}}
- bool: {should: [{term: {a: one}}, {regexp: {b: 'tw.'}}, {range: {ms: {gte: 500}}}, {exists: {field: stack}}], must_not: [{match: {c: {query: three}}}]}
`))
	holds(t, r, `+{"program":"nginx","message":"it timed out","a":"one"}`, `+{"program":"nginx","level":"error","b":"two"}`, `+{"program":"nginx","level":"error","ms":500}`,
		`+{"program":"nginx","level":"error","stack":"x"}`, `-{"program":"nginx","level":"error","ms":499}`, `-{"program":"nginx","level":"error","b":"twoo"}`,
		`-{"program":"nginx","a":"one"}`, `-{"program":"nginx","level":"error","a":"one","c":"the three"}`, `-{"program":"nginx","level":"error","path":"/health","a":"one"}`,
		`-nginx timed out one`)
	said := fmt.Sprint(r.Refused)
	for _, want := range []string{"type frequency", "alert"} {
		if !strings.Contains(said, want) {
			t.Errorf("not said: %s in %s", want, said)
		}
	}
	holds(t, importer.ElastAlert([]byte("name: b\ntype: blacklist\ncompare_key: u\nblacklist: [root, joe]\nfilter: [{term: {k: login}}]")),
		"+k=login u=joe", "-k=login u=jim", "-u=joe", "-k=login joe")
	holds(t, importer.ElastAlert([]byte("name: w\ntype: whitelist\ncompare_key: u\nwhitelist: [root]\nfilter: [{term: {k: login}}]")),
		"+k=login u=joe", "-k=login u=root", "-k=login")
}

func TestCrowdSecFiltersKeepTheirMeaning(t *testing.T) {
	r := importer.CrowdSec([]byte(`
type: leaky
name: me/probing
description: "Probing of {{ it }}"
filter: "evt.Meta.service == 'http' && evt.Meta.http_status in ['404', 403] && (Lower(evt.Parsed.request) contains Lower('/.ENV') || evt.Parsed.request matches '\\\\.(bak|sql) ') && !(evt.Meta.http_verb startsWith 'HEAD') && evt.Parsed.agent != ''"
groupby: evt.Meta.source_ip
capacity: 5
`))
	log := func(sign, client, request, status string) string {
		return fmt.Sprintf(`%s%s - - [24/Nov/2026:10:00:00 +0000] "%s HTTP/1.1" %s 162 "-" "curl"`, sign, client, request, status)
	}
	holds(t, r, log("+", "2001:db8::1", "GET /.ENV", "404"), log("+", "10.0.0.1", "GET /a.sql", "403"), log("-", "10.0.0.1", "GET /.env?404", "200"),
		log("-", "10.0.0.1", "HEAD /.env", "404"), log("-", "10.0.0.1", "GET /x", "404"), "-10:00:00 GET 404 /.env")
	said := fmt.Sprint(r.Refused, r.Notes)
	for _, want := range []string{"type leaky", "source's address", "choose the source", "evt.Parsed.request"} {
		if !strings.Contains(said, want) {
			t.Errorf("not said: %s in %s", want, said)
		}
	}
}

// TestCrowdSecKindsBecomeMacros: what CrowdSec's parsers find is found by a macro that
// knows such lines, or that is there to be filled in.
func TestCrowdSecKindsBecomeMacros(t *testing.T) {
	r := importer.CrowdSec([]byte(`
type: leaky
name: me/ssh-bf
filter: evt.Meta.log_type == 'ssh_failed-auth'
groupby: evt.Meta.source_ip
distinct: evt.Meta.target_user
capacity: 5
leakspeed: 10s
---
type: leaky
name: me/ssh-bf
filter: evt.Meta.log_type in ['shop_failed_auth']
groupby: evt.Meta.source_ip
capacity: 5
leakspeed: 10s
---
type: trigger
name: me/audit
filter: evt.Unmarshaled.k8s_audit.verb == 'create' && evt.Unmarshaled.k8s_audit.objectRef.resource endsWith 'pods'
`))
	holds(t, r, "+Nov 24 10:00:00 web1 sshd[7]: Invalid user joe from 192.0.2.7 port 40022", "+Nov 24 10:00:00 web1 sshd[7]: Failed password for root from 2001:db8::1 port 40022 ssh2",
		"-Nov 24 10:00:00 web1 sshd[7]: Accepted password for root from 2001:db8::1 port 40022 ssh2", "+lines of shop_failed_auth of 192.0.2.7",
		`+{"verb":"create","objectRef":{"resource":"pods"}}`, `-{"verb":"get","objectRef":{"resource":"pods"}}`)
	if want := "key: ['source_ip']\n    threshold: {count: 6, leak: 10s, distinct: 'target_user'}"; !strings.Contains(string(r.YAML), want) {
		t.Errorf("no %s in\n%s", want, r.YAML)
	}
	if !strings.Contains(string(r.YAML), "id: crowdsec-me-ssh-bf-2\n") {
		t.Errorf("two rules have one id:\n%s", r.YAML)
	}
	if said := fmt.Sprint(r.Notes); !strings.Contains(said, "macro shop_failed_auth stands for lines") {
		t.Errorf("said only %s", said)
	}
}

func TestWhatCannotBeTakenIsSaid(t *testing.T) {
	for _, c := range []struct {
		from func([]byte) importer.Result
		in   string
		want string
	}{
		{importer.Sigma, "title: t\ndetection: {s: {a|cidr: 10.0.0.0/8}, condition: s}", "modifier cidr"},
		{importer.Sigma, "title: t\ndetection: {s: {a|re: '(?!x)y'}, condition: s}", "negative lookahead"},
		{importer.Sigma, "title: t\ndetection: {s: [x], condition: s | count() > 5}", "condition over time"},
		{importer.Sigma, "title: t\ndetection: {s: [x], condition: s and t}", `names "t"`},
		{importer.Sigma, "title: t\ndetection: {s: [x], condition: (s}", "not closed"},
		{importer.Sigma, "title: t\ndetection: {s: [x], condition: 2 of s*}", "only 1 and all"},
		{importer.Sigma, "title: t", "no detection"},
		{importer.Sigma, "a: [", "read YAML"},
		{importer.Sigma, "title: t\ndetection: {s: ['*'], condition: s}", "holds for every record"},
		{importer.Sigma, "title: t\ndetection: {s: {a|gt: b}, condition: s}", "no number"},
		{importer.CrowdSec, "name: n\nfilter: evt.Meta.log_type == 'http_access-log'", "nothing is left"},
		{importer.CrowdSec, "name: n\nfilter: evt.Meta.service == 'ssh'", "nothing is left"},
		{importer.CrowdSec, "name: n\nfilter: \"any(File('x'), {evt.Parsed.a contains #})\"", "no counterpart"},
		{importer.CrowdSec, "name: n\ndata: [{dest_file: x}]\nfilter: evt.Parsed.a == 'b'", "data files"},
		{importer.CrowdSec, "name: n\nfilter: evt.Parsed.a matches '(?=b)'", "lookahead"},
		{importer.CrowdSec, "name: n\nfilter: evt.Parsed.a > 5", "no counterpart"},
		{importer.CrowdSec, "name: n\nfilter: 'evt.Parsed.a =='", "not understood"},
		{importer.CrowdSec, "type: trigger", "no scenario"},
		{importer.ElastAlert, "name: n\ntype: any\nfilter: [{range: {a: {gt: now-1h}}}]", "no number"},
		{importer.ElastAlert, "name: n\ntype: any\nfilter: [{fuzzy: {a: b}}]", "query fuzzy"},
		{importer.ElastAlert, "name: n\ntype: any\nfilter: []", "every record"},
		{importer.ElastAlert, "name: n\ntype: any\nfilter: [{query: {query_string: {query: 'a:[1 TO 2]'}}}]", "no counterpart"},
		{importer.ElastAlert, "x: 1", "no name"},
	} {
		r := c.from([]byte(c.in))
		if r.YAML != nil || !strings.Contains(fmt.Sprint(r.Refused), c.want) {
			t.Errorf("%s: refused %v, YAML\n%s", c.in, r.Refused, r.YAML)
		}
	}
}

// FuzzImport: whatever comes in, what goes out loads.
func FuzzImport(f *testing.F) {
	f.Add("title: t\ndetection: {s: {a|re: 'x'}, condition: s}")
	f.Add("name: n\ntype: any\nfilter: [{term: {a: \"l\\u0001\\n'\"}}]")
	f.Add("[Definition]\nfailregex = ^a <HOST>$\n  ^b%(c)s\nc = d\n")
	f.Add("name: n\nfilter: evt.Parsed.a in ['b', 'c'] || Lower(evt.Parsed.d) matches 'e'")
	f.Fuzz(func(t *testing.T, in string) {
		for _, r := range []importer.Result{
			importer.Sigma([]byte(in)), importer.ElastAlert([]byte(in)), importer.CrowdSec([]byte(in)),
			importer.Fail2ban("f", []byte(in), func(string) ([]byte, error) { return nil, os.ErrNotExist }),
		} {
			if r.YAML == nil {
				continue
			}
			_, problems := rules.Parse("r.yaml", r.YAML, nil, map[string]*rules.Rule{})
			for _, p := range problems {
				if p.Code == "syntax" || p.Code == "wrong-type" || p.Code == "unknown-key" {
					t.Errorf("%v in\n%s", p, r.YAML)
				}
			}
		}
	})
}
