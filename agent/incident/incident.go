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

// Evidence is the reason of a step that brings the records after the match.
const Evidence = "evidence"

// The other reasons of steps that go to an event.
const (
	reasonRecovered  = "recovered"    // a record said so
	reasonEnded      = "ended"        // the condition knows its end
	reasonQuiet      = "quiet"        // no match came for long enough
	reasonByHand     = "by hand"      // a person said so
	reasonRuleGone   = "rule removed" // nobody looks for it any more
	reasonSourceLost = "source lost"  // there is no log any more to judge by
	reasonSourceBack = "source back"
	reasonProgress   = "progress"        // the count grew
	reasonNewKeys    = "new keys"        // others joined it
	reasonSeverity   = "severity"        // the rule's severity or tier is another one now
	reasonUnmuted    = "no longer muted" // what muted it is over
	reasonNoted      = "note"            // a person said something
)

// Incident is one problem as it stands. What counts belongs to the present
// generation.
type Incident struct {
	Fingerprint string
	Host        string
	Rule        string
	Title       string
	Key         map[string]string `json:",omitempty"`
	Fields      map[string]string `json:",omitempty"`
	// Severity and Tier are those that the last step told.
	Severity   string `json:",omitempty"`
	Tier       string `json:",omitempty"`
	Status     Status
	Generation int
	Reopened   bool `json:",omitempty"` // the generation continues the one before
	Sequence   int  // steps of this generation
	// Told is the number of the last event that a destination was given of this
	// generation. Zero is one that knows an earlier generation only.
	Told      map[string]int `json:",omitempty"`
	Count     int64
	Reported  int64 // count that the last event told
	Updates   int
	First     time.Time // opening of the generation that this one continues
	Opened    time.Time
	LastSeen  time.Time
	LastEvent time.Time
	Ended     time.Time
	// Reason is why it ended.
	Reason string `json:",omitempty"`
	// At is the record that opened it.
	At Place
	// Lost is since when there is no log to judge by; zero where there is one. Back
	// is when there was one again: quiet time counts from there.
	Lost time.Time `json:",omitzero"`
	Back time.Time `json:",omitzero"`
	// After is the evidence still to come; nil when it has been sent.
	After *After `json:",omitempty"`

	group
	flapping
	muting
	knowledge
}

// Place is where a record lies.
type Place struct {
	File   tail.Identity
	Source string
	Path   string
	Start  int64 // offset of the record
	End    int64 // offset after its line end
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
	// Note is set when a person said something.
	Note *Note
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
