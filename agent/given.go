package agent

import (
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/rules"
)

// given is what a record gives a rule. It is found out when somebody asks: in a
// flood nobody does.
type given struct {
	set      *rules.Set
	redactor *redact.Redactor // nil where nothing is taken out
	match    rules.Match
	// line is what the match is about, record all that belongs to it.
	line, record []byte

	found map[string]string
}

// fields returns the fields of the record, without secrets: titles, keys and
// fingerprints are made of them.
func (g *given) fields() map[string]string {
	if g.found == nil {
		g.found = g.set.Fields(g.match, g.line)
		if g.redactor != nil {
			g.found = g.redactor.Fields(g.found, string(g.record), redact.Manifest{})
		}
	}
	return g.found
}
