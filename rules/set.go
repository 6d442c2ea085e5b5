package rules

import (
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/thirdline/thirdline/rules/condition"
	"github.com/thirdline/thirdline/rules/match"
)

// Set is the compiled, immutable whole of the rules. It is safe for concurrent use.
type Set struct {
	// Rules in the order of their files.
	Rules []*Rule

	patterns *match.Set
	roles    []role
}

// role tells what a pattern of the engine stands for.
type role struct {
	rule     int
	recovers bool
	part     condition.Part
	sources  *Selector
}

// Match is a rule's pattern satisfied by one record.
type Match struct {
	// Rule is the index in Set.Rules.
	Rule int
	// Recovers tells that the record satisfies the rule's resolve clause; else Part
	// says which clause it is.
	Recovers bool
	Part     condition.Part
	// Clause is the number of the clause in the set.
	Clause int
	// Start and End are the record's bytes in the chunk.
	Start, End int
}

// Source is what a rule's selector is asked about.
type Source struct {
	Path string
	Tags []string
	// Any stands for a source that every selector chooses.
	Any bool
}

func newSet(all []*Rule) (*Set, error) {
	s := &Set{Rules: all}
	var exprs []match.Expr
	for i, r := range all {
		for _, u := range r.Uses() {
			sources := &r.Sources
			if u.Sources != nil {
				sources = u.Sources
			}
			exprs = append(exprs, u.Clause.expr())
			s.roles = append(s.roles, role{i, u.Recovers, u.Part, sources})
		}
	}
	var err error
	s.patterns, err = match.New(exprs)
	return s, err
}

func (c *Clause) expr() match.Expr {
	e := match.Expr{Contains: c.Contains.Value, Regexp: c.Regex.Value, Fold: c.IgnoreCase}
	for _, part := range []struct {
		from []Clause
		to   *[]match.Expr
	}{{c.All, &e.All}, {c.Any, &e.Any}, {c.Not, &e.Not}} {
		for i := range part.from {
			*part.to = append(*part.to, part.from[i].expr())
		}
	}
	return e
}

// View is a Set as one source sees it: only the rules that select the source.
// It is not safe for concurrent use.
type View struct {
	set  *Set
	on   []bool // by pattern
	hits []match.Hit
}

// View returns the rules, and the clauses of rules, that select src.
func (s *Set) View(src Source) *View {
	v := &View{set: s, on: make([]bool, len(s.roles))}
	for i, r := range s.roles {
		v.on[i] = r.sources.selects(src)
	}
	return v
}

// Selects reports whether the rule at an index of Rules, or a clause of it, selects src.
func (s *Set) Selects(rule int, src Source) bool {
	return slices.ContainsFunc(s.roles, func(r role) bool { return r.rule == rule && r.sources.selects(src) })
}

func (s *Selector) selects(src Source) bool {
	if src.Any {
		return true
	}
	if len(s.Tags) > 0 && !slices.ContainsFunc(s.Tags, func(t string) bool { return slices.Contains(src.Tags, t) }) {
		return false
	}
	return len(s.Paths) == 0 || slices.ContainsFunc(s.Paths, func(p textValue) bool {
		ok, err := doublestar.Match(p.Value, src.Path)
		return ok && err == nil
	})
}

// Scan appends to found the matches in a chunk of whole lines, ordered by record
// and then by rule.
func (v *View) Scan(chunk []byte, found []Match) []Match {
	v.hits = v.set.patterns.Scan(chunk, v.hits[:0])
	for _, h := range v.hits {
		role := v.set.roles[h.Pattern]
		if v.on[h.Pattern] {
			found = append(found, Match{Rule: role.rule, Recovers: role.recovers, Part: role.part, Start: h.Start, End: h.End, Clause: h.Pattern})
		}
	}
	return found
}

// Fields returns the named groups that m's record gives its rule.
func (s *Set) Fields(m Match, record []byte) map[string]string {
	fields := map[string]string{}
	s.patterns.Fields(m.Clause, record, fields)
	for k, f := range fields {
		fields[k] = strings.ToValidUTF8(f, "\ufffd")
	}
	return fields
}
