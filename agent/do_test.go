package agent

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/rules"
)

// idler runs an agent with nothing to do, whose pipeline sleeps for so long.
func idler(t *testing.T, sleep time.Duration) (a *Agent, s *store.Store, end func()) {
	t.Helper()
	s, err := store.Open(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	a, err = New(Options{Rules: &rules.Set{}, Store: s, TurnWithin: sleep, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	end = func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		ended <- nil
	}
	t.Cleanup(func() { end(); _ = s.Close() })
	return a, s, end
}

func TestDoWakesThePipelineAndCommits(t *testing.T) {
	a, s, _ := idler(t, time.Hour)
	for range 20 {
		if err := a.Do(t.Context(), func(p *pipeline, now time.Time) error {
			p.destinations = []string{"desk"}
			p.pending = append(p.pending, letter{"desk", []byte(`{}`)})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.Spooled("desk"); n != 20 || err != nil {
		t.Errorf("%d events are durable, %v; want 20", n, err)
	}
}

func TestDoGivesTheError(t *testing.T) {
	a, _, end := idler(t, time.Hour)
	boom := errors.New("boom")
	if err := a.Do(t.Context(), func(*pipeline, time.Time) error { return boom }); !errors.Is(err, boom) {
		t.Errorf("err = %v, want %v", err, boom)
	}
	end()
	if err := a.Do(t.Context(), func(*pipeline, time.Time) error { return nil }); !errors.Is(err, errEnded) {
		t.Errorf("err = %v, want %v", err, errEnded)
	}
}

func TestDoIsNeverRunForACallerThatGaveUp(t *testing.T) {
	a, _, _ := idler(t, time.Hour)
	began, goOn := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		first <- a.Do(context.Background(), func(*pipeline, time.Time) error { close(began); <-goOn; return nil })
	}()
	<-began
	ctx, giveUp := context.WithCancel(context.Background())
	second, ran := make(chan error, 1), false
	go func() { second <- a.Do(ctx, func(*pipeline, time.Time) error { ran = true; return nil }) }()
	giveUp()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	close(goOn)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if err := a.Do(t.Context(), func(*pipeline, time.Time) error { return nil }); err != nil || ran {
		t.Errorf("ran = %v, %v", ran, err)
	}
}
