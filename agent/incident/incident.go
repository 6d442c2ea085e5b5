// Package incident gives each problem one life: opened, updated, resolved,
// reopened.
//
// A problem is its fingerprint: host, rule and key. The Manager folds matches and
// recoveries into incidents and returns the steps that are worth an event. It
// holds no clock and does no I/O: the caller passes the time, stores what Changed
// returns in the same transaction as the events, and then calls Saved.
package incident

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/thirdline/thirdline/agent/tail"
)

// Status of an incident.
type Status string

// The statuses.
const (
	Open     Status = "open"
	Resolved Status = "resolved"
)

// Incident is one problem as it stands. Count, Sequence and Reported belong to
// the present generation.
type Incident struct {
	Fingerprint string
	Rule        string
	Title       string
	Key         map[string]string `json:",omitempty"`
	Fields      map[string]string `json:",omitempty"`
	Status      Status
	Generation  int
	Sequence    int // of the last event
	Count       int64
	Reported    int64 // count that the last event told
	Updates     int
	Opened      time.Time
	LastSeen    time.Time
	LastEvent   time.Time
	Ended       time.Time
	// After is the evidence still to come; nil when it has been sent.
	After *After `json:",omitempty"`
}

// Place is where a record lies.
type Place struct {
	File  tail.Identity
	Path  string
	Start int64 // offset of the record
	End   int64 // offset after its line end
	// Time is the record's own; zero means that it carries none.
	Time time.Time `json:",omitzero"`
}

// After is a wish for the records that follow a place.
type After struct {
	Place
	Records  int
	Deadline time.Time
}

// Kind of a step.
type Kind int

// The kinds.
const (
	StepOpened Kind = iota
	StepUpdated
	StepResolved
	StepReopened
)

// Step is one step of an incident that is worth an event.
type Step struct {
	Kind   Kind
	Reason string
	// Incident is a copy as it stood after the step.
	Incident Incident
	// Match is set for a step that a record caused.
	Match *Place
	// After is set when the records after a place belong to the step.
	After *After
}

// Fingerprint identifies a problem: 32 hexadecimal digits over host, rule and
// the key's values in the rule's order.
func Fingerprint(host, rule string, key []string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q", host, rule)
	for _, k := range key {
		fmt.Fprintf(h, " %q", k)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
