package agent

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/shipper"
)

// TestTheSummaryFollowsWhatChanges: it is told at the start and when something has
// changed, and not again while nothing does.
func TestTheSummaryFollowsWhatChanges(t *testing.T) {
	s, err := store.Open(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan string, 16)
	a, err := New(Options{Rules: &rules.Set{}, Store: s, TurnWithin: 20 * time.Millisecond, Log: slog.New(slog.DiscardHandler), Summary: func(text string) { told <- text }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	want := func(text string) {
		t.Helper()
		select {
		case got := <-told:
			if got != text {
				t.Errorf("told %q, not %q", got, text)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("%q was not told", text)
		}
	}
	want("0 rules, 0 sources, 0 open incidents")
	if v, err := a.Reload(ctx); err != nil || v.Accepted {
		t.Errorf("reload: %+v, %v", v, err)
	}
	want("0 rules, 0 sources, 0 open incidents, the rules on disk were refused")
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if len(told) > 0 {
		t.Errorf("told again: %q", <-told)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// flaky is an endpoint that is down until it is up.
type flaky struct{ up atomic.Bool }

func (f *flaky) Deliver(context.Context, string, []byte) error {
	if f.up.Load() {
		return nil
	}
	return errors.New("connection refused")
}

// TestTheSummaryTellsAtOnceOfADestinationThatIsDown, and once, although the pipeline has
// nothing to do.
func TestTheSummaryTellsAtOnceOfADestinationThatIsDown(t *testing.T) {
	s, err := store.Open(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(func(b store.Batch) error { return b.Enqueue("desk", []byte(`{"id":"a/1/1","type":"t","subject":"a"}`)) }); err != nil {
		t.Fatal(err)
	}
	told, desk := make(chan string, 16), &flaky{}
	a, err := New(Options{
		Rules: &rules.Set{}, Store: s, Backends: map[string]shipper.Backend{"desk": desk}, TurnWithin: time.Hour,
		Log: slog.New(slog.DiscardHandler), Summary: func(text string) { told <- text },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	want := func(text string) {
		t.Helper()
		for {
			select {
			case got := <-told:
				if got == text {
					return
				}
			case <-time.After(10 * time.Second):
				t.Fatalf("%q was not told", text)
			}
		}
	}
	const fine = "0 rules, 0 sources, 0 open incidents"
	want(fine + ", not delivered to desk")
	for a.health()[0].Failures < 3 {
		time.Sleep(10 * time.Millisecond)
	}
	if len(told) > 0 {
		t.Errorf("told again: %q", <-told)
	}
	desk.up.Store(true)
	want(fine)
	stop()
	if err := errors.Join(<-ended, s.Close()); err != nil {
		t.Error(err)
	}
}
