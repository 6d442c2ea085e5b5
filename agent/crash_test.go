package agent_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/shipper"
)

// image is what a power cut would have left: the store between two commits, and
// the events that the desk had before it was taken.
type image struct {
	store []byte
	told  []shipper.Event
}

// counted opens an incident at every second match, so that an open window is lost
// or doubled when it is not stored with the position.
const counted = disk + `    threshold: {count: 2, within: 1h}
`

const (
	crashKeys  = 12
	crashLines = 4 // matches a key
	crashPause = 25 * time.Millisecond

	crashImages = 10 // at least
)

// TestEveryCommitIsAConsistentState takes an image of the store after each
// commit that it can catch while a log is written and rotated, starts an agent
// from each image, and holds what the desk then knows to the truth: every
// incident told step by step without a gap, and every match counted once. It
// fails when positions, conditions, incidents and events are not committed together.
func TestEveryCommitIsAConsistentState(t *testing.T) {
	h := newHost(t, counted)
	h.start()
	h.awaitFirstCommit() // before it, a start is a first start, which skips what is there
	ctx, stop := context.WithCancel(t.Context())
	taken := make(chan []image, 1)
	var count atomic.Int64
	go func() { taken <- h.images(ctx, &count) }()
	pause := func() { // long enough for an image, where the write brings a commit
		time.Sleep(crashPause)
		for was, end := count.Load(), time.Now().Add(3*crashPause); count.Load() == was && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
	}
	lines := int64(2*crashKeys*crashLines + crashKeys)
	for n := range crashKeys * crashLines {
		h.write(fmt.Sprintf("fine\nbad k%02d\n", n%crashKeys))
		if n == crashKeys*crashLines/2 {
			h.rotate()
		}
		pause()
	}
	for ; count.Load() < crashImages; lines++ { // a busy machine missed most of them
		h.write("fine\n")
		pause()
	}
	for k := range crashKeys {
		h.write(fmt.Sprintf("good k%02d\n", k))
		pause()
	}
	time.Sleep(200 * time.Millisecond)
	stop()
	images := <-taken
	h.stop()
	for n := 0; n < len(images); n += max(1, len(images)/40) {
		h.afterCrash(t, n, images[n], lines)
	}
}

func (h *host) awaitFirstCommit() {
	h.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		since, err := store.Load[time.Time](h.store, store.Sources)
		if err != nil {
			h.t.Fatal(err)
		}
		if len(since) > 0 {
			return
		}
	}
	h.t.Fatal("nothing was committed")
}

// images copies the store until ctx ends and keeps each state once.
func (h *host) images(ctx context.Context, count *atomic.Int64) (out []image) {
	seen := map[[sha256.Size]byte]bool{}
	for ctx.Err() == nil {
		told := h.desk.told()
		var b bytes.Buffer
		if err := h.store.Copy(&b); err != nil {
			h.t.Error(err)
			return out
		}
		if len(h.desk.told()) != len(told) {
			continue // what was delivered meanwhile may be in neither
		}
		if sum := sha256.Sum256(b.Bytes()); !seen[sum] {
			seen[sum] = true
			out = append(out, image{store: b.Bytes(), told: told})
			count.Add(1)
		}
	}
	return out
}

// from is the host as it would be after a crash that left an image.
func (h *host) from(t *testing.T, i image) *host {
	t.Helper()
	again := &host{t: t, log: h.log, state: filepath.Join(t.TempDir(), "state"), set: h.set, desk: &desk{t: t}}
	if err := os.MkdirAll(again.state, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(again.state, "thirdline.db"), i.store, 0o600); err != nil {
		t.Fatal(err)
	}
	return again
}

// afterCrash starts an agent from an image and judges all that the desk was told.
func (h *host) afterCrash(t *testing.T, n int, i image, lines int64) {
	t.Helper()
	again := h.from(t, i)
	again.start()
	steps := map[string]map[int]shipper.Event{}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if steps = bySequence(t, append(i.told, again.desk.told()...)); resolved(steps) == crashKeys {
			break
		}
	}
	again.stop()
	if got := again.counted(); got != lines {
		t.Errorf("image %d: %d lines were counted, not %d", n, got, lines)
	}
	if resolved(steps) != crashKeys {
		t.Fatalf("image %d: %d of %d incidents were resolved", n, resolved(steps), crashKeys)
	}
	for id, told := range steps {
		for s := 1; s <= len(told); s++ {
			if told[s].ID == "" {
				t.Errorf("image %d: incident %s has %d steps and none of number %d", n, id, len(told), s)
			}
		}
		for _, e := range told {
			if e.Type == shipper.Resolved && e.Data.Count != crashLines {
				t.Errorf("image %d: incident %s resolved with %d matches, not %d", n, id, e.Data.Count, crashLines)
			}
		}
	}
}

// counted returns how many lines the store says were read.
func (h *host) counted() int64 {
	h.t.Helper()
	s, err := store.Open(h.state)
	if err != nil {
		h.t.Fatal(err)
	}
	sources, err := store.Load[struct{ Lines int64 }](s, store.Watched)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		h.t.Error(err)
	}
	return sources["app"].Lines
}

// bySequence sorts events by incident and number; two that share an id must be
// the same.
func bySequence(t *testing.T, events []shipper.Event) map[string]map[int]shipper.Event {
	t.Helper()
	out := map[string]map[int]shipper.Event{}
	for _, e := range events {
		id := fmt.Sprintf("%s/%d", e.Data.Fingerprint, e.Data.Generation)
		if out[id] == nil {
			out[id] = map[int]shipper.Event{}
		}
		if was, ok := out[id][e.Data.Sequence]; ok && (was.Type != e.Type || was.Data.Count != e.Data.Count) {
			t.Fatalf("event %s came as %s and as %s", e.ID, was.Type, e.Type)
		}
		out[id][e.Data.Sequence] = e
	}
	return out
}

func resolved(steps map[string]map[int]shipper.Event) (n int) {
	for _, told := range steps {
		for _, e := range told {
			if e.Type == shipper.Resolved {
				n++
			}
		}
	}
	return n
}
