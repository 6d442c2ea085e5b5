package capsule

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/shipper"
)

const hostile = `<script>alert(1)</script> "quoted" & <img src=x onerror=alert(2)> {{.}} ` + "\x1b[31m"

// story is an incident as it would be remembered, with hostile text everywhere.
func story() []agent.Past {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	exit := 2
	base := shipper.Incident{
		Fingerprint: strings.Repeat("ab", 16), Generation: 1, Sequence: 1, Status: "open", Rule: "disk", Title: "disk sda fails " + hostile, Severity: "critical", Tier: "L3",
		Host: shipper.Host{Name: "web1"}, Key: map[string]string{"dev": "sda"}, Fields: map[string]string{"dev": "sda", "note": hostile}, Count: 1, Opened: at, LastSeen: at,
		Runbook: "javascript:alert(3)", Known: hostile,
	}
	opened, more, over := base, base, base
	opened.Snapshot = &shipper.Snapshot{
		File: "/var/log/app.log", Offset: 4711, Generation: "1-2-3", Line: 118, Before: []string{"checkpoint starting: time", "from 203.0.113.7 " + hostile}, Match: "bad sda\n\tat Main.java:17",
		Places: []shipper.Place{{File: "/var/log/app.log", Generation: "1-2-3", Line: 116, Offsets: []int64{1, 2}}},
		Facts: &shipper.Facts{
			Taken: at, OS: "debian 12", Kernel: "6.1", CPUs: 4, Load: []float64{1, 2, 3}, MemoryTotal: 8 << 30, MemoryFree: 1 << 30, Disk: &shipper.Disk{Path: "/var/log", Total: 10 << 30, Free: 1 << 20},
			Unit: &shipper.Unit{Name: "db.service", State: "active/running", Restarts: 3}, NotPermitted: []string{"open files of process 7"},
		},
	}
	opened.Snapshot.Changed = []shipper.Change{{Time: at.Add(-time.Hour), Kind: "mark", What: "deploy 1.4.2"}, {Time: at.Add(-2 * time.Hour), Kind: "package", What: "libc6:amd64", Detail: "upgraded 2.36 to 2.37"}}
	opened.Snapshot.Related = []shipper.Related{{Time: at.Add(-time.Second), Source: "kernel", File: "/var/log/kern.log", Text: "ata1: link is slow " + hostile}}
	opened.Snapshot.Awaited = []string{"health"}
	more.Sequence, more.Reason = 2, "evidence"
	more.Snapshot = &shipper.Snapshot{File: "/var/log/app.log", Offset: 4711, After: []string{"shutting down"}, AfterPlaces: []shipper.Place{{File: "/var/log/app.log", Generation: "1-2-3", Line: 120, Offsets: []int64{9}}}}
	more.Snapshot.Diagnostics = []shipper.Diagnostic{{Name: "health", Command: []string{"/usr/sbin/smartctl", "-H", "/dev/sda"}, Exit: &exit, Milliseconds: 73, Output: "FAILED " + hostile}, {Name: "../../escape", Output: "x"}}
	more.Snapshot.Complete = true
	over.Sequence, over.Status, over.Reason, over.Count, over.LastSeen = 3, "resolved", "recovered", 12, at.Add(time.Minute)
	const rule = "rules:\n  - id: disk\n    title: \"disk {{ .dev }} fails\"\n    severity: critical\n    match: {regex: 'bad (?P<dev>\\w+)'}\n    key: [dev]\n"
	return []agent.Past{
		{Type: shipper.Opened, Time: at, Rule: rule, Data: opened},
		{Type: shipper.Updated, Time: at.Add(time.Second), Data: more},
		{Type: shipper.Resolved, Time: at.Add(2 * time.Minute), Data: over},
	}
}

func make1(t *testing.T, a redact.Audience) (*Capsule, []byte) {
	t.Helper()
	c, err := New(story(), Options{Agent: "1.0", Audience: a, Redact: redact.New([]byte("a key of thirty-two bytes for us"), a)})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	return c, b.Bytes()
}

