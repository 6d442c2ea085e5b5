package shipper

import "time"

// Evidence is what a snapshot tells beside the records around the match and the
// facts of the host.
type Evidence struct {
	// Related are records of other logs, by time.
	Related []Related `json:"related,omitempty"`
	// Changed is what changed on the host before the incident, newest first.
	Changed []Change `json:"changed,omitempty"`
	// Diagnostics are the commands that were run, with what they said.
	Diagnostics []Diagnostic `json:"diagnostics,omitempty"`
	// Complete tells that all that the rule needs is there. Missing names what
	// cannot be had, Awaited what may come with a later event of the incident.
	Complete bool     `json:"complete,omitempty"`
	Missing  []string `json:"missing,omitempty"`
	Awaited  []string `json:"awaited,omitempty"`
	// Trimmed counts what was left out to keep the snapshot small, by the name of
	// the list it was taken from.
	Trimmed map[string]int `json:"trimmed,omitempty"`
}

// Related is a record of another log.
type Related struct {
	// Time is zero where neither the record nor one before it carries one.
	Time   time.Time `json:"time,omitzero"`
	Source string    `json:"source"`
	File   string    `json:"file"`
	Offset int64     `json:"offset"`
	Text   string    `json:"text"`
}

// Change is something that changed on the host.
type Change struct {
	Time time.Time `json:"time"`
	// Kind is package, unit, file, reboot or mark.
	Kind string `json:"kind"`
	// What changed, and how.
	What   string `json:"what"`
	Detail string `json:"detail,omitempty"`
}

// Diagnostic is a command that was run for the incident.
type Diagnostic struct {
	Name    string    `json:"name"`
	Command []string  `json:"command,omitempty"`
	Started time.Time `json:"started,omitzero"`
	// Milliseconds is how long it ran.
	Milliseconds int64 `json:"milliseconds"`
	// Exit is its exit code; it is absent where the command did not end by itself.
	Exit   *int   `json:"exit,omitempty"`
	Output string `json:"output,omitempty"`
	// Note says why there is no output, or not all of it.
	Note string `json:"note,omitempty"`
}
