package ruletest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/thirdline/thirdline/rules"
)

// Gap is a rule or a clause that no example and no test line reaches.
type Gap struct {
	Rule string `json:"rule"`
	File string `json:"file"`
	Line int    `json:"line"`
	What string `json:"what"`
}

// Coverage returns what the examples and tests of the rules leave unproven: rules
// without any, clauses and exceptions that hold for none of their lines, and clauses
// of macros that hold for none of the lines of all rules that use them. An exception
// that an overlay adds is the site's, which has no examples.
func Coverage(set *rules.Set) ([]Gap, error) {
	var out []Gap
	m := macros{used: map[*rules.Clause]*macro{}}
	for _, r := range set.Rules {
		lines := proof(r)
		if len(lines) == 0 {
			out = append(out, Gap{r.ID.Value, r.File, r.ID.Line, "the rule has no example and no test"})
		}
		var clauses []*rules.Clause
		for _, u := range r.Uses() {
			clauses = append(clauses, u.Clause)
		}
		for _, e := range r.Exceptions {
			if !e.Overlaid {
				clauses = append(clauses, &e.Clause)
			}
		}
		for _, c := range clauses {
			m.collect(c, r, lines)
			if len(lines) == 0 {
				continue
			}
			gaps, err := uncovered(c, lines)
			if err != nil {
				return nil, fmt.Errorf("cover rule %s: %w", r.ID.Value, err)
			}
			for _, g := range gaps {
				g.Rule, g.File = r.ID.Value, r.File
				out = append(out, g)
			}
		}
	}
	gaps, err := m.uncovered()
	return append(out, gaps...), err
}

// macros are the clauses that rules share, in the order of their first use.
type macros struct {
	used  map[*rules.Clause]*macro
	order []*rules.Clause
}

// macro is one of them, with the lines of all rules that use it.
type macro struct {
	name, file, rule string
	lines            []shown
}

// collect notes the macros in a clause of a rule.
func (m *macros) collect(c *rules.Clause, r *rules.Rule, lines []shown) {
	for _, p := range c.Parts() {
		if p.Role == "macro" {
			if m.used[p.Clause] == nil {
				m.used[p.Clause] = &macro{name: c.Macro.Value, file: r.File, rule: r.ID.Value}
				m.order = append(m.order, p.Clause)
			}
			of := m.used[p.Clause]
			of.lines = append(of.lines, lines...)
		}
		if p.Role != "except" {
			m.collect(p.Clause, r, lines)
		}
	}
}

func (m *macros) uncovered() (out []Gap, err error) {
	for _, c := range m.order {
		of := m.used[c]
		gaps, err := uncovered(c, of.lines)
		if err != nil {
			return nil, fmt.Errorf("cover macro %s: %w", of.name, err)
		}
		for _, g := range gaps {
			g.Rule, g.File, g.What = of.rule, of.file, fmt.Sprintf("macro %q: %s", of.name, g.What)
			out = append(out, g)
		}
	}
	return out, nil
}

// proof returns every line that the rule's examples and tests show to it.
func proof(r *rules.Rule) []shown {
	out := lines(r.Examples.Format, slices.Concat(texts(r.Examples.Match), texts(r.Examples.NoMatch)))
	for _, t := range r.Tests {
		out = append(out, lines(t.Format, split(t.Lines))...)
		for _, s := range t.Steps {
			out = append(out, lines(t.Format, split(s.Lines))...)
		}
	}
	return out
}

// shown is a line, and how it is taken apart.
type shown struct {
	text   string
	format *rules.Format
}

func lines(format *rules.Format, texts []string) []shown {
	out := make([]shown, len(texts))
	for i, t := range texts {
		out[i] = shown{t, format}
	}
	return out
}

func split(lines string) []string {
	return strings.FieldsFunc(lines, func(r rune) bool { return r == '\n' })
}

// uncovered returns the clauses that hold for none of the lines, the innermost ones.
func uncovered(c *rules.Clause, lines []shown) ([]Gap, error) {
	var out []Gap
	for _, p := range c.Parts() {
		if p.Role == "macro" || p.Role == "except" {
			continue // looked at once, for all rules and clauses
		}
		gaps, err := uncovered(p.Clause, lines)
		if err != nil {
			return nil, err
		}
		out = append(out, gaps...)
	}
	own := c.Own()
	words := own.Words()
	if len(words) == 0 {
		return out, nil
	}
	tester, err := own.Tester()
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		if tester.Format = l.format; tester.Holds([]byte(l.text)) {
			return out, nil
		}
	}
	return append(out, Gap{Line: c.Pos.Line, What: "no example and no test line " + strings.Join(words, " and ")}), nil
}
