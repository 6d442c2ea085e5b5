package shipper_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/backendtest"
)

// TestAClockThatIsSetChangesNoPause sets the clock by a year, either way, while an
// endpoint is down, refuses the credentials or has named a time to come again. It fails
// when delivery then hangs, and when it storms.
func TestAClockThatIsSetChangesNoPause(t *testing.T) {
	const year = 365 * 24 * time.Hour
	down := errors.New("connection refused")
	for name, answer := range map[string]error{
		"down":        down,
		"credentials": &shipper.Denied{Err: down},
		"retry-after": &shipper.Later{After: 4 * time.Minute, Err: down},
		"alone":       &shipper.Later{After: 4 * time.Minute, Alone: true, Err: down},
	} {
		for _, jump := range []time.Duration{year, -year} {
			t.Run(name+jump.String()[:1], func(t *testing.T) {
				clock := backendtest.NewClock()
				synctest.Test(t, func(t *testing.T) { clockJumps(t, answer, clock, jump) })
			})
		}
	}
}

// clockJumps fails every attempt for an hour, with a jump after each, and then lets all
// be delivered.
func clockJumps(t *testing.T, answer error, clock *backendtest.Clock, jump time.Duration) {
	spool := &memory{}
	spool.add("a", 0)
	spool.add("b", 0)
	began := time.Now()
	backend := &outage{back: began.Add(time.Hour), with: func() error { clock.Jump(jump / 100); return answer }}
	ctx, cancel := context.WithCancel(t.Context())
	s := shipper.New("d", backend, spool, slog.New(slog.DiscardHandler))
	s.SetClock(clock.Now)
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	time.Sleep(time.Hour + 6*time.Minute) // the longest pause is five minutes
	clock.Jump(-jump)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	slices.Sort(backend.got)
	if !slices.Equal(backend.got, []string{"a/1/0", "b/1/0"}) || len(spool.events) > 0 {
		t.Errorf("delivered %v, left %d", backend.got, len(spool.events))
	}
	if backend.tries < 12 || backend.tries > 80 {
		t.Errorf("%d tries in an hour", backend.tries)
	}
}
