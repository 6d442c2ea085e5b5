package tail_test

import (
	"os"
	"testing"
	"time"
)

func TestWhatIsNotReadYetIsTheLag(t *testing.T) {
	r := newRig(t)
	r.append("a.log", "1\n2\nhalf")
	r.start(true, "*.log")
	if lag := r.f.Lags(time.Now())["s"]; lag.Files != 1 || lag.Bytes != 8 || lag.Age <= 0 {
		t.Errorf("before: %+v", lag)
	}
	r.until(2)
	r.quiet()
	if lag := r.f.Lags(time.Now())["s"]; lag.Bytes != 0 || lag.Age != 0 {
		t.Errorf("after: %+v", lag)
	}
	if c := r.f.Counts("s"); c.Bytes != 4 || c.Lines != 2 || c.Gaps+c.Truncations+c.Cuts+c.Rotations != 0 || c.Last.IsZero() {
		t.Errorf("counted %+v", c)
	}
	r.stop()
}

func TestWhatMayBeMissingIsAGap(t *testing.T) {
	for name, lose := range map[string]func(r *rig){
		"deleted while down":   func(r *rig) { r.remove("a.log") },
		"truncated while down": func(r *rig) { r.truncate("a.log") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.append("a.log", numbered(0, 10))
			r.start(true, "*.log")
			r.until(10)
			r.stop()
			lose(r)
			r.start(true, "*.log")
			if c := r.f.Counts("s"); c.Gaps != 1 {
				t.Errorf("counted %+v", c)
			}
			r.stop()
		})
	}
	t.Run("half a line was truncated", func(t *testing.T) {
		r := newRig(t)
		r.append("a.log", numbered(0, 10)+"half")
		r.start(true, "*.log")
		r.until(10)
		r.quiet()
		r.truncate("a.log")
		r.append("a.log", "1\n")
		r.until(11)
		if c := r.f.Counts("s"); c.Gaps != 1 || c.Truncations != 1 {
			t.Errorf("counted %+v", c)
		}
		r.stop()
	})
}

func (r *rig) remove(name string) {
	r.t.Helper()
	if err := os.Remove(r.path(name)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) truncate(name string) {
	r.t.Helper()
	if err := os.Truncate(r.path(name), 0); err != nil {
		r.t.Fatal(err)
	}
}
