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
// without any, and clauses that hold for none of their lines.
func Coverage(set *rules.Set) ([]Gap, error) {
	var out []Gap
	for _, r := range set.Rules {
		lines := proof(r)
		if len(lines) == 0 {
			out = append(out, Gap{r.ID.Value, r.File, r.ID.Line, "the rule has no example and no test"})
			continue
		}
		for _, u := range r.Uses() {
			gaps, err := uncovered(u.Clause, lines)
			if err != nil {
				return nil, fmt.Errorf("cover rule %s: %w", r.ID.Value, err)
			}
			for _, g := range gaps {
				g.Rule, g.File = r.ID.Value, r.File
				out = append(out, g)
			}
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
			continue // of other rules too, or of the site
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