func TestEqualEvidenceGivesAnEqualFile(t *testing.T) {
	c, first := make1(t, redact.L3)
	again, second := make1(t, redact.L3)
	other, _ := make1(t, redact.Vendor)
	if !bytes.Equal(first, second) || c.Name() != again.Name() || c.Name() == other.Name() {
		t.Errorf("names %s, %s, %s", c.Name(), again.Name(), other.Name())
	}
	read, err := Read(bytes.NewReader(first), c.Name())
	if err != nil {
		t.Fatal(err)
	}
	if read.ID() != c.ID() || len(read.Events) != 3 || read.Rule == "" || read.Manifest.Incident != c.Manifest.Incident {
		t.Errorf("read %+v", read.Manifest)
	}
}

// TestThePageIsOnlyText: nothing of a log becomes a part of the page.
func TestThePageIsOnlyText(t *testing.T) {
	c, _ := make1(t, redact.Vendor)
	page := string(c.files[pageFile])
	for _, bad := range []string{"<script", "<img", "onerror=alert(2)>", "203.0.113.7", "href=", "src="} {
		if strings.Contains(strings.ReplaceAll(page, "&lt;", ""), bad) && strings.Contains(page, bad) {
			if bad == "src=" || bad == "onerror=alert(2)>" {
				continue // as text
			}
			t.Errorf("the page holds %s", bad)
		}
	}
	for _, want := range []string{`<tr class="hit"><td>118</td><td>bad sda</td>`, "<td>117</td><td>from [ip#", "<td>120</td><td>shutting down", "deploy 1.4.2", "12:00:01.000 UTC", "12:02:00.000 UTC", "exit code 2", "restarted 3×", "Not permitted", "&lt;script&gt;"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %s", want)
		}
	}
	for name := range c.files {
		if strings.Contains(name, "escape") {
			t.Errorf("a file is called %s", name)
		}
	}
}

// TestNoSecretLeaves: what a detector still finds ends the export.
func TestNoSecretLeaves(t *testing.T) {
	events := story()
	events[0].Data.Fields["token"] = "0123456789abcdefghijABCDEFGHIJ01"
	c, err := New(events, Options{Audience: redact.L3, Redact: redact.New(redact.NewKey(), redact.L3)})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range c.files {
		if bytes.Contains(data, []byte("0123456789abcdefghij")) {
			t.Errorf("%s holds the token", name)
		}
	}
	c.files["late.txt"] = []byte("password=hunter2x and more\n")
	if err := c.search(redact.New(redact.NewKey(), redact.L3)); !errors.Is(err, ErrSecret) || !strings.Contains(err.Error(), "late.txt: 1 password") || strings.Contains(err.Error(), "hunter2x") {
		t.Errorf("err = %v", err)
	}
}

// TestWhatStandsBesideATextIsNoSecret: a command that ends in --password asks for one.
func TestWhatStandsBesideATextIsNoSecret(t *testing.T) {
	events := story()
	events[0].Data.Snapshot.Facts.TopCPU = []shipper.Process{{PID: 1, Name: "sh", Command: "sh -c read password:"}, {PID: 2, Name: "mysql", Command: "mysql --password="}}
	if _, err := New(events, Options{Audience: redact.L3, Redact: redact.New(redact.NewKey(), redact.L3)}); err != nil {
		t.Error(err)
	}
}

// TestASecretOverTwoEventsIsRemoved: the match asks, the record after it answers.
func TestASecretOverTwoEventsIsRemoved(t *testing.T) {
	events := story()
	events[0].Data.Snapshot.Match = "bad sda; new password:"
	events[1].Data.Snapshot.After = []string{"hunter2x!Q", "shutting down"}
	c, err := New(events, Options{Audience: redact.Internal, Redact: redact.New(redact.NewKey(), redact.Internal)})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range c.files {
		if bytes.Contains(data, []byte("hunter2x")) {
			t.Errorf("%s holds the password", name)
		}
	}
	if c.Events[1].Data.Redacted["password"] != 1 || c.Manifest.Redacted["password"] != 1 {
		t.Errorf("counted %v, in all %v", c.Events[1].Data.Redacted, c.Manifest.Redacted)
	}
}

