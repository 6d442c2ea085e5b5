// Package profile describes ticketing backends that speak HTTP: what to send for
// each operation, and what an answer must hold to count.
//
// A profile is a YAML file. Its strings are templates over [Data]; log text
// reaches them only as data, and every format has a helper that escapes it. A
// profile is checked whole when it is read: unknown keys, templates that name what
// does not exist, and operations that could double a ticket are refused, with the
// place. The package sends nothing.
package profile

import (
	"regexp"
	"text/template"
	"time"
)

// Class says what keeps a backend from having something twice.
type Class string

// The classes.
const (
	Keyed        Class = "keyed"         // the endpoint folds what has the same key: sending again is harmless
	IdemKey      Class = "idem-key"      // the endpoint knows a creation again by its key
	Find         Class = "find"          // a ticket can be looked for as soon as it is there
	FindEventual Class = "find-eventual" // a ticket is found only some time after it is there
	None         Class = "none"          // nothing: after a lost answer a message may come twice
)

// Profile is one backend.
type Profile struct {
	// Name is the file's without its extension, File its path.
	Name, File string
	Title      string
	Class      Class
	Settings   []Setting
	// Headers go with every request.
	Headers map[string]*Template
	// Severity maps a name to values by severity: {{.S.name}}.
	Severity map[string]map[string]string
	Limits   Limits
	// Rate is requests a second; 0 is no limit.
	Rate float64
	// Settle is how long what was sent may not be found yet, because the server is
	// at it or its search lags. Default: 15 s for Find, 2 m for FindEventual.
	Settle time.Duration
	// Resend, where it is set, repeats an open incident's last state that often.
	Resend time.Duration
	// Ops by name, each a list of steps.
	Ops map[string][]Step
}

// Ops are the operations that a profile may have, in the order of an incident's
// life.
var Ops = [...]string{"find", "create", "update", "seen", "attach", "resolve", "reopen", "fix"}

// Setting is a key of a destination that uses the profile.
type Setting struct {
	Name, About, Default string
	Required, Secret     bool
}

// Limits are where text is cut, in runes; 0 is no limit.
type Limits struct {
	Title int `yaml:"title"` // the title
	Text  int `yaml:"text"`  // the account of the step
	Log   int `yaml:"log"`   // the records around the match
}

// Step is one request.
type Step struct {
	Line   int // in the file
	Method string
	URL    *Template
	// Headers are those beside the profile's.
	Headers   map[string]*Template
	Body      *Template
	Multipart []Part
	// Idempotent tells that sending it twice is as good as once.
	Idempotent bool
	// Guarded tells that the step before, by its done_if, shows whether this one was
	// done: it is sent again only after that has been asked.
	Guarded bool
	Expect  Expect
}

// Part is one part of a multipart body.
type Part struct {
	Name, Type string
	Filename   *Template
	Content    *Template
}

// Expect is what an answer must be. A status is not enough for a success.
type Expect struct {
	// Status are the accepted ones. Default: any 2xx.
	Status []int
	// FailIf, found in the body, makes an error of any status.
	FailIf *regexp.Regexp
	// Closed, found in the body of a refusal, tells that the ticket can never be changed
	// again, and needs a follow-up.
	Closed *regexp.Regexp
	// Contains must occur in the body.
	Contains *Template
	// Match are values that the answer must hold, by path.
	Match []Pair
	// DoneIf are values that, when the answer holds them all, make the rest of the
	// operation unnecessary.
	DoneIf []Pair
	// Capture are values to remember for later steps, by path.
	Capture []Pair
}

// Pair is a path in a JSON answer and a value: a template to compare with, or the
// name under which the value is remembered. Of a path, segments are separated by
// dots: a key, an index, [path=value] for the first item of a list that has it, or *
// for every item: *[path=value] for those that have it, and -* the last first.
type Pair struct {
	Path  *Template
	Value *Template
	Name  string
}

// Template is a text that is filled in for each request.
type Template struct {
	text string
	t    *template.Template
}
