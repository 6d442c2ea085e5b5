package rules

import (
	"slices"

	"github.com/thirdline/thirdline/rules/condition"
)

// Use is one clause of a rule, with what a record that satisfies it does.
type Use struct {
	// Name is where the clause stands, such as absence.of.
	Name string
	// Recovers tells that the record ends incidents; else Part says what it is to
	// the rule's condition.
	Recovers bool
	Part     condition.Part
	Clause   *Clause
	// part is what of the clause stands at its place in the file; nil is all of it.
	part *Clause
	// Sources chooses the clause's sources; nil is the rule's.
	Sources *Selector
}

// Asks reports whether the rule's condition over time looks at the fields of the
// records that it counts.
func (r *Rule) Asks() bool {
	s, _ := r.shape()
	return len(s.asks) > 0 || r.Sequence != nil || r.Novel != nil
}

// ChoosesSources reports whether the rule looks at some sources only.
func (r *Rule) ChoosesSources() bool {
	return !r.Sources.isEmpty() || slices.ContainsFunc(r.Uses(), func(u Use) bool { return u.Sources != nil && !u.Sources.isEmpty() })
}

func (s *Selector) isEmpty() bool { return len(s.Tags) == 0 && len(s.Paths) == 0 }

// written returns the clause as it stands in the file.
func (u *Use) written() *Clause {
	if u.part != nil {
		return u.part
	}
	return u.Clause
}

// Uses returns the clauses of a rule. A record that satisfies several of them does
// so in this order.
func (r *Rule) Uses() []Use {
	var out []Use
	if on := r.CancelOn; on != nil {
		out = append(out, Use{Name: "cancel_on", Part: condition.Cancel, Clause: on})
	}
	out = append(out, r.counted()...)
	if on := r.Incident.Resolve.On; on != nil {
		out = append(out, Use{Name: "resolve.on", Recovers: true, Clause: on})
	}
	return out
}

// Literals returns the texts of which every record that can count for the rule has
// one. None means that a clause is tried on every record.
func (r *Rule) Literals() []string {
	var out []string
	for _, u := range r.counted() {
		found := u.Clause.Literals()
		if len(found) == 0 {
			return nil
		}
		out = append(out, found...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// counted returns the clauses whose records the condition is about.
func (r *Rule) counted() []Use {
	if s, ok := r.shape(); ok && len(s.own) > 0 {
		return s.own
	}
	return []Use{{Name: "match", Part: condition.Match, Clause: &r.Match}}
}
