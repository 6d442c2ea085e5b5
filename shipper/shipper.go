package shipper

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"
)

const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 5 * time.Minute
	grace        = 3 * time.Second
)

// Backend brings one event to its endpoint. It returns nil only for a whole
// acceptance, a [Refused] for a refusal that no retry can mend, and any other
// error for what may pass.
type Backend interface {
	Deliver(ctx context.Context, id string, event []byte) error
}

// Refused is a permanent refusal. Its text holds the answer's excerpt.
type Refused struct{ Reason string }

// Error gives the reason.
func (r *Refused) Error() string { return r.Reason }

// Later is a passing failure whose endpoint said when to come again.
type Later struct {
	After time.Duration
	Err   error
}

// Error gives the cause.
func (l *Later) Error() string { return l.Err.Error() }

// Unwrap returns the cause.
func (l *Later) Unwrap() error { return l.Err }

// Spool holds the events that no backend has accepted yet.
type Spool interface {
	Oldest(destination string) (event []byte, sequence uint64, err error)
	Remove(destination string, sequence uint64) error
	Bury(destination string, sequence uint64, reason string, now time.Time) error
}

// Shipper empties the spool of one destination. Wake may be called from any
// goroutine; Run from one.
type Shipper struct {
	destination string
	backend     Backend
	spool       Spool
	log         *slog.Logger
	wake        chan struct{}
}

// New returns a shipper for one destination.
func New(destination string, backend Backend, spool Spool, log *slog.Logger) *Shipper {
	return &Shipper{
		destination: destination, backend: backend, spool: spool,
		log: log.With("component", "shipper", "destination", destination), wake: make(chan struct{}, 1),
	}
}

// Wake tells that there may be something in the spool.
func (s *Shipper) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends; a delivery under way then has three seconds more.
// An endpoint that cannot be reached is waited for, with growing pauses; it never
// ends Run.
func (s *Shipper) Run(ctx context.Context) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })()
	failures := 0
	for ctx.Err() == nil {
		more, err := s.one(work)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			sleep(ctx, s.pause(failures, err))
			failures++
		case !more:
			failures = 0
			select {
			case <-ctx.Done():
			case <-s.wake:
			}
		case failures > 0:
			s.log.Info("delivery works again", "failures", failures)
			failures = 0
		}
	}
	return nil
}

// pause says what went wrong, and how long to wait before the next try.
func (s *Shipper) pause(failures int, err error) time.Duration {
	d := backoff(failures)
	var later *Later
	if errors.As(err, &later) {
		d = max(d, min(later.After, maxBackoff))
	}
	s.log.Warn("cannot deliver; the event stays in the spool", "err", err, "failures", failures+1, "retry_in", d.Round(time.Millisecond))
	return d
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// one delivers the oldest event. more is false when the spool was empty.
func (s *Shipper) one(ctx context.Context) (more bool, err error) {
	event, sequence, err := s.spool.Oldest(s.destination)
	if err != nil {
		return false, fmt.Errorf("read spool: %w", err)
	}
	if event == nil {
		return false, nil
	}
	id, err := idOf(event)
	if err == nil {
		err = s.backend.Deliver(ctx, id, event)
	}
	var refused *Refused
	switch {
	case errors.As(err, &refused):
		s.log.Error("event refused; it is kept as a dead letter", "event", id, "err", refused)
		err = s.spool.Bury(s.destination, sequence, refused.Reason, time.Now())
	case err == nil:
		s.log.Debug("event delivered", "event", id)
		err = s.spool.Remove(s.destination, sequence)
	}
	return true, err
}

func idOf(event []byte) (string, error) {
	var e struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(event, &e); err != nil || e.ID == "" {
		return "", &Refused{Reason: "the spooled event cannot be read"}
	}
	return e.ID, nil
}

// backoff doubles from firstBackoff to maxBackoff, less up to a half at random.
func backoff(failures int) time.Duration {
	d := maxBackoff
	if failures < 10 {
		d = min(firstBackoff<<failures, maxBackoff)
	}
	return d - time.Duration(rand.Int64N(int64(d)/2))
}
