package rules

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/rules/field"
	"github.com/thirdline/thirdline/rules/where"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// hostName stands for the agent's host wherever a rule speaks of a field, unless an
// expression captures it. A record's own "host" can be asked of, and is not it.
const hostName = "host"

// spoken returns the fields that the rule speaks of outside its clauses.
func (r *Rule) spoken() []yamldoc.Text {
	out := slices.Concat(r.Key, r.Needs)
	for _, m := range placeholder.FindAllStringSubmatch(r.Title.Value, -1) {
		out = append(out, yamldoc.Text{Pos: r.Title.Pos, Value: m[1]})
	}
	for _, related := range r.Snapshot.Related {
		if related.By.Line > 0 {
			out = append(out, related.By)
		}
	}
	for _, n := range r.Inhibit {
		out = append(out, n.Equal...)
	}
	if s, ok := r.shape(); ok {
		out = append(out, s.asks...)
	}
	return out
}

// wanted returns the fields that a match gives the rule beside what its expressions
// capture: those it speaks of anywhere.
func (r *Rule) wanted() []string {
	named := map[string]bool{}
	for _, t := range r.spoken() {
		named[t.Value] = true
	}
	for _, u := range r.Uses() {
		u.Clause.asked(named)
	}
	delete(named, hostName)
	if s, ok := r.shape(); ok { // what the condition gives no record has to
		for _, name := range append(s.gives, "count", "held", "keys_forgotten") {
			delete(named, name)
		}
	}
	return slices.Sorted(maps.Keys(named))
}

// asked adds the fields that the clause, or one inside it, asks about.
func (c *Clause) asked(into map[string]bool) {
	for _, t := range c.Fields {
		into[t.Name] = true
	}
	if p := c.whereProgram(); p != nil {
		for _, name := range p.Names() {
			into[name] = true
		}
	}
	for _, p := range c.Parts() {
		p.Clause.asked(into)
	}
}

// whereProgram is nil where the clause has no expression, or a wrong one.
func (c *Clause) whereProgram() *where.Program {
	if c.Where.Value == "" {
		return nil
	}
	p, err := where.Compile(c.Where.Value)
	if err != nil {
		return nil
	}
	return p
}

func (c *checker) where(t yamldoc.Text) {
	if t.Line == 0 {
		return
	}
	var fault *where.Error
	if _, err := where.Compile(t.Value); errors.As(err, &fault) {
		c.bad = true
		c.d.Report(c.d.Inside(t, fault.Offset), "bad-where", fault.Hint, "%s", fault.Message)
	}
}

// names checks that a record can give what the rule speaks of: an expression
// captures it, a clause asks about it, or an example has it.
func (c *checker) names() {
	all := map[string]bool{}
	for _, u := range c.rule.counted() {
		own := map[string]bool{hostName: true}
		c.captures(u.Clause, own)
		u.Clause.asked(own)
		c.shown(own)
		c.keyNames(u, own)
		maps.Copy(all, own)
	}
	c.needs(all)
	for _, r := range c.rule.Snapshot.Related {
		c.name(r.By, all)
	}
	for _, n := range c.rule.Inhibit {
		for _, t := range n.Equal {
			c.name(t, all)
		}
	}
	c.conditionNames(all)
	title := c.rule.Title
	for _, m := range placeholder.FindAllStringSubmatch(title.Value, -1) {
		c.name(yamldoc.Text{Pos: title.Pos, Value: m[1]}, all)
	}
	rest := placeholder.ReplaceAllString(title.Value, "")
	if strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
		c.d.Report(title.Pos, "bad-template", "write {{ .name }}", "a title takes fields and nothing else")
	}
}

func (c *checker) captures(k *Clause, into map[string]bool) {
	if re, err := regexp.Compile(k.Regex.Value); err == nil {
		for _, n := range re.SubexpNames() {
			if n != "" {
				into[n] = true
			}
		}
	}
	for _, p := range k.Parts() {
		if p.Role != "not" && p.Role != "except" {
			c.captures(p.Clause, into)
		}
	}
}

// shown adds the fields of the examples that should match.
func (c *checker) shown(into map[string]bool) {
	var f field.Fields
	for _, e := range c.rule.Examples.Match {
		f.Reset(c.rule.Examples.Format, []byte(e.Value))
		for _, name := range f.Names() {
			into[name] = true
		}
	}
}

func (c *checker) name(t yamldoc.Text, known map[string]bool) {
	if known[t.Value] || t.Line == 0 {
		return
	}
	hint := fmt.Sprintf("capture it, (?P<%s>...), or show a record that has the field under examples", t.Value)
	if !groupName.MatchString(t.Value) {
		hint = "show a record that has the field under examples"
	}
	if near := diag.Nearest(t.Value, slices.Sorted(maps.Keys(known))); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	c.d.Report(t.Pos, "unknown-field", hint, "nothing gives this rule a field %q", t.Value)
}

var groupName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
