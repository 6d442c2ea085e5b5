package tail_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestRenameAndCreateWithTheWriterOnTheOldFile(t *testing.T) {
	r := newRig(t)
	r.start(true, "app.log")
	old, err := os.Create(r.path("app.log"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(old, "1")
	r.until(1)
	r.rename("app.log", "app.log.1")
	fmt.Fprintln(old, "2")
	r.append("app.log", "3\n")
	r.until(3)
	fmt.Fprintln(old, "4")
	r.until(4)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	r.quiet()
	if len(r.got) != 4 || r.got[3] != "4" {
		t.Errorf("got %q", r.got)
	}
	r.stop()
}

func TestCopyTruncateTakesTheRestFromTheCopy(t *testing.T) {
	r := newRig(t)
	r.start(true, "app.log")
	r.append("app.log", numbered(0, 100))
	r.until(100)
	// between two reads: more lines, the copy, the truncation, and new lines
	r.append("app.log", numbered(100, 150))
	data, err := os.ReadFile(r.path("app.log"))
	if err != nil {
		t.Fatal(err)
	}
	r.append("app.log.1", string(data))
	if err := os.Truncate(r.path("app.log"), 0); err != nil {
		t.Fatal(err)
	}
	r.append("app.log", numbered(150, 400)) // past the old size
	r.until(400)
	r.quiet()
	if len(r.got) != 400 {
		t.Errorf("got %d lines", len(r.got))
	}
	seen := map[string]int{}
	for _, l := range r.got {
		seen[l]++
	}
	for _, l := range strings.Split(strings.TrimSpace(numbered(0, 400)), "\n") {
		if seen[l] != 1 {
			t.Errorf("%q came %d times", l, seen[l])
		}
	}
	if c := r.f.Counts("s"); c.Truncations != 1 || c.Gaps != 0 || c.Lines != 400 {
		t.Errorf("counted %+v", c)
	}
	r.stop()
}

func TestRestartGoesOnAtTheStoredPosition(t *testing.T) {
	r := newRig(t)
	r.start(true, "app.log")
	r.append("app.log", "1\n2\n")
	r.until(2)
	r.stop()
	// while down: more lines, a rotation, a new file, a second rotation
	r.append("app.log", "3\n")
	r.rename("app.log", "app.log.1")
	r.append("app.log", "4 is a line long enough to tell\n")
	r.rename("app.log.1", "app.log.2")
	r.rename("app.log", "app.log.1")
	r.append("app.log", "5\n")
	r.start(true, "app.log")
	r.until(5)
	r.quiet()
	r.want("1", "2", "3", "4 is a line long enough to tell", "5")
	r.stop()
	r.start(true, "app.log")
	r.quiet()
	r.stop()
}

func TestTruncationWhileDownIsFound(t *testing.T) {
	r := newRig(t)
	r.start(true, "app.log")
	r.append("app.log", numbered(0, 10))
	r.until(10)
	r.stop()
	if err := os.WriteFile(r.path("app.log"), []byte(numbered(50, 70)), 0o600); err != nil {
		t.Fatal(err)
	}
	r.start(true, "app.log")
	r.until(30)
	r.quiet()
	r.want(strings.Split(strings.TrimSpace(numbered(0, 10)+numbered(50, 70)), "\n")...)
	r.stop()
}
