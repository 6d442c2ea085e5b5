package shipper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

const (
	grace      = 3 * time.Second
	workers    = 8                     // deliveries under way at a time
	window     = 512                   // events that are read ahead
	heldBytes  = 4 << 20               // of their texts
	flushAfter = 50 * time.Millisecond // before a delivered event leaves the spool
	flushAt    = 256                   // delivered events that leave it at once
	sayEvery   = time.Minute           // that the spool cannot be written
)

// Shipper empties the spool of one destination: several incidents at a time, and
// the events of each in their order. Wake may be called from any goroutine; Run
// from one.
type Shipper struct {
	destination string
	backend     Backend
	spool       Spool
	log         *slog.Logger
	wake        chan struct{}
	next        chan Backend // takes the place of backend
	health      health
	now         func() time.Time // its monotonic part decides: the wall clock may jump
}

// New returns a shipper for one destination.
func New(destination string, backend Backend, spool Spool, log *slog.Logger) *Shipper {
	s := &Shipper{
		destination: destination, backend: backend, spool: spool,
		log: log.With("component", "shipper", "destination", destination), wake: make(chan struct{}, 1), next: make(chan Backend, 1), now: time.Now,
	}
	return s
}

// Wake tells that there may be something in the spool.
func (s *Shipper) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends; deliveries under way then have three seconds more.
// An endpoint that cannot be reached is waited for, with growing pauses; it never
// ends Run.
func (s *Shipper) Run(ctx context.Context) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })()
	c := &courier{
		Shipper: s, lanes: lanes{all: map[string]*lane{}}, more: true,
		done: make(chan landing, workers), gate: gate{log: s.log, health: &s.health},
	}
	select {
	case s.backend = <-s.next:
	default:
	}
	c.take(ctx, s.backend)
	c.run(ctx, work)
	return c.running.end()
}

// courier is one run of a shipper. One goroutine has it.
type courier struct {
	*Shipper
	lanes   lanes
	gate    gate
	read    uint64  // the newest sequence that was read
	more    bool    // there may be newer ones
	next    Backend // waits until nothing flies; nil is none
	workers int
	running running
	flying  int
	fresh   int // of those, since the gate was shut last
	done    chan landing
	gone    []uint64  // delivered, and still in the spool
	flush   time.Time // when they leave it
	said    time.Time
}

// landing is how a delivery ended.
type landing struct {
	lane *lane
	shut int // how often the gate had been when it began
	err  error
}

func (c *courier) run(ctx, work context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil || c.flying > 0 {
		ended, now := ctx.Done(), c.now()
		if ctx.Err() != nil {
			ended = nil // only what flies is waited for
		} else {
			c.replace(ctx)
			c.fill(now)
			c.launch(work, now)
		}
		timer.Reset(c.patience(now))
		select {
		case <-ended:
		case l := <-c.done:
			c.landed(ctx, l)
		case <-c.wake:
			c.more = true
		case c.next = <-c.Shipper.next:
		case <-timer.C:
		}
		if now := c.now(); len(c.gone) > 0 && !now.Before(c.flush) {
			c.remove(now)
		}
	}
	c.remove(c.now())
}

// patience is how long nothing has to be done unless something happens.
func (c *courier) patience(now time.Time) time.Duration {
	first := now.Add(time.Hour)
	for _, t := range []time.Time{c.lanes.due(), c.gate.until} {
		if t.After(now) && t.Before(first) {
			first = t
		}
	}
	if len(c.gone) > 0 && c.flush.Before(first) {
		first = c.flush
	}
	return max(first.Sub(now), 0)
}

// fill reads ahead.
func (c *courier) fill(now time.Time) {
	for c.more && c.lanes.held < window && !now.Before(c.gate.until) {
		events, err := c.spool.After(c.destination, c.read, window-c.lanes.held)
		if err != nil {
			c.shut(c.gate.shut, now, fmt.Errorf("read spool: %w", err))
			return
		}
		for _, e := range events {
			c.lanes.add(e)
			c.read = e.Sequence
		}
		c.more = len(events) > 0
	}
}

