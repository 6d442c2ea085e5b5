package rules

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/thirdline/thirdline/rules/field"
	"github.com/thirdline/thirdline/rules/match"
	"github.com/thirdline/thirdline/rules/where"
)

// predicate is a clause compiled for what the match engine does not know: fields.
// The engine finds the records that can satisfy the clause (see [Clause.expr]); the
// predicate decides. It is immutable.
type predicate struct {
	contains      [][]byte
	oneOf         [][]byte
	texts         []*regexp.Regexp
	fields        []fieldPredicate
	where         *where.Program
	all, any, not []*predicate
}

// reading is one record as predicates see it.
type reading struct {
	line    []byte
	fields  field.Fields
	machine where.Machine
}

// turn goes on to another record.
func (r *reading) turn(format *field.Format, line []byte) {
	r.line = line
	r.fields.Reset(format, line)
}

// asksFields reports whether the clause, or one inside it, is about fields.
func (c *Clause) asksFields() bool {
	return len(c.Fields) > 0 || c.Where.Value != "" ||
		slices.ContainsFunc(c.Parts(), func(p Part) bool { return p.Clause.asksFields() })
}

// decider returns what decides the records that the engine finds for the clause; nil
// where that is exactly what the clause asks for.
func (c *Clause) decider() (*predicate, error) {
	if !c.asksFields() {
		return nil, nil
	}
	return c.predicate()
}

func (c *Clause) predicate() (*predicate, error) {
	p := &predicate{}
	if err := p.compileTexts(c); err != nil {
		return nil, err
	}
	for _, t := range c.Fields {
		f, err := t.compile(c.IgnoreCase)
		if err != nil {
			return nil, err
		}
		p.fields = append(p.fields, f)
	}
	if c.Where.Value != "" {
		var err error
		if p.where, err = where.Compile(c.Where.Value); err != nil {
			return nil, fmt.Errorf("compile %q: %w", c.Where.Value, err)
		}
	}
	for _, part := range c.Parts() {
		sub, err := part.Clause.predicate()
		if err != nil {
			return nil, err
		}
		to := map[string]*[]*predicate{"any": &p.any, "not": &p.not, "except": &p.not}[part.Role]
		if to == nil {
			to = &p.all
		}
		*to = append(*to, sub)
	}
	return p, nil
}

func (p *predicate) compileTexts(c *Clause) error {
	patterns := []string{c.Regex.Value}
	if c.Glob.Value != "" {
		glob, err := globPattern(c.Glob.Value)
		if err != nil {
			return fmt.Errorf("compile %q: %w", c.Glob.Value, err)
		}
		patterns = append(patterns, glob)
	}
	if c.IgnoreCase {
		patterns = append(patterns, regexp.QuoteMeta(c.Contains.Value), quotedAny(c.ContainsAny.texts()))
	} else {
		p.contains = append(p.contains, []byte(c.Contains.Value))
		for _, t := range c.ContainsAny.Values {
			p.oneOf = append(p.oneOf, []byte(t.Value))
		}
	}
	for _, text := range patterns {
		if text == "" {
			continue
		}
		re, err := compileFolded(text, c.IgnoreCase)
		if err != nil {
			return err
		}
		p.texts = append(p.texts, re)
	}
	return nil
}

func compileFolded(pattern string, fold bool) (*regexp.Regexp, error) {
	if fold {
		pattern = "(?i:" + pattern + ")"
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("compile %q: %w", pattern, err)
	}
	return re, nil
}

func quotedAny(texts []string) string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = regexp.QuoteMeta(t)
	}
	return strings.Join(out, "|")
}

// holds decides for one record. What is cheap comes first.
func (p *predicate) holds(r *reading) bool {
	for _, text := range p.contains {
		if !bytes.Contains(r.line, text) {
			return false
		}
	}
	if len(p.oneOf) > 0 && !slices.ContainsFunc(p.oneOf, func(text []byte) bool { return bytes.Contains(r.line, text) }) {
		return false
	}
	for i := range p.fields {
		if !p.fields[i].holds(&r.fields) {
			return false
		}
	}
	for _, re := range p.texts {
		if !re.Match(r.line) {
			return false
		}
	}
	if p.where != nil && !r.machine.Holds(p.where, &r.fields) {
		return false
	}
	holds := func(sub *predicate) bool { return sub.holds(r) }
	return !slices.ContainsFunc(p.all, func(sub *predicate) bool { return !sub.holds(r) }) &&
		(len(p.any) == 0 || slices.ContainsFunc(p.any, holds)) && !slices.ContainsFunc(p.not, holds)
}

// captures adds the named groups of the expressions that hold; the first one that
// sets a name wins.
func (p *predicate) captures(r *reading, into map[string]string) {
	for _, re := range p.texts {
		m := re.FindSubmatch(r.line)
		if m == nil {
			continue
		}
		for i, name := range re.SubexpNames() {
			if _, set := into[name]; name != "" && !set && m[i] != nil {
				into[name] = string(m[i])
			}
		}
	}
	for _, sub := range p.all {
		sub.captures(r, into)
	}
	for _, sub := range p.any {
		if sub.holds(r) {
			sub.captures(r, into)
		}
	}
}

// expr returns what the match engine looks for: exactly the clause where it is about
// texts alone, and else what every record that satisfies it has.
func (c *Clause) expr() match.Expr {
	e := match.Expr{Contains: c.Contains.Value, Regexp: c.Regex.Value, Fold: c.IgnoreCase}
	if glob, err := globPattern(c.Glob.Value); err == nil && c.Glob.Value != "" {
		e.All = append(e.All, match.Expr{Regexp: glob, Fold: c.IgnoreCase})
	}
	if len(c.ContainsAny.Values) > 0 {
		var texts match.Expr
		for _, t := range c.ContainsAny.Values {
			texts.Any = append(texts.Any, match.Expr{Contains: t.Value, Fold: c.IgnoreCase})
		}
		e.All = append(e.All, texts)
	}
	for _, t := range c.Fields {
		e.All = append(e.All, t.need(c.IgnoreCase))
	}
	if p := c.whereProgram(); p != nil {
		e.All = append(e.All, p.Need())
	}
	for _, part := range c.Parts() {
		switch {
		case part.Role == "any":
			e.Any = append(e.Any, part.Clause.expr())
		case part.Role != "not" && part.Role != "except":
			e.All = append(e.All, part.Clause.expr())
		case !part.Clause.asksFields():
			e.Not = append(e.Not, part.Clause.expr())
		}
	}
	return e
}
