package profile

import (
	"bytes"
	"fmt"
	"text/template"
)

// Data is what a template sees. Everything but V and R may hold log text.
type Data struct {
	// ID is the event's, FP the incident's fingerprint, Marker what a comment of
	// this event carries so that it is known again.
	ID, FP, Marker string
	// Kind is opened, updated, resolved or reopened.
	Kind string
	// Title is one line; Text the account of this step, a few lines; Log the
	// records around the match; each cut to the profile's limits.
	Title, Text, Log string
	// File is a name for the attachment of Log.
	File                                               string
	Host, Rule, Severity, Tier, Owner, Runbook, Reason string
	Generation, Sequence                               int
	Count                                              int64
	// Opened, Time and Until are RFC 3339: when the incident opened, when this step
	// was, and when a state that is not repeated is void.
	Opened, Time, Until string
	// UnixTime is Time in seconds.
	UnixTime int64
	// V are the destination's settings, S the profile's values for the severity, R
	// what was captured.
	V, S, R map[string]string
	// P is what was captured of an earlier ticket of the incident; it may be empty.
	P map[string]string
}

// parse compiles a template.
func parse(text string) (*Template, error) {
	t, err := template.New("").Option("missingkey=error").Funcs(helpers()).Parse(text)
	if err != nil {
		return nil, err
	}
	return &Template{text: text, t: t}, nil
}

// Render fills the template in. A nil template is empty.
func (t *Template) Render(d *Data) (string, error) {
	if t == nil {
		return "", nil
	}
	var b bytes.Buffer
	if err := t.t.Execute(&b, d); err != nil {
		return "", fmt.Errorf("fill in template: %w", err)
	}
	return unmarked(b.String()), nil
}

// String returns the template's source.
func (t *Template) String() string { return t.text }
