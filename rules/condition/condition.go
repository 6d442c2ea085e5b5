// Package condition holds the conditions over time: what has to happen, with
// several records or with none, before a rule speaks up.
//
// A [Condition] is the parameters, immutable. A [State] is what one key of one
// rule remembers; it is plain data that encodes to JSON, so that the caller can
// store it in the transaction that stores how far was read. A [Table] holds the
// states of all keys of a rule within bounds.
//
// The package has no clock: time comes in with the records and with Tick. The
// same inputs in the same order give the same verdicts.
package condition

import (
	"time"
)

// Late is how long after its time a live record may come. What a state knows is
// kept that much longer than it counts, so that forgetting it changes nothing.
const Late = 5 * time.Minute

// Part tells which of a rule's clauses a record satisfied.
type Part int

// The parts. Each condition says which it takes; it ignores the others.
const (
	// Match is the rule's match clause, and the main clause of each condition:
	// what is counted, what is expected, what opens.
	Match Part = iota
	// Cancel is cancel_on: the key starts anew.
	Cancel
	// Trigger starts the wait of an absence: its after clause.
	Trigger
	// Over is a record of the whole that a share is of.
	Over
	// Close closes a toggle.
	Close
	// Not is a record that must not come in a sequence.
	Not
	// Step is the first step of a sequence; the others follow it.
	Step
)

// Input is one record that satisfied one clause of the rule.
type Input struct {
	Part Part
	Time time.Time
	// ID tells records apart that satisfy several clauses; zero is one that does not.
	ID uint64
	// Fields are what the record gave the rule.
	Fields map[string]string
	// Settled is when what was written before has been read, but for what is late. It is
	// zero while a backlog is read, whose files come one after the other.
	Settled time.Time
}

// Verdict is what a condition concludes.
type Verdict struct {
	// Ended tells that what the condition spoke of is over; else it has come true.
	Ended bool
	// Time is the instant of the conclusion, in event time.
	Time time.Time
	// Count is the number of records that led to it.
	Count int64
	// Fields are what the condition adds to the record's.
	Fields map[string]string
}

// Condition is the parameters of one condition.
type Condition interface {
	// New returns the state of a key that was never seen, at the time of its
	// first record or, for what is expected, of its start.
	New(at time.Time) State
}

// State is what one key remembers. Its exported fields are its JSON form.
type State interface {
	// Observe folds in one record. Records may come out of the order of their
	// times; each condition says what a late one does.
	Observe(in Input) []Verdict
	// Due is when Tick has something to do; the zero time is never.
	Due() time.Time
	// Tick tells that it is now: no record of an earlier time is expected.
	Tick(now time.Time) []Verdict
	// Weight is about how many bytes are remembered. A state of weight zero is as
	// good as a new one and is forgotten.
	Weight() int
}

// Each is the condition of a rule without one: every record fires.
type Each struct{}

// New implements [Condition].
func (Each) New(time.Time) State { return &each{} }

type each struct{}

func (*each) Observe(in Input) []Verdict {
	if in.Part != Match {
		return nil
	}
	return []Verdict{{Time: in.Time, Count: 1}}
}
func (*each) Due() time.Time           { return time.Time{} }
func (*each) Tick(time.Time) []Verdict { return nil }
func (*each) Weight() int              { return 0 }
