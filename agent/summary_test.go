package agent

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/rules"
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
