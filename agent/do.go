package agent

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// maxAsks is how many callers of Do may wait before the next one blocks.
const maxAsks = 64

var errEnded = errors.New("the agent is ending; ask again when it runs")

// ask is a function that waits for its turn in the pipeline.
type ask struct {
	f       func(p *pipeline, now time.Time) error
	changes bool        // to be committed
	claimed atomic.Bool // by the pipeline, or by a caller that gave up
	err     error       // valid when done is closed
	done    chan struct{}
}

// Do runs f in the pipeline's goroutine between two turns, and commits what it
// changed. It returns f's error, or why f was not run. When ctx ends before f has
// begun, f is never run. It may be called from any goroutine but the pipeline's.
func (a *Agent) Do(ctx context.Context, f func(p *pipeline, now time.Time) error) error {
	return a.ask(ctx, &ask{f: f, changes: true, done: make(chan struct{})})
}

// look is Do for an f that changes nothing: it does not wait for a store that
// cannot be written.
func (a *Agent) look(ctx context.Context, f func(p *pipeline, now time.Time) error) error {
	return a.ask(ctx, &ask{f: f, done: make(chan struct{})})
}

func (a *Agent) ask(ctx context.Context, q *ask) error {
	p := a.pipeline
	select {
	case p.asks <- q:
		p.follower.Wake()
	case <-p.gone:
		return errEnded
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case <-q.done:
		return q.err
	case <-p.gone:
	case <-ctx.Done():
	}
	if q.claimed.CompareAndSwap(false, true) {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		return errEnded
	}
	<-q.done // it has begun
	return q.err
}

// answer runs what was asked for, and commits. The error is the commit's: it ends
// the pipeline.
func (p *pipeline) answer(ctx context.Context, now time.Time) error {
	if p.isGathering(now) {
		return nil // a commit would have to wait for it, and so would detection
	}
	var changed []*ask
	for range len(p.asks) {
		q := <-p.asks
		if !q.claimed.CompareAndSwap(false, true) {
			continue
		}
		if q.err = q.f(p, now); q.changes {
			changed = append(changed, q)
		} else {
			close(q.done)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	err := p.commit(ctx, true)
	for _, q := range changed {
		q.err = errors.Join(q.err, err)
		close(q.done)
	}
	return err
}
