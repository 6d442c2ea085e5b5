package agent_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/shipper"
)

// hang makes a root of facts whose reading hangs until release is called.
func hang(t *testing.T) (root string, release func()) {
	t.Helper()
	root = t.TempDir()
	fifo := filepath.Join(root, "proc/pressure/cpu")
	if err := os.MkdirAll(filepath.Dir(fifo), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	return root, func() {
		t.Helper()
		w, err := os.OpenFile(fifo, os.O_WRONLY|unix.O_NONBLOCK, 0)
		if err != nil { // nobody hangs
			t.Fatal(err)
		}
		if err := os.Remove(fifo); err != nil { // who comes later finds nothing
			t.Error(err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}

// awaitTold waits until the desk was told of an event.
func (h *host) awaitTold(what string, is func(*shipper.Event) bool) shipper.Event {
	h.t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		for _, e := range h.desk.told() {
			if is(&e) {
				return e
			}
		}
	}
	h.t.Fatalf("%s was not told; events: %q", what, h.desk.lines())
	return shipper.Event{}
}

func opening(dev string) func(*shipper.Event) bool {
	return func(e *shipper.Event) bool { return e.Type == shipper.Opened && e.Data.Fields["dev"] == dev }
}

func late(e *shipper.Event) bool {
	return strings.Contains(strings.Join(e.Data.Snapshot.Notes, ";"), "they took longer than 500ms and follow")
}

// TestASnapshotThatHangsDelaysNobody: while facts cannot be had, incidents of this
// source and of another are told, the records before the match with them; what comes
// later is an update.
func TestASnapshotThatHangsDelaysNobody(t *testing.T) {
	h := newHost(t, strings.Replace(disk, "after: 2", "after: 0", 1))
	var release func()
	h.root, release = hang(t)
	other := filepath.Join(filepath.Dir(h.log), "other.log")
	h.writeTo(other, "")
	h.more = []agent.Source{{Source: tail.Source{Name: "other", Include: []string{other}}}}
	h.start()
	h.write("one\nbad sda\n")
	h.writeTo(other, "two\nbad sdb\n")
	for _, dev := range []string{"sda", "sdb"} {
		e := h.awaitTold("the opening of "+dev, opening(dev))
		if s := e.Data.Snapshot; s.Facts != nil || !late(&e) || len(s.Before) != 1 {
			t.Errorf("%s: facts %v, notes %q, before %q", dev, s.Facts, s.Notes, s.Before)
		}
	}
	// whoever waits for what hangs has waited once: this one goes at once
	began := time.Now()
	h.writeTo(other, "bad sdc\n")
	h.awaitTold("the opening of sdc", opening("sdc"))
	t.Logf("told after %v", time.Since(began))
	release()
	for dev, line := range map[string]int64{"sda": 2, "sdb": 2, "sdc": 3} {
		e := h.awaitTold("the facts of "+dev, func(e *shipper.Event) bool {
			return e.Type == shipper.Updated && e.Data.Reason == "evidence" && e.Data.Fields["dev"] == dev && e.Data.Snapshot.Facts != nil
		})
		if got := e.Data.Snapshot.Line; got != line {
			t.Errorf("%s: line %d, want %d", dev, got, line)
		}
	}
	h.stop()
}

// TestAKillWhileASnapshotIsTaken: whatever the store holds at any instant between the
// match and its facts, the next run tells of one opening, and of the facts with it or
// after it.
func TestAKillWhileASnapshotIsTaken(t *testing.T) {
	h := newHost(t, strings.Replace(disk, "after: 2", "after: 0", 1))
	var release func()
	h.root, release = hang(t)
	h.start()
	h.awaitFirstCommit()
	ctx, stop := context.WithCancel(t.Context())
	taken := make(chan []image, 1)
	go func() { taken <- h.images(ctx, new(atomic.Int64)) }()
	h.write("bad sda\n")
	h.awaitTold("the opening", opening("sda"))
	for range 5 {
		time.Sleep(crashPause)
	}
	stop()
	images := <-taken
	release()
	h.stop()
	for n, i := range images {
		again := h.from(t, i)
		again.start()
		again.awaitTold("facts", func(e *shipper.Event) bool { return e.Data.Snapshot != nil && e.Data.Snapshot.Facts != nil })
		again.stop()
		ids := map[string]bool{}
		for _, e := range slices.Concat(i.told, again.desk.told()) {
			if e.Type == shipper.Opened {
				ids[e.ID] = true
			}
		}
		if len(ids) != 1 {
			t.Errorf("image %d of %d: openings %q", n, len(images), slices.Collect(maps.Keys(ids)))
		}
	}
}
