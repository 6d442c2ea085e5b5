package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/shipper"
)

// rehearsalTries is how often an event is sent before a rehearsal gives it up.
const rehearsalTries = 5

// rehearsal delivers events to one destination as an agent does, over a store that is
// made for it and removed at its end.
type rehearsal struct {
	destination string
	dir         string
	store       *store.Store
	shipper     *shipper.Shipper
	log         *slog.Logger
	outcomes    chan error // of each attempt
	stop        context.CancelFunc
	ended       chan error
}

func newRehearsal(d *config.Destination, log *slog.Logger) (r *rehearsal, err error) {
	r = &rehearsal{destination: d.Name.Value, log: log, outcomes: make(chan error), ended: make(chan error, 1), stop: func() {}}
	if r.dir, err = os.MkdirTemp("", "thirdline-send-test-"); err != nil {
		return nil, fmt.Errorf("make directory for the test: %w", err)
	}
	if r.store, err = store.Open(r.dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(r.dir))
	}
	b, err := backend(d, func(name string) shipper.Journal { return r.store.Journal(name) }, log)
	if err != nil {
		return nil, errors.Join(err, r.store.Close(), os.RemoveAll(r.dir))
	}
	r.shipper = shipper.New(r.destination, &watched{b, r.outcomes}, r.store, slog.New(slog.DiscardHandler))
	return r, nil
}

// start delivers until close.
func (r *rehearsal) start(ctx context.Context) {
	ctx, r.stop = context.WithCancel(ctx)
	go func() { r.ended <- r.shipper.Run(ctx) }()
}

// tell spools an event and waits until it is delivered, or given up.
func (r *rehearsal) tell(ctx context.Context, e shipper.Event) (time.Duration, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return 0, fmt.Errorf("encode event: %w", err)
	}
	began := time.Now()
	if err := r.store.Commit(func(b store.Batch) error { return b.Enqueue(r.destination, data) }); err != nil {
		return 0, err
	}
	r.shipper.Wake()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return 0, errors.New("the test was interrupted")
		case err := <-r.outcomes:
			var refused *shipper.Refused
			var denied *shipper.Denied
			var later *shipper.Later
			switch {
			case errors.As(err, &denied):
				return 0, fmt.Errorf("%w: it refuses the credentials of the destination", err)
			case err == nil, n == rehearsalTries, errors.As(err, &refused):
				return time.Since(began), err
			case errors.As(err, &later) && later.After > 0:
				r.log.Warn("not accepted; it is tried again", "err", err, "asked_to_wait", later.After.Round(time.Second))
			default:
				r.log.Warn("not accepted; it is tried again", "err", err)
			}
		}
	}
}

// close ends the delivery and removes the store.
func (r *rehearsal) close() error {
	r.stop()
	return errors.Join(<-r.ended, r.store.Close(), os.RemoveAll(r.dir))
}

// watched says how each attempt ended.
type watched struct {
	shipper.Backend
	outcomes chan<- error
}

func (w *watched) Deliver(ctx context.Context, id string, event []byte) error {
	err := w.Backend.Deliver(ctx, id, event)
	select {
	case w.outcomes <- err:
	case <-ctx.Done():
	}
	return err
}

// Run implements [shipper.Runner] for a backend that does.
func (w *watched) Run(ctx context.Context) error {
	if b, ok := w.Backend.(shipper.Runner); ok {
		return b.Run(ctx)
	}
	return nil
}
