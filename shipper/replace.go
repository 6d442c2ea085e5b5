package shipper

import (
	"context"
	"errors"
	"time"
)

// Replace puts a backend in the place of the present one, between two deliveries: what
// is under way is waited for, so that no event is sent to both. What had failed is tried
// again at once. It may be called from one goroutine, before Run or while it runs.
func (s *Shipper) Replace(b Backend) {
	select {
	case <-s.next: // it was never used
	default:
	}
	s.next <- b
}

// replace takes the backend that waits, when nothing flies.
func (c *courier) replace(ctx context.Context) {
	if c.next == nil || c.flying > 0 {
		return
	}
	if err := c.running.end(); err != nil {
		c.log.Warn("the destination's former backend ended with an error", "err", err)
	}
	c.take(ctx, c.next)
	c.next = nil
	c.gate.until = time.Time{}
	for _, l := range c.lanes.waiting {
		l.due, l.failures = time.Time{}, 0
	}
}

// take goes on with a backend, and lets it do its own work.
func (c *courier) take(ctx context.Context, b Backend) {
	c.backend, c.workers = b, workers
	if _, ok := b.(Serial); ok {
		c.workers = 1
	}
	c.running.begin(ctx, b)
}

// running is the work that a backend does between events.
type running struct {
	cancel context.CancelFunc
	ended  chan error
}

func (r *running) begin(ctx context.Context, b Backend) {
	runner, ok := b.(Runner)
	if !ok {
		return
	}
	ctx, r.cancel = context.WithCancel(ctx)
	r.ended = make(chan error, 1)
	go func() { r.ended <- runner.Run(ctx) }()
}

// end ends the work and waits for it.
func (r *running) end() error {
	if r.cancel == nil {
		return nil
	}
	r.cancel()
	r.cancel = nil
	if err := <-r.ended; err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
