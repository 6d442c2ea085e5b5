package tail_test

import (
	"os"
	"testing"
	"time"
)

// TestCopiesOfADowntimeAreReadAtTheStart: one that was compressed since, and one of which
// nobody has read anything, although the log is still empty.
func TestCopiesOfADowntimeAreReadAtTheStart(t *testing.T) {
	r := newRig(t)
	r.append("app.log", numbered(0, 10))
	r.start(true, "app.log")
	r.until(10)
	r.stop()
	r.append("app.log", numbered(10, 20))
	r.copyTruncate("app.log.1")
	r.rename("app.log.1", "app.log.2")
	r.compress("app.log.2", time.Now())
	r.append("app.log", numbered(20, 30))
	r.copyTruncate("app.log.1")
	start := time.Now()
	r.start(true, "app.log")
	r.until(30)
	if late := time.Since(start); late > 5*time.Second {
		t.Errorf("they were read after %v", late)
	}
	r.append("app.log", numbered(30, 40))
	r.until(40)
	r.quiet()
	r.inOrder(40)
	if c := r.f.Counts("s"); c.Gaps != 0 || c.Truncations != 1 {
		t.Errorf("counted %+v", c)
	}
	r.stop()
}

func (r *rig) copyTruncate(to string) {
	r.t.Helper()
	data, err := os.ReadFile(r.path("app.log"))
	if err != nil {
		r.t.Fatal(err)
	}
	r.append(to, string(data))
	r.truncate("app.log")
}
