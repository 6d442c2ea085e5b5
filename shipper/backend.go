package shipper

import (
	"context"
	"time"
)

// Backend brings one event to its endpoint. It returns nil only for a whole
// acceptance, a [Refused] for a refusal that no retry can mend, and any other
// error for what may pass. Deliver is called from several goroutines, but never
// for two events of one incident at a time.
type Backend interface {
	Deliver(ctx context.Context, id string, event []byte) error
}

// Runner is a [Backend] that has work of its own between events. Run is called
// once, and returns when ctx ends.
type Runner interface {
	Run(ctx context.Context) error
}

// Learner is a [Backend] that reads in the tickets of what is over how people mended
// it. OnFix is called once, before Run and Deliver, and names who is told; an error
// of his means that he is told again.
type Learner interface {
	OnFix(tell func(ctx context.Context, f Fix) error)
}

// Fix is what people say in a ticket that mended one generation of an incident.
type Fix struct {
	Fingerprint string
	Generation  int
	Text        string
}

// Serial is a [Backend] that takes one event at a time.
type Serial interface {
	Serial()
}

// Journal remembers for one destination what a backend began and did, by
// incident. A Save is durable when it returns. It is safe for concurrent use.
type Journal interface {
	Load(incident string) ([]byte, error) // nil where nothing is remembered
	Save(incident string, value []byte) error
	Delete(incident string) error
	All() (map[string][]byte, error)
}

// Refused is a permanent refusal. Its text holds the answer's excerpt.
type Refused struct{ Reason string }

// Error gives the reason.
func (r *Refused) Error() string { return r.Reason }

// Denied is a refusal of the credentials: a fault of the configuration, which
// pauses the destination.
type Denied struct{ Err error }

// Error gives the cause.
func (d *Denied) Error() string { return d.Err.Error() }

// Unwrap returns the cause.
func (d *Denied) Unwrap() error { return d.Err }

// Later is a passing failure whose endpoint said when to come again.
type Later struct {
	After time.Duration
	// Alone tells that only this incident has to wait, not the destination.
	Alone bool
	Err   error
}

// Error gives the cause.
func (l *Later) Error() string { return l.Err.Error() }

// Unwrap returns the cause.
func (l *Later) Unwrap() error { return l.Err }

// Spool holds the events that no backend has accepted yet.
type Spool interface {
	// After returns the oldest events of a destination behind a sequence number,
	// at most n; none when there are none.
	After(destination string, sequence uint64, n int) ([]Spooled, error)
	// Remove takes events from the spool that were delivered. Those that are not
	// there any more are no error.
	Remove(destination string, sequences []uint64) error
	Bury(destination string, sequence uint64, reason string, now time.Time) error
}

// Spooled is an event in the spool.
type Spooled struct {
	Sequence uint64
	Event    []byte
}
