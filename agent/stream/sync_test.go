package stream

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// counted counts how often a file is synced.
type counted struct {
	file
	syncs *int
}

func (c counted) Sync() error {
	*c.syncs++
	return c.file.Sync()
}

// TestARecordingIsSyncedWhenItHasGrown: also what an earlier process wrote, and what is
// rotated away, or ends, before anybody asks.
func TestARecordingIsSyncedWhenItHasGrown(t *testing.T) {
	r, _, err := resume(filepath.Join(t.TempDir(), "s.log"))
	if err != nil {
		t.Fatal(err)
	}
	syncs := 0
	r.file = counted{r.file, &syncs}
	check := func(want int, what string) {
		t.Helper()
		if syncs != want {
			t.Errorf("synced %d times %s, not %d", syncs, what, want)
		}
	}
	again := func() {
		t.Helper()
		if err := r.sync(); err != nil {
			t.Fatal(err)
		}
	}
	again()
	check(1, "after the start")
	again()
	check(1, "with nothing new")
	if _, err := r.write([]byte(strings.Repeat("x\n", 10))); err != nil {
		t.Fatal(err)
	}
	again()
	check(2, "after a line")
	if err := r.rotate(); err != nil {
		t.Fatal(err)
	}
	check(3, "at the rotation")
	r.file = counted{r.file, &syncs}
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	check(4, "at the end")
	again() // the reader may commit after it
}

// rotating has its recording rotated between a sync's question and its answer.
type rotating struct {
	file
	r    *recording
	done *bool
}

func (f rotating) Sync() (err error) {
	if !*f.done {
		*f.done = true
		err = f.r.rotate()
	}
	return errors.Join(err, f.file.Sync())
}

// TestASyncMayMeetARotation: it has synced what it closed.
func TestASyncMayMeetARotation(t *testing.T) {
	r, _, err := resume(filepath.Join(t.TempDir(), "s.log"))
	if err != nil {
		t.Fatal(err)
	}
	r.file = rotating{r.file, r, new(bool)}
	if err := r.sync(); err != nil {
		t.Error(err)
	}
	if err := r.close(); err != nil {
		t.Error(err)
	}
}
