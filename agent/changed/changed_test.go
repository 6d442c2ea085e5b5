package changed

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/shipper"
)

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func short(changes []shipper.Change) (out []string) {
	for _, c := range changes {
		out = append(out, fmt.Sprintf("%s %s %s %s", c.Time.UTC().Format("15:04:05"), c.Kind, c.What, c.Detail))
	}
	return out
}

// TestTheNewestChangeComesFirst reads every source of a made-up host.
func TestTheNewestChangeComesFirst(t *testing.T) {
	defer func(l *time.Location) { time.Local = l }(time.Local)
	time.Local = time.UTC
	root := t.TempDir()
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	put(t, filepath.Join(root, "proc/stat"), fmt.Sprintf("cpu 1 2\nbtime %d\n", noon.Add(-time.Hour).Unix()))
	put(t, filepath.Join(root, "var/log/dpkg.log.1"), "2026-11-22 11:00:00 install old:all <none> 1\n2026-11-24 09:00:00 install libx:amd64 <none> 2.0\n")
	put(t, filepath.Join(root, "var/log/dpkg.log"), "2026-11-24 11:30:00 startup archives unpack\n2026-11-24 11:30:01 upgrade nginx:amd64 1.0 1.1\n2026-11-24 11:30:02 status installed nginx:amd64 1.1\n"+
		"2026-11-24 11:31:00 remove vim:amd64 9 <none>\n2026-11-24 12:00:01 install later:all <none> 1\nnot a line\n")
	put(t, filepath.Join(root, "var/log/dnf.rpm.log"), "2026-11-24T11:40:00+0000 SUBDEBUG Upgrade: nginx-1.20.1-16.el9.x86_64\n2026-11-24T11:40:00+0000 INFO --- logging initialized ---\n")
	put(t, filepath.Join(root, "var/log/zypp/history"), "# comment\n2026-11-24 11:45:00|install|nginx|1.21.5|x86_64|root@h|repo|\n2026-11-24 11:46:00|command|root@h|'zypper'|\n")
	link := filepath.Join(root, "run/systemd/units/invocation:web.service")
	put(t, link, "")
	put(t, filepath.Join(root, "run/systemd/units/invocation:a.mount"), "")
	if err := os.Chtimes(link, noon, noon.Add(-10*time.Minute)); err != nil {
		t.Fatal(err)
	}
	c := Collector{Root: root}
	mark := shipper.Change{Time: noon.Add(-time.Minute), Kind: Mark, What: "deploy 1.4.2"}
	boot, known := c.Boot()
	got, left := c.Before(noon, 24*time.Hour, []shipper.Change{mark, boot}, noon)
	want := []string{
		"11:59:00 mark deploy 1.4.2 ", "11:50:00 unit web.service started", "11:45:00 package nginx installed 1.21.5",
		"11:40:00 package nginx-1.20.1-16.el9.x86_64 upgraded to this", "11:31:00 package vim removed 9", "11:30:01 package nginx upgraded 1.0 to 1.1",
		"11:00:00 reboot the host was started ", "09:00:00 package libx installed 2.0",
	}
	if diff := cmp.Diff(want, short(got)); diff != "" || left != 0 || !known {
		t.Errorf("%d left, changes (-want +got):\n%s", left, diff)
	}
	var many []shipper.Change
	for i := range 200 {
		many = append(many, shipper.Change{Time: noon.Add(-time.Duration(i) * time.Second), Kind: Mark, What: fmt.Sprint(i)})
	}
	if got, left := c.Before(noon, time.Hour, many, noon); len(got) != maxTold || left == 0 || got[0].What != "0" {
		t.Errorf("%d told, %d left, first %v", len(got), left, got[0])
	}
}

func TestYumNeedsAYear(t *testing.T) {
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.Local)
	for line, want := range map[string]int{"Jan  1 10:00:00 Updated: a-1.x86_64": 2026, "Dec 31 10:00:00 Installed: a-1.x86_64": 2025} {
		if got, ok := yum(now)(line); !ok || got.Time.Year() != want || got.What != "a-1.x86_64" {
			t.Errorf("%q: %v", line, got)
		}
	}
	if _, ok := yum(now)("Jan 1"); ok {
		t.Error("a short line was taken")
	}
}

// TestAFileCountsWhenItsContentDiffers: the first look learns, a touch changes nothing.
func TestAFileCountsWhenItsContentDiffers(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.conf"), filepath.Join(dir, "sub/b.conf")
	put(t, a, "x=1\n")
	put(t, b, "y=1\n")
	c := Collector{Files: []string{filepath.Join(dir, "**/*.conf")}}
	var known map[string]State
	look := func() (out []string) {
		changes, differ := c.Look(known, time.Now())
		if known == nil {
			known = map[string]State{}
		}
		known = maps.Clone(known)
		for path, s := range differ {
			if s == nil {
				delete(known, path)
			} else {
				known[path] = *s
			}
		}
		for _, c := range changes {
			out = append(out, filepath.Base(c.What)+" "+c.Detail)
			if age := time.Since(c.Time); age < 0 || age > time.Minute {
				t.Errorf("%s changed at %v", c.What, c.Time)
			}
		}
		return out
	}
	steps := []struct {
		name string
		do   func()
		want []string
	}{
		{"the first look", func() {}, nil},
		{"nothing", func() {}, nil},
		{"a touch", func() { put(t, a, "x=1\n") }, nil},
		{"other content, same size, old time", func() {
			put(t, a, "x=2\n")
			if err := os.Chtimes(a, time.Unix(1, 0), time.Unix(1, 0)); err != nil {
				t.Fatal(err)
			}
		}, []string{"a.conf changed, 4 to 4 bytes"}},
		{"a new file", func() { put(t, filepath.Join(dir, "c.conf"), "z") }, []string{"c.conf new, 1 bytes"}},
		{"a removed file", func() {
			if err := os.Remove(b); err != nil {
				t.Fatal(err)
			}
		}, []string{"b.conf removed"}},
		{"a large file", func() { put(t, a, strings.Repeat("x", 2<<20)) }, []string{"a.conf changed, 4 to 2097152 bytes"}},
	}
	for _, s := range steps {
		s.do()
		if diff := cmp.Diff(s.want, look()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", s.name, diff)
		}
	}
}

func BenchmarkBefore(b *testing.B) {
	var log string
	for i := range 10_000 {
		log += fmt.Sprintf("2026-11-24 11:%02d:%02d upgrade package%d:amd64 1.0-%d 1.1-%d\n", i/60%60, i%60, i, i, i)
	}
	root := b.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "var/log"), 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "var/log/dpkg.log"), []byte(log), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c := Collector{Root: root} // nothing cached
		c.Before(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), 24*time.Hour, nil, time.Now())
	}
}