// TestRecordsThatCameLaterHaveTheirPlace: those of a log that took long to read stand
// before those of the opening, with their numbers.
func TestRecordsThatCameLaterHaveTheirPlace(t *testing.T) {
	events := story()
	events[1].Data.Snapshot.Before = []string{"first", "second"}
	events[1].Data.Snapshot.Places = []shipper.Place{{File: "/var/log/app.log.1.gz", Line: 70, Offsets: []int64{5, 11}}}
	c, err := New(events, Options{Audience: redact.L3, Redact: redact.New(redact.NewKey(), redact.L3)})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Records().Before; len(got) != 4 || got[0] != "first" || got[2] != "checkpoint starting: time" {
		t.Errorf("before: %q", got)
	}
	if log, want := string(c.files[recordsFile]), "first\nsecond\ncheckpoint starting"; !strings.HasPrefix(log, want) {
		t.Errorf("%s begins with %.60q", recordsFile, log)
	}
	for _, want := range []string{"<td>71</td><td>second</td>", "<td>116</td><td>checkpoint"} {
		if !strings.Contains(string(c.files[pageFile]), want) {
			t.Errorf("the page does not hold %s", want)
		}
	}
}

// archive makes a capsule by hand.
func archive(t *testing.T, headers []tar.Header, body string) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	for _, h := range headers {
		h.Size = int64(len(body))
		if h.Typeflag != tar.TypeReg {
			h.Size = 0
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			fmt.Fprint(w, body)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestNoPathLeadsOut(t *testing.T) {
	for _, name := range []string{"../x", "/etc/passwd", "a/../../x", "a/./b", "a//b", `..\x`, "", "."} {
		if _, err := Read(bytes.NewReader(archive(t, []tar.Header{{Name: name, Typeflag: tar.TypeReg}}, "x")), "x"); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
	for _, kind := range []byte{tar.TypeSymlink, tar.TypeLink, tar.TypeChar, tar.TypeFifo, tar.TypeDir} {
		if _, err := Read(bytes.NewReader(archive(t, []tar.Header{{Name: "x", Linkname: "/etc/passwd", Typeflag: kind}}, "x")), "x"); err == nil || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("kind %c: %v", kind, err)
		}
	}
	if _, err := Read(bytes.NewReader(archive(t, []tar.Header{{Name: "x", Typeflag: tar.TypeReg}, {Name: "x", Typeflag: tar.TypeReg}}, "x")), "x"); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("twice: %v", err)
	}
}

func TestAChangedCapsuleIsKnown(t *testing.T) {
	rewrite := func(t *testing.T, change func(*Capsule)) ([]byte, string) {
		c, data := make1(t, redact.L3)
		name := c.Name()
		c, err := Read(bytes.NewReader(data), name)
		if err != nil {
			t.Fatal(err)
		}
		change(c)
		var b bytes.Buffer
		z, _ := zstd.NewWriter(&b)
		w := tar.NewWriter(z)
		for name, data := range c.files {
			if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(data)), Mode: 0o644}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(data); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(w.Close(), z.Close()); err != nil {
			t.Fatal(err)
		}
		return b.Bytes(), name
	}
	for want, change := range map[string]func(*Capsule){
		`"records.log" was changed`: func(c *Capsule) { c.files[recordsFile][0] ^= 1 },
		`"rule.yaml" is missing`:    func(c *Capsule) { delete(c.files, ruleFile) },
		`"more" is not listed`:      func(c *Capsule) { c.files["more"] = []byte("x") },
		"it was made anew":          func(c *Capsule) { c.files["more"] = []byte("x"); c.files[sumsFile] = c.sums() },
	} {
		data, name := rewrite(t, change)
		if _, err := Read(bytes.NewReader(data), name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	_, data := make1(t, redact.L3)
	for n := 0; n < len(data); n += 97 {
		broken := bytes.Clone(data)
		broken[n] ^= 0x40
		if _, err := Read(bytes.NewReader(broken), "x"); err == nil {
			t.Errorf("byte %d was changed and nobody saw it", n)
		}
	}
}

// TestACapsuleOfAnOlderAgentReplays: it says nothing of its source.
func TestACapsuleOfAnOlderAgentReplays(t *testing.T) {
	_, data := make1(t, redact.Internal)
	c, err := Read(bytes.NewReader(data), "old")
	if err != nil || c.Manifest.Origin != nil {
		t.Fatal(err, c.Manifest.Origin)
	}
	set, err := c.Rules(func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	if opened := c.Replay(set, From{}); len(opened) != 1 || opened[0].Key["dev"] != "sda" {
		t.Errorf("opened %+v", opened)
	}
}
