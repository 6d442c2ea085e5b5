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
	mu  sync.Mutex
	now Health
}

// Health tells how delivery goes. It is safe for concurrent use.
func (s *Shipper) Health() Health {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	return s.health.now
}

// accepted notes that the endpoint gave a whole answer: it took the event, or
// refused it for good.
func (h *health) accepted(now time.Time, refusal error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now.Down, h.now.RetryAt, h.now.Paused = time.Time{}, time.Time{}, false
	if refusal != nil {
		h.now.Refused++
		h.now.LastError, h.now.LastRefusal = refusal.Error(), refusal.Error()
		return
	}
	h.now.Delivered++
	h.now.LastSuccess = now
}

// failed notes that the breaker is open until a time.
func (h *health) failed(now, until time.Time, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var denied *Denied
	h.now.Failures++
	h.now.Paused = errors.As(err, &denied)
	h.now.LastFailure, h.now.LastError, h.now.RetryAt = now, err.Error(), until
	if h.now.Down.IsZero() {
		h.now.Down = now
	}
}
