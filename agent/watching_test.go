package agent_test

import (
	"strings"
	"testing"
	"time"
)

// TestAnEventProvesThatItsSourceWasRead: over a restart, a rotation and a cut, to
// the byte.
func TestAnEventProvesThatItsSourceWasRead(t *testing.T) {
	h := newHost(t, disk)
	h.start()
	h.awaitFirstCommit()
	h.write("one\ntwo\n" + strings.Repeat("x", 2<<20) + "\n")
	h.stop()
	h.start()
	h.write(time.Now().Add(time.Hour).Format(time.RFC3339) + " bad sda\n")
	h.await(1)
	h.rotate()
	h.write("bad sdb\nhalf")
	h.await(2)
	h.stop()
	w := h.desk.told()[1].Data.Watching
	if w == nil {
		t.Fatal("the event has no proof")
	}
	if w.Source != "app" || w.Bytes != 8+2<<20+1+29+8 || w.Lines != 5 {
		t.Errorf("read %d bytes and %d lines of %s", w.Bytes, w.Lines, w.Source)
	}
	if w.LagBytes != 0 || w.LagSeconds != 0 || w.Gaps != 0 || w.Truncations != 0 || w.Rotations != 1 || w.Cuts != 1 || w.Skewed != 1 {
		t.Errorf("%+v", *w)
	}
	if time.Since(w.Since) > time.Minute || w.LastRead == nil || time.Since(*w.LastRead) > time.Minute || w.Files < 1 {
		t.Errorf("%+v", *w)
	}
}
