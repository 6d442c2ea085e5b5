// Package reload runs what replaces the rules while the agent works: one at a
// time, however many ask for it, and when files have changed.
//
// Who asks gets the verdict on the files as they stood after he asked; all who ask
// while one is under way share the next.
package reload

import (
	"context"
	"sync"
)

// Reloader runs one reload at a time. V is its verdict. It is safe for concurrent
// use.
type Reloader[V any] struct {
	do   func(context.Context) V
	wake chan struct{}

	mu   sync.Mutex
	next *round[V] // that has not begun; nil when nobody asked
}

// round is one reload for all who share it.
type round[V any] struct {
	done    chan struct{}
	verdict V // valid when done is closed
}

// New returns a Reloader that does do in [Reloader.Run].
func New[V any](do func(context.Context) V) *Reloader[V] {
	return &Reloader[V]{do: do, wake: make(chan struct{}, 1)}
}

// Wish asks for a reload without waiting for it.
func (r *Reloader[V]) Wish() { r.join() }

// Ask asks for a reload and returns its verdict, or ctx's error.
func (r *Reloader[V]) Ask(ctx context.Context) (V, error) {
	mine := r.join()
	select {
	case <-mine.done:
		return mine.verdict, nil
	case <-ctx.Done():
		var none V
		return none, context.Cause(ctx)
	}
}

func (r *Reloader[V]) join() *round[V] {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next == nil {
		r.next = &round[V]{done: make(chan struct{})}
	}
	select {
	case r.wake <- struct{}{}:
	default:
	}
	return r.next
}

// Run reloads whenever that is asked for, until ctx ends.
func (r *Reloader[V]) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		}
		r.mu.Lock()
		now := r.next
		r.next = nil
		r.mu.Unlock()
		if now != nil {
			now.verdict = r.do(ctx)
			close(now.done)
		}
	}
}
