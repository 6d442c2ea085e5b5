package tail_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"
)

// shut is a file as xz makes them, as far as anybody looks.
const shut = "\xfd7zXZ\x00 and what follows"

// pack puts other content under a name of its own, as compressors do.
func (r *rig) pack(name, to, content string) {
	r.t.Helper()
	info, err := os.Stat(r.path(name))
	if err != nil {
		r.t.Fatal(err)
	}
	r.append(to, content)
	if err := os.Chtimes(r.path(to), info.ModTime(), info.ModTime()); err != nil {
		r.t.Fatal(err)
	}
	r.remove(name)
}

// TestWhatCannotBeUnpackedIsAGap: each file counts once, is named, and with the place
// from which on it is missed.
func TestWhatCannotBeUnpackedIsAGap(t *testing.T) {
	for name, c := range map[string]struct {
		down func(r *rig)
		gaps int64
		said []string
	}{
		"the rest of a file": {func(r *rig) {
			r.append("app.log", numbered(10, 20))
			r.pack("app.log", "app.log.1.xz", shut)
		}, 1, []string{"app.log.1.xz offset=250"}},
		"by another name": {func(r *rig) {
			r.append("app.log", numbered(10, 20))
			r.pack("app.log", "app.log.1.gz", shut)
		}, 1, []string{"app.log.1.gz offset=250"}},
		"and a new one": {func(r *rig) {
			r.append("app.log", numbered(10, 20))
			r.pack("app.log", "app.log.2.xz", shut)
			r.append("app.log", numbered(20, 30))
			time.Sleep(10 * time.Millisecond) // the clock of files is a coarse one
			r.append("app.log", numbered(30, 40))
			r.pack("app.log", "app.log.1.lzo", "anything")
		}, 2, []string{"app.log.2.xz offset=250", "app.log.1.lzo offset=0"}},
		"the rest of a copy": {func(r *rig) {
			r.append("app.log", numbered(10, 20))
			r.copyTruncate("app.log.1")
			r.pack("app.log.1", "app.log.1.xz", shut)
		}, 1, []string{"app.log.1.xz offset=0"}},
		"not of a file that is still there": {func(r *rig) {
			r.append("app.log", numbered(40, 41))
			r.rename("app.log", "app.log.1")
			r.append("app.log.1.xz", shut[:7])
		}, 0, nil},
		"nor an old one": {func(r *rig) { r.append("app.log", numbered(40, 41)) }, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.append("app.log.7", "of old\n")
			r.pack("app.log.7", "app.log.7.xz", shut)
			r.append("app.log", numbered(0, 10))
			r.start(true, "app.log")
			r.until(10)
			r.stop()
			time.Sleep(10 * time.Millisecond)
			c.down(r)
			r.append("app.log", numbered(50, 60))
			var said bytes.Buffer
			r.log = slog.New(slog.NewTextHandler(&said, nil))
			r.start(true, "app.log")
			r.until(20)
			r.quiet()
			if got := r.f.Counts("s").Gaps; got != c.gaps {
				t.Errorf("%d gaps, not %d:\n%s", got, c.gaps, &said)
			}
			for _, want := range c.said {
				if !strings.Contains(said.String(), want) {
					t.Errorf("%q was not said, but\n%s", want, &said)
				}
			}
			if n := strings.Count(said.String(), ".xz") + strings.Count(said.String(), ".lzo"); c.said == nil && n > 0 {
				t.Errorf("said\n%s", &said)
			}
			r.stop()
			r.start(true, "app.log")
			if got := r.f.Counts("s").Gaps; got != 0 {
				t.Errorf("%d gaps at the next start:\n%s", got, &said)
			}
			r.stop()
		})
	}
}

// TestADamagedFileIsReadAsFarAsItGoes: the rest is a gap.
func TestADamagedFileIsReadAsFarAsItGoes(t *testing.T) {
	r := newRig(t)
	r.append("app.log", numbered(0, 10))
	r.start(true, "app.log")
	r.until(10)
	r.stop()
	r.append("app.log", numbered(10, 200_000))
	r.rename("app.log", "app.log.1")
	r.compress("app.log.1", time.Now())
	info, err := os.Stat(r.path("app.log.1.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(r.path("app.log.1.gz"), info.Size()/2); err != nil {
		t.Fatal(err)
	}
	r.append("app.log", "new\n")
	r.start(true, "app.log")
	for end := time.Now().Add(20 * time.Second); r.f.Counts("s").Gaps == 0 && time.Now().Before(end); {
		r.next(50 * time.Millisecond)
	}
	if n := len(r.got); n < 80_000 || n > 120_000 {
		t.Errorf("got %d lines", n)
	}
	r.quiet()
	if c := r.f.Counts("s"); c.Gaps != 1 {
		t.Errorf("counted %+v", c)
	}
	r.stop()
}

// TestWhatAStandstillHidIsRead: a log that was made, rotated and compressed while nobody
// asked for more, between one that is held and the one that is there now.
func TestWhatAStandstillHidIsRead(t *testing.T) {
	r := newRig(t)
	r.append("app.log", numbered(0, 10))
	r.start(true, "app.log")
	r.until(10)
	time.Sleep(20 * time.Millisecond)
	for n := 1; n < 5; n++ {
		r.append("app.log", numbered(10*n, 10*n+10))
		name := fmt.Sprintf("app.log.%d", 9-n)
		r.rename("app.log", name)
		r.compress(name, time.Now())
	}
	r.append("app.log", numbered(50, 60))
	time.Sleep(1100 * time.Millisecond) // as a full disk makes the agent do
	r.until(60)
	r.quiet()
	r.inOrder(60)
	if c := r.f.Counts("s"); c.Gaps != 0 {
		t.Errorf("counted %+v", c)
	}
	r.append("app.log.1.xz", shut)
	for range 2 {
		time.Sleep(1100 * time.Millisecond)
		r.quiet()
	}
	if c := r.f.Counts("s"); c.Gaps != 1 {
		t.Errorf("what cannot be unpacked counted %+v", c)
	}
	r.stop()
}
