package rules

import (
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/thirdline/thirdline/rules/condition"
	"github.com/thirdline/thirdline/rules/field"
	"github.com/thirdline/thirdline/rules/match"
)

// Set is the compiled, immutable whole of the rules. It is safe for concurrent use.
type Set struct {
	// Rules in the order of their files.
	Rules []*Rule
	// Disabled are those that were switched off; nothing is matched for them.
	Disabled []*Rule

	patterns *match.Set
	roles    []role
	// decide has, by pattern, what decides a record that the engine found; nil where
	// the engine's word stands.
	decide []*predicate
	// wanted are, by rule, the fields that it uses beside what its expressions capture.
	wanted [][]string
}

// role tells what a pattern of the engine stands for.
type role struct {
	rule     int
	recovers bool
	part     condition.Part
	sources  *Selector
	name     string
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

	format *field.Format
}

// Source is what a rule's selector is asked about.
type Source struct {
	Path string
	Tags []string
	// Format is how its records are taken apart; nil is found out record by record.
	Format *field.Format
	// Any stands for a source that every selector chooses.
	Any bool
}

func newSet(all []*Rule) (*Set, error) {
	s := &Set{Rules: all}
	var exprs []match.Expr
	add := func(c *Clause, as role) error {
		exprs = append(exprs, c.expr())
		s.roles = append(s.roles, as)
		p, err := c.decider()
		s.decide = append(s.decide, p)
		return err
	}
	for i, r := range all {
		s.wanted = append(s.wanted, r.wanted())
		for _, u := range r.Uses() {
			sources := &r.Sources
			if u.Sources != nil {
				sources = u.Sources
			}
			if err := add(u.Clause, role{i, u.Recovers, u.Part, sources, u.Name}); err != nil {
				return nil, err
			}
		}
	}
	var err error
	s.patterns, err = match.New(exprs)
	return s, err
}

// View is a Set as one source sees it: only the rules that select the source.
// It is not safe for concurrent use.
type View struct {
	set     *Set
	on      []bool // by pattern
	format  *field.Format
	hits    []match.Hit
	reading reading
}

// View returns the rules, and the clauses of rules, that select src.
func (s *Set) View(src Source) *View {
	v := &View{set: s, on: make([]bool, len(s.roles)), format: src.Format}
	for i, r := range s.roles {
		v.on[i] = r.sources.selects(src)
	}
	return v
}

// Clause returns where the clause of a match stands, such as absence.of.
func (s *Set) Clause(m Match) string { return s.roles[m.Clause].name }

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
	at := -1 // the record that is being read
	for _, h := range v.hits {
		role := v.set.roles[h.Pattern]
		if !v.on[h.Pattern] {
			continue
		}
		if p := v.set.decide[h.Pattern]; p != nil {
			if h.Start != at { // rules share what has been parsed
				at = h.Start
				v.reading.turn(v.format, chunk[h.Start:h.End])
			}
			if !p.holds(&v.reading) {
				continue
			}
		}
		found = append(found, Match{
			Rule: role.rule, Recovers: role.recovers, Part: role.part, Clause: h.Pattern, Start: h.Start, End: h.End, format: v.format,
		})
	}
	return found
}

// Fields returns what m's record gives its rule: the named groups of its
// expressions, and of the fields that are parsed those that the rule speaks of. A
// group wins over a field of its name.
func (s *Set) Fields(m Match, record []byte) map[string]string {
	fields := map[string]string{}
	if p := s.decide[m.Clause]; p != nil {
		var r reading
		r.turn(m.format, record)
		p.captures(&r, fields)
	} else {
		s.patterns.Fields(m.Clause, record, fields)
	}
	s.parsed(m, record, fields)
	s.Rules[m.Rule].Novel.template(record, fields)
	for k, f := range fields {
		fields[k] = strings.ToValidUTF8(f, "\ufffd")
	}
	return fields
}

// parsed adds the fields that the rule speaks of and that nothing has captured. A
// record is taken apart only where there are any.
func (s *Set) parsed(m Match, record []byte, into map[string]string) {
	wanted := slices.DeleteFunc(slices.Clone(s.wanted[m.Rule]), func(name string) bool {
		_, captured := into[name]
		return captured
	})
	if len(wanted) == 0 {
		return
	}
	var f field.Fields
	f.Reset(m.format, record)
	for _, name := range wanted {
		if v, ok := f.Value(name); ok {
			into[name] = string(v)
		}
	}
}
