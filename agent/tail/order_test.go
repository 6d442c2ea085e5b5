package tail_test

import (
	"fmt"
	"strings"
	"testing"
)

// rotate makes the names one older and leaves none for the live one.
func (r *rig) rotate(name string, kept int) {
	r.t.Helper()
	for i := kept; i > 0; i-- {
		r.rename(fmt.Sprintf("%s.%d", name, i), fmt.Sprintf("%s.%d", name, i+1))
	}
	r.rename(name, name+".1")
}

func TestAQueueOfRotatedFilesIsReadFromTheOldest(t *testing.T) {
	for _, down := range []bool{false, true} {
		t.Run(fmt.Sprintf("down=%t", down), func(t *testing.T) {
			r := newRig(t)
			r.start(true, "app.log")
			var want []string
			line := func() {
				want = append(want, fmt.Sprintf("line %d", len(want)+1))
				r.append("app.log", want[len(want)-1]+"\n")
			}
			line()
			r.until(1)
			if down {
				r.stop()
			}
			for kept := range 4 {
				line()
				r.rotate("app.log", kept)
				line()
			}
			if down {
				r.start(true, "app.log")
			}
			r.until(len(want))
			r.quiet()
			r.want(want...)
			r.stop()
		})
	}
}

// The last line of the old file comes while its lines still gather.
func TestTheOldFileComesBeforeTheNewOneThoughItGathers(t *testing.T) {
	for n := range 20 {
		r := newRig(t)
		r.start(true, "app.log")
		r.append("app.log", "1\n")
		r.until(1)
		r.append("app.log", "2\n")
		r.rotate("app.log", 0)
		r.append("app.log", "3\n")
		r.until(3)
		r.want("1", "2", "3")
		r.stop()
		if t.Failed() {
			t.Fatalf("in round %d", n)
		}
	}
}

func TestRotatedFilesWithEqualHeadsAreNotMixedUp(t *testing.T) {
	head := strings.Repeat("# this log has the same head after each rotation\n", 40)
	lines := strings.Count(head, "\n")
	r := newRig(t)
	r.start(true, "app.log")
	r.append("app.log", head+"file 0 before\n")
	r.until(lines + 1)
	r.stop()
	for kept := range 3 {
		r.append("app.log", fmt.Sprintf("file %d after\n", kept))
		r.rotate("app.log", kept)
		r.append("app.log", head+fmt.Sprintf("file %d before\n", kept+1))
	}
	r.start(true, "app.log")
	want := r.got
	for kept := range 3 {
		want = append(want, fmt.Sprintf("file %d after", kept))
		want = append(want, strings.Split(head+fmt.Sprintf("file %d before", kept+1), "\n")...)
	}
	r.until(len(want))
	r.quiet()
	r.want(want...)
	r.stop()
	r.start(true, "app.log")
	r.quiet()
	r.stop()
}

func TestACopyMadeByHandIsNotRead(t *testing.T) {
	r := newRig(t)
	r.start(true, "app.log")
	r.append("app.log", numbered(0, 100))
	r.until(100)
	r.append("app.log.bak", numbered(0, 100))
	r.quiet()
	r.append("app.log", numbered(100, 110))
	r.rotate("app.log", 0)
	r.append("app.log", numbered(110, 120))
	r.until(120)
	r.quiet()
	r.stop()
	r.start(true, "app.log")
	r.quiet()
	r.want(strings.Split(strings.TrimSpace(numbered(0, 120)), "\n")...)
	r.stop()
}

func TestNamesThatKeepTheirExtension(t *testing.T) {
	r := newRig(t)
	r.start(true, "app.log")
	r.append("app.log", "1\n")
	r.until(1)
	r.rename("app.log", "app-20261122.log")
	r.append("app.log", "2\n")
	r.until(2)
	r.stop()
	for n, to := range []string{"app-20261123.log", "app-2026-11-24_10.log", "app.1.log"} {
		r.rename("app.log", to)
		r.append("app.log", fmt.Sprintf("%d\n", n+3))
	}
	r.append("app-error.log", "of another log\n")
	r.append("app-2.log", "of another instance\n")
	r.start(true, "app.log")
	r.until(5)
	r.quiet()
	r.want("1", "2", "3", "4", "5")
	r.stop()
}