// launch starts what may be started.
func (c *courier) launch(work context.Context, now time.Time) {
	for c.next == nil && c.flying < c.workers && c.fresh < c.gate.room(now, c.workers) {
		l := c.lanes.next(now)
		if l == nil {
			return
		}
		c.flying++
		c.fresh++
		first, shut := l.events[0], c.gate.shut
		go func() { c.done <- landing{l, shut, c.deliver(work, first)} }()
	}
}

// shut tells the gate of a failure. What is under way then is no longer fresh.
func (c *courier) shut(since int, now time.Time, err error) {
	if c.gate.failed(since, now, err) {
		c.fresh = 0
	}
}

func (c *courier) deliver(ctx context.Context, q queued) error {
	if q.id == "" {
		return &Refused{Reason: "the spooled event cannot be read"}
	}
	if q.Event == nil {
		again, err := c.spool.After(c.destination, q.Sequence-1, 1)
		if err != nil {
			return fmt.Errorf("read spool: %w", err)
		}
		if len(again) == 0 || again[0].Sequence != q.Sequence {
			return nil // it was merged into a later one
		}
		q.Event = again[0].Event
	}
	return c.backend.Deliver(ctx, q.id, q.Event)
}

// landed notes how a delivery ended.
func (c *courier) landed(ctx context.Context, l landing) {
	c.flying--
	if l.shut == c.gate.shut {
		c.fresh--
	}
	first, now := l.lane.events[0], c.now()
	var refused *Refused
	var later *Later
	switch {
	case l.err == nil:
		c.log.Debug("event delivered", "event", first.id)
		switch c.gone = append(c.gone, first.Sequence); len(c.gone) {
		case 1:
			c.flush = now.Add(flushAfter)
		case flushAt:
			c.flush = now
		}
		c.lanes.landed(l.lane)
		c.gate.succeeded()
		c.health.accepted(now, nil)
	case errors.As(l.err, &refused):
		c.log.Error("event refused; it is kept as a dead letter", "event", first.id, "err", refused)
		if err := c.spool.Bury(c.destination, first.Sequence, refused.Reason, now); err != nil {
			c.log.Error("cannot write the dead letter; the event stays in the spool", "event", first.id, "err", err)
			c.lanes.back(l.lane, now.Add(backoff(l.lane.failures)))
			l.lane.failures++
			return
		}
		c.lanes.landed(l.lane)
		c.gate.succeeded()
		c.health.accepted(now, refused)
	case ctx.Err() != nil: // the end cut it short
		c.lanes.back(l.lane, now)
	case errors.As(l.err, &later) && later.Alone:
		d := pause(l.lane.failures, l.err)
		c.log.Info("the event waits", "event", first.id, "err", l.err, "retry_in", d.Round(time.Millisecond))
		c.lanes.back(l.lane, now.Add(d))
		l.lane.failures++
	default:
		// the first failure may be the event's own fault; those after it are the
		// destination's, whose gate decides when another incident tries
		due := now
		if c.gate.failures == 0 {
			due = now.Add(pause(l.lane.failures, l.err))
			l.lane.failures++
		}
		c.lanes.back(l.lane, due)
		c.shut(l.shut, now, l.err)
	}
}

// remove takes what was delivered from the spool. Until it can be written, a new
// start would deliver these events again.
func (c *courier) remove(now time.Time) {
	if len(c.gone) == 0 {
		return
	}
	if err := c.spool.Remove(c.destination, c.gone); err != nil {
		c.flush = now.Add(firstBackoff)
		if now.Sub(c.said) >= sayEvery {
			c.said = now
			c.log.Error("cannot write the spool; what was delivered stays in it", "err", err, "events", len(c.gone))
		}
		return
	}
	c.gone = c.gone[:0]
}
