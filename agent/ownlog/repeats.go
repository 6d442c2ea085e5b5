package ownlog

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

const (
	burst  = 10          // times that the same is said in a window
	within = time.Minute // a window
	most   = 1000        // windows that are remembered
)

// repeats says the same at most ten times a minute, and then how often more. Two
// records are the same when their messages and their texts agree; errors, numbers
// and times may differ.
type repeats struct {
	next slog.Handler
	with string // texts that every record carries
	said *said
}

// said is what was said lately, by all handlers of one logger.
type said struct {
	mu    sync.Mutex
	by    map[string]*window
	swept time.Time
}

// window is one thing that was said.
type window struct {
	first slog.Record
	next  slog.Handler
	count int
}

// Enabled implements [slog.Handler].
func (r *repeats) Enabled(ctx context.Context, level slog.Level) bool {
	return r.next.Enabled(ctx, level)
}

// Handle implements [slog.Handler].
func (r *repeats) Handle(ctx context.Context, record slog.Record) error {
	key := r.with + record.Message
	record.Attrs(func(a slog.Attr) bool {
		key += text(a)
		return true
	})
	r.said.mu.Lock()
	over := r.said.expired(record.Time)
	w := r.said.by[key]
	if w == nil && len(r.said.by) < most {
		w = &window{first: record.Clone(), next: r.next}
		r.said.by[key] = w
	}
	silent := false
	if w != nil {
		w.count++
		silent = w.count > burst
	}
	r.said.mu.Unlock()
	tell(ctx, over, record.Time)
	if silent {
		return nil
	}
	return r.next.Handle(ctx, record)
}

// expired takes away the windows that are over. They are looked at once a second.
func (s *said) expired(now time.Time) (over []*window) {
	if now.Sub(s.swept) < time.Second {
		return nil
	}
	s.swept = now
	for key, w := range s.by {
		if now.Sub(w.first.Time) >= within {
			delete(s.by, key)
			over = append(over, w)
		}
	}
	return over
}

// flush tells what was left out of windows that are not over yet.
func (r *repeats) flush(ctx context.Context) {
	r.said.mu.Lock()
	var over []*window
	for _, w := range r.said.by {
		over = append(over, w)
	}
	clear(r.said.by)
	r.said.mu.Unlock()
	tell(ctx, over, time.Now())
}

// tell says how often more something would have been said.
func tell(ctx context.Context, over []*window, now time.Time) {
	for _, w := range over {
		if w.count <= burst {
			continue
		}
		again := w.first.Clone()
		again.Time = now
		again.AddAttrs(slog.Int("left_out", w.count-burst))
		_ = w.next.Handle(ctx, again) // a log that cannot be written cannot say so
	}
}

// WithAttrs implements [slog.Handler].
func (r *repeats) WithAttrs(attrs []slog.Attr) slog.Handler {
	var with strings.Builder
	for _, a := range attrs {
		with.WriteString(text(a))
	}
	return &repeats{r.next.WithAttrs(attrs), r.with + with.String(), r.said}
}

// WithGroup implements [slog.Handler].
func (r *repeats) WithGroup(name string) slog.Handler {
	return &repeats{r.next.WithGroup(name), r.with + name, r.said}
}

// text is what of an attribute tells one record from another.
func text(a slog.Attr) string {
	if v := a.Value.Resolve(); v.Kind() == slog.KindString {
		return "\x00" + v.String()
	}
	return "\x00"
}
