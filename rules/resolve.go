package rules

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

const (
	maxListBytes  = 1 << 20 // of a list's file
	maxListValues = 10_000
	maxTexts      = 500 // that contains_any looks for
	maxExpanded   = 500 // clauses that one macro stands for
)

// List is a list of values that several clauses use.
type List struct {
	Pos    yamldoc.Pos
	Values []yamldoc.Text
	// File holds one value a line; empty lines and those that begin with # are none.
	// A relative path starts at the rule file.
	File yamldoc.Text
}

// filed is a List that stands in a file of its own.
type filed struct {
	File yamldoc.Text `yaml:"file,required"`
}

// DecodeYAML implements [yamldoc.Value].
func (l *List) DecodeYAML(d *yamldoc.Document, n yamldoc.Node) {
	l.Pos = n.Pos()
	if n.IsMapping() {
		var f filed
		n.Into(d, &f)
		if l.File = f.File; f.File.Line == 0 {
			l.File.Pos = n.Pos() // reported, and not empty
		}
		return
	}
	n.Into(d, &l.Values)
}

// JSONSchema implements [yamldoc.Described].
func (*List) JSONSchema(of func(any) any) any {
	return map[string]any{"anyOf": []any{of([]string{}), of(filed{})}}
}

// resolver puts in what a file's clauses name: lists and macros.
type resolver struct {
	d    *yamldoc.Document
	doc  *document
	file string
	open []*Clause       // the macros that are being expanded
	size map[*Clause]int // the clauses that each expanded macro stands for
}

func (r *resolver) resolve() {
	r.readHours()
	for _, name := range slices.Sorted(maps.Keys(r.doc.Lists)) {
		r.list(name, r.doc.Lists[name])
	}
	for _, name := range slices.Sorted(maps.Keys(r.doc.Macros)) {
		r.macro(yamldoc.Text{Pos: r.doc.Macros[name].Pos, Value: name})
	}
	for _, rule := range r.doc.Rules {
		for _, u := range rule.Uses() {
			r.clause(u.Clause)
		}
		r.exceptions(rule.Exceptions)
		rule.active, rule.mute = r.hours(rule.Active), r.hours(rule.Mute)
	}
	for _, o := range r.doc.Overlays {
		r.exceptions(o.Exceptions)
		o.active, o.mute = r.hours(o.Active), r.hours(o.Mute)
	}
}

func (r *resolver) exceptions(list []*Exception) {
	for _, e := range list {
		r.clause(&e.Clause)
	}
}

func (r *resolver) list(name string, l *List) {
	if l.File.Value != "" {
		r.read(l)
	}
	seen := map[string]bool{}
	for _, v := range l.Values {
		if seen[v.Value] && l.File.Line == 0 {
			r.d.Report(v.Pos, "duplicate-value", "remove one of the two", "%q is in list %q a second time", v.Value, name)
		}
		seen[v.Value] = true
	}
	switch {
	case len(l.Values) == 0 && l.File.Line == 0:
		r.d.Report(l.Pos, "empty-list", "name the values, or remove the list", "list %q is empty and would never be satisfied", name)
	case len(l.Values) > maxListValues:
		r.d.Report(l.Pos, "list-too-long", "split it, or look for a pattern", "list %q has %d values, the limit is %d", name, len(l.Values), maxListValues)
		l.Values = l.Values[:maxListValues]
	}
}

func (r *resolver) read(l *List) {
	path := l.File.Value
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(r.file), path)
	}
	info, err := os.Stat(path)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxListBytes) {
		err = fmt.Errorf("it must be a plain file of at most 1 MiB")
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		p := diag.Unreadable(path, err)
		r.d.Report(l.File.Pos, "unreadable", p.Hint, "cannot read the list %s: %s", path, p.Message)
		return
	}
	for n, line := range strings.Split(strings.ToValidUTF8(string(data), "\ufffd"), "\n") {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			l.Values = append(l.Values, yamldoc.Text{Pos: yamldoc.Pos{Line: n + 1, Column: 1}, Value: line})
		}
	}
	if len(l.Values) == 0 {
		r.d.Report(l.File.Pos, "empty-list", "write one value a line into it", "%s holds no value", path)
	}
}

