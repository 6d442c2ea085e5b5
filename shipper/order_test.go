package shipper_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/shipper"
)

// slow is an endpoint whose answer to an event takes as long as told, and is an error
// the first time where it is to be.
type slow struct {
	mu    sync.Mutex
	takes map[string]time.Duration
	fails map[string]bool
	got   []string
}

func (s *slow) Deliver(_ context.Context, id string, _ []byte) error {
	s.mu.Lock()
	takes := s.takes[id]
	s.mu.Unlock()
	time.Sleep(takes)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails[id] {
		delete(s.fails, id)
		delete(s.takes, id)
		return errors.New("connection reset")
	}
	s.got = append(s.got, id)
	return nil
}

// TestALaterAnswerThatComesFirstTakesNothingElseAlong fails when the spool is emptied
// up to the newest event that was accepted, or when one incident's events pass each
// other.
func TestALaterAnswerThatComesFirstTakesNothingElseAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spool := &memory{}
		for _, incident := range []string{"a", "b", "b", "a"} {
			spool.add(incident, len(spool.events))
		}
		backend := &slow{takes: map[string]time.Duration{"a/1/0": time.Minute}}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- shipper.New("d", backend, spool, slog.New(slog.DiscardHandler)).Run(ctx) }()
		time.Sleep(30 * time.Second) // a crash now would deliver what is left
		synctest.Wait()
		var left []uint64
		still, err := spool.After("d", 0, 4)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range still {
			left = append(left, e.Sequence)
		}
		if diff := cmp.Diff([]uint64{1, 4}, left); diff != "" {
			t.Errorf("spool before the first answer (-want +got):\n%s", diff)
		}
		time.Sleep(time.Minute)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"b/1/1", "b/1/2", "a/1/0", "a/1/3"}, backend.got); diff != "" || len(spool.events) > 0 {
			t.Errorf("%d left; delivered (-want +got):\n%s", len(spool.events), diff)
		}
	})
}

// TestOldFailuresCountOnce fails when the answers to what was under way as the breaker
// opened open it wider and wider, though they tell nothing new.
func TestOldFailuresCountOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spool, backend := &memory{}, &slow{takes: map[string]time.Duration{}, fails: map[string]bool{}}
		for n, incident := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			spool.add(incident, 0)
			id := incident + "/1/0"
			backend.takes[id], backend.fails[id] = time.Duration(8-n)*time.Second, true // the newest first
		}
		ctx, cancel := context.WithCancel(t.Context())
		s := shipper.New("d", backend, spool, slog.New(slog.DiscardHandler))
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		time.Sleep(10 * time.Second)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		slices.Sort(backend.got)
		if h := s.Health(); len(backend.got) != 8 || h.Failures != 1 || !h.Down.IsZero() {
			t.Errorf("delivered %v; health %+v", backend.got, h)
		}
	})
}

// TestOneDeliveryDecidesWhetherADestinationIsWell also while those hang that were under
// way when it failed.
func TestOneDeliveryDecidesWhetherADestinationIsWell(t *testing.T) {
	for _, again := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			spool, backend := &memory{}, &slow{takes: map[string]time.Duration{}, fails: map[string]bool{"a/1/0": true, "b/1/0": again}}
			for _, incident := range []string{"a", "c", "d", "e", "f", "g", "h", "i", "b", "j"} {
				spool.add(incident, 0)
				if incident >= "c" && incident < "j" {
					backend.takes[incident+"/1/0"] = time.Minute
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			s := shipper.New("d", backend, spool, slog.New(slog.DiscardHandler))
			ended := make(chan error)
			go func() { ended <- s.Run(ctx) }()
			time.Sleep(5 * time.Second)
			backend.mu.Lock()
			got := slices.Clone(backend.got)
			backend.mu.Unlock()
			slices.Sort(got)
			wanted := map[bool]int64{false: 1, true: 2}[again]
			if h := s.Health(); !slices.Equal(got, []string{"a/1/0", "b/1/0", "j/1/0"}) || !h.Down.IsZero() || h.Failures != wanted {
				t.Errorf("delivered %v beside those that hang; health %+v", got, h)
			}
			time.Sleep(time.Minute)
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if h := s.Health(); h.Delivered != 10 || h.Failures != wanted {
				t.Errorf("at the end %+v", h)
			}
		})
	}
}

// TestOneDeliveryTriesAtATime also when one that is older fails beside it.
func TestOneDeliveryTriesAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spool := &memory{}
		backend := &slow{takes: map[string]time.Duration{"c/1/0": time.Second, "b/1/0": time.Minute}, fails: map[string]bool{"a/1/0": true, "c/1/0": true}}
		for _, incident := range []string{"a", "c", "d", "e", "f", "g", "h", "i", "b", "j"} {
			spool.add(incident, 0)
			if incident >= "d" && incident < "j" {
				backend.takes[incident+"/1/0"] = time.Minute
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		s := shipper.New("d", backend, spool, slog.New(slog.DiscardHandler))
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		time.Sleep(30 * time.Second)
		if h := s.Health(); h.Delivered > 0 || h.Failures != 1 || h.Down.IsZero() {
			t.Errorf("beside the one that tries: %+v", h)
		}
		time.Sleep(time.Minute)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if h := s.Health(); h.Delivered != 10 {
			t.Errorf("at the end: %+v", h)
		}
	})
}
