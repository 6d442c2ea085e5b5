package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/thirdline/thirdline/rules/field"
	"github.com/thirdline/thirdline/rules/match"
)

// Part is one clause inside another, with what it does there.
type Part struct {
	// Role is "all", "any" or "not" for what stands in such a list, "macro" for what
	// such a name stands for, and "except" for an exception of the rule.
	Role   string
	Clause *Clause
}

// Parts returns the clauses inside c.
func (c *Clause) Parts() []Part {
	var out []Part
	for _, list := range []struct {
		role string
		in   []Clause
	}{{"all", c.All}, {"any", c.Any}, {"not", c.Not}} {
		for i := range list.in {
			out = append(out, Part{list.role, &list.in[i]})
		}
	}
	if c.Expanded != nil {
		out = append(out, Part{"macro", c.Expanded})
	}
	for _, e := range c.Except {
		out = append(out, Part{"except", &e.Clause})
	}
	return out
}

// Own returns what c asks for itself, without the clauses inside it.
func (c *Clause) Own() Clause {
	own := *c
	own.All, own.Any, own.Not, own.Expanded, own.Except = nil, nil, nil, nil, nil
	return own
}

// Words says in words what c asks for itself; nothing when it only combines others.
func (c *Clause) Words() []string {
	var out []string
	fold := ""
	if c.IgnoreCase {
		fold = ", in any case"
	}
	if c.Contains.Value != "" {
		out = append(out, fmt.Sprintf("contains %q%s", c.Contains.Value, fold))
	}
	if len(c.ContainsAny.Values) > 0 {
		out = append(out, fmt.Sprintf("contains one of %s%s", shortened(c.ContainsAny.texts()), fold))
	}
	if c.Regex.Value != "" {
		out = append(out, fmt.Sprintf("matches /%s/%s", c.Regex.Value, fold))
	}
	if c.Glob.Value != "" {
		out = append(out, fmt.Sprintf("is like %s%s", c.Glob.Value, fold))
	}
	for _, t := range c.Fields {
		out = append(out, fmt.Sprintf("has a field %s that %s%s", t.Name, strings.Join(t.asks(), " and "), fold))
	}
	if c.Where.Value != "" {
		out = append(out, "satisfies "+c.Where.Value)
	}
	return out
}

// Tester tries clauses on single records, for tests and explanations. The agent's
// way is [View.Scan].
type Tester struct {
	clause *predicate
	// Format is how records are taken apart; nil is found out record by record.
	Format *field.Format
}

// Tester compiles the clause alone.
func (c *Clause) Tester() (Tester, error) {
	p, err := c.predicate()
	return Tester{clause: p}, err
}

// Holds reports whether the record satisfies the clause.
func (t Tester) Holds(record []byte) bool {
	var r reading
	r.turn(t.Format, record)
	return t.clause.holds(&r)
}

// Asked returns the names of the fields that the rule's clauses ask about.
func (r *Rule) Asked() []string {
	names := map[string]bool{}
	for _, u := range r.Uses() {
		u.Clause.asked(names)
	}
	return slices.Sorted(maps.Keys(names))
}

// Literals returns the texts of which every matching record has one: what the
// engine looks for. None means that the clause is tried on every record.
func (c *Clause) Literals() []string { return match.Required(c.expr()) }