// clause resolves a clause and those inside it.
func (r *resolver) clause(c *Clause) {
	r.choice(&c.ContainsAny)
	if n := len(c.ContainsAny.Values); n > maxTexts {
		r.d.Report(c.ContainsAny.Pos, "list-too-long", "ask a field: fields: {NAME: {in: {list: ...}}} takes 10000", "contains_any has %d texts, the limit is %d", n, maxTexts)
		c.ContainsAny.Values = c.ContainsAny.Values[:maxTexts]
	}
	for _, t := range c.Fields {
		r.choice(&t.In)
	}
	if c.Macro.Line > 0 && c.Macro.Value != "" {
		c.Expanded = r.macro(c.Macro)
	}
	for _, subs := range [][]Clause{c.All, c.Any, c.Not} {
		for i := range subs {
			r.clause(&subs[i])
		}
	}
}

func (r *resolver) choice(c *choice) {
	if c.List.Line == 0 || c.List.Value == "" {
		return
	}
	if l := r.doc.Lists[c.List.Value]; l != nil {
		c.Values = l.Values
		return
	}
	r.unknown(c.List, "list", slices.Sorted(maps.Keys(r.doc.Lists)))
}

// macro returns the clause of a macro, with what it names resolved.
func (r *resolver) macro(name yamldoc.Text) *Clause {
	m := r.doc.Macros[name.Value]
	if m == nil {
		r.unknown(name, "macro", slices.Sorted(maps.Keys(r.doc.Macros)))
		return nil
	}
	if slices.Contains(r.open, m) {
		r.d.Report(name.Pos, "macro-loop", "write one of them out", "macro %q is made of itself", name.Value)
		return nil
	}
	if r.size[m] == 0 {
		r.open = append(r.open, m)
		r.clause(m)
		r.open = r.open[:len(r.open)-1]
		if r.size[m] = r.measure(m); r.size[m] > maxExpanded {
			r.d.Report(name.Pos, "macro-too-large", "use it once, or write it out", "macro %q stands for more than %d clauses", name.Value, maxExpanded)
			r.size[m] = 1 // once is enough
			return nil
		}
	}
	return m
}

// resolved reports whether everything is there that the clause names.
func (c *Clause) resolved() bool {
	return (c.Macro.Line == 0 || c.Expanded != nil) && (c.ContainsAny.Line == 0 || len(c.ContainsAny.Values) > 0) &&
		!slices.ContainsFunc(c.Fields, func(t *fieldTest) bool { return t.In.Line > 0 && len(t.In.Values) == 0 })
}

// measure counts the clauses that c stands for; macros in macros grow fast.
func (r *resolver) measure(c *Clause) int {
	n := 1
	for _, p := range c.Parts() {
		if p.Role == "macro" {
			n += r.size[p.Clause]
		} else {
			n += r.measure(p.Clause)
		}
	}
	return n
}

// unknown reports a name that this file does not have.
func (r *resolver) unknown(t yamldoc.Text, what string, known []string) {
	hint := fmt.Sprintf("define it in this file: %ss: {%s: ...}", strings.TrimSuffix(what, "s"), t.Value)
	if what == "hours" {
		hint = fmt.Sprintf("define them in this file: hours: {%s: 'mon-fri 09:00-17:00 Europe/Berlin'}", t.Value)
	}
	if near := diag.Nearest(t.Value, known); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	r.d.Report(t.Pos, "unknown-"+what, hint, "no %s in this file %s called %q", what, map[bool]string{true: "are", false: "is"}[what == "hours"], t.Value)
}
