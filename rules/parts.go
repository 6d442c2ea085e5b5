package rules

import (
	"fmt"

	"github.com/thirdline/thirdline/rules/match"
)

// Part is one clause inside another, with what it does there.
type Part struct {
	// Role is "", or "all", "any" or "not" for what stands in such a list.
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
	return out
}

// Own returns what c asks for itself, without the clauses inside it.
func (c *Clause) Own() Clause {
	own := *c
	own.All, own.Any, own.Not = nil, nil, nil
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
	if c.Regex.Value != "" {
		out = append(out, fmt.Sprintf("matches /%s/%s", c.Regex.Value, fold))
	}
	return out
}

// Tester tries clauses on single records, for tests and explanations. The agent's
// way is [View.Scan].
type Tester struct{ patterns *match.Set }

// Tester compiles the clause alone.
func (c *Clause) Tester() (Tester, error) {
	s, err := match.New([]match.Expr{c.expr()})
	return Tester{s}, err
}

// Holds reports whether the record satisfies the clause.
func (t Tester) Holds(record []byte) bool { return t.patterns.Holds(0, record) }

// Literals returns the texts of which every matching record has one: what the
// engine looks for. None means that the clause is tried on every record.
func (c *Clause) Literals() []string { return match.Required(c.expr()) }
