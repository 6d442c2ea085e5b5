package shipper

import (
	"errors"
	"sync"
	"time"
)

// Health is how delivery to a destination has gone since the start.
type Health struct {
	Delivered int64 `json:"delivered"`
	// Refused events are dead letters, Failures attempts that will be made again.
	Refused  int64 `json:"refused"`
	Failures int64 `json:"failures"`
	// LastSuccess and LastFailure are zero for never.
	LastSuccess time.Time `json:"last_success,omitzero"`
	LastFailure time.Time `json:"last_failure,omitzero"`
	LastError   string    `json:"last_error,omitempty"`
	// LastRefusal is why the last dead letter is one.
	LastRefusal string `json:"last_refusal,omitempty"`
	// Paused tells that the destination refuses the credentials.
	Paused bool `json:"paused,omitempty"`
	// Down is since when the circuit breaker is open, zero while it is shut; nothing
	// is tried before RetryAt.
	Down    time.Time `json:"down_since,omitzero"`
	RetryAt time.Time `json:"retry_at,omitzero"`
}

// health is a Health that several goroutines look at.
type health struct {
	mu      sync.Mutex
	now     Health
	changed func()
}

// Watch has changed called whenever the destination goes down or takes events again, or
// begins or ceases to refuse the credentials; not at every attempt. It is called before
// Run.
func (s *Shipper) Watch(changed func()) { s.health.changed = changed }

// note changes what is known, and tells where the destination stands otherwise now.
func (h *health) note(change func(now *Health)) {
	h.mu.Lock()
	down, paused := h.now.Down.IsZero(), h.now.Paused
	change(&h.now)
	turned := down != h.now.Down.IsZero() || paused != h.now.Paused
	h.mu.Unlock()
	if turned && h.changed != nil {
		h.changed()
	}
}

// Health tells how delivery goes. It is safe for concurrent use.
func (s *Shipper) Health() Health {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	return s.health.now
}

// accepted notes that the endpoint gave a whole answer: it took the event, or
// refused it for good.
func (h *health) accepted(at time.Time, refusal error) {
	h.note(func(now *Health) {
		now.Down, now.RetryAt, now.Paused = time.Time{}, time.Time{}, false
		if refusal != nil {
			now.Refused++
			now.LastError, now.LastRefusal = refusal.Error(), refusal.Error()
			return
		}
		now.Delivered++
		now.LastSuccess = at
	})
}

// failed notes that the breaker is open until a time.
func (h *health) failed(at, until time.Time, err error) {
	h.note(func(now *Health) {
		var denied *Denied
		now.Failures++
		now.Paused = errors.As(err, &denied)
		now.LastFailure, now.LastError, now.RetryAt = at, err.Error(), until
		if now.Down.IsZero() {
			now.Down = at
		}
	})
}
