package rules

import (
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// textValue shortens signatures.
type textValue = yamldoc.Text

// Known is what rule files may speak of that does not stand in them. The zero
// Known knows no variable, and leaves the names of diagnostics unchecked.
type Known struct {
	// Lookup resolves the names in `!env` values.
	Lookup func(string) (string, bool)
	// Diagnostics are the names that snapshot.run may give; nil where they are not
	// known.
	Diagnostics []string
}

// Load is [Known.Load] where only the environment is known.
func Load(paths []string, lookup func(string) (string, bool)) (*Set, diag.List) {
	return Known{Lookup: lookup}.Load(paths)
}

// Load reads the rule files that paths name (a folder stands for its *.yaml and
// *.yml) and compiles them. With any problem the Set is nil: rules are taken as
// a whole or not at all.
func (k Known) Load(paths []string) (*Set, diag.List) {
	files, problems := expand(paths)
	l := loading{known: k, seen: map[string]*Rule{}}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			problems = append(problems, diag.Unreadable(file, err))
			continue
		}
		l.read(file, data)
	}
	problems = append(problems, unknownInhibited(l.rules)...)
	if len(files) == 0 && len(problems) == 0 {
		for _, p := range paths {
			problems = append(problems, diag.Problem{File: p, Code: "no-rules", Message: "no rule file here", Hint: "put *.yaml files into this folder"})
		}
	}
	on, off := l.finish()
	if problems = append(problems, l.problems()...); len(problems) > 0 {
		problems.Sort()
		return nil, problems
	}
	set, err := newSet(on)
	if err != nil {
		return nil, diag.List{{File: files[0], Code: "compile", Message: err.Error()}}
	}
	set.Disabled = off
	return set, nil
}

// Parse reads one rule file, without what its overlays and switches say of rules.
// seen collects the rules by id over several files, so that a second use of an id is
// found.
func Parse(file string, data []byte, lookup func(string) (string, bool), seen map[string]*Rule) ([]*Rule, diag.List) {
	l := loading{known: Known{Lookup: lookup}, seen: seen}
	l.read(file, data)
	return l.rules, l.problems()
}

// loading is a set of rule files that are being read.
type loading struct {
	known Known
	seen  map[string]*Rule
	files []*checker // each with its file's document
	docs  []*document
	rules []*Rule
}

// read reads and checks one file.
func (l *loading) read(file string, data []byte) {
	doc := &document{}
	d := yamldoc.Decode(file, data, doc, l.known.Lookup)
	c := &checker{d: d, seen: l.seen, known: l.known}
	l.files, l.docs, l.rules = append(l.files, c), append(l.docs, doc), append(l.rules, doc.Rules...)
	if doc.Rules == nil && len(doc.Overlays)+len(doc.Enabled) == 0 && doc.Pos.Line > 0 && len(d.Problems) == 0 {
		d.Report(doc.Pos, "missing-rules", "add `rules: ...`", "key \"rules\" is missing")
	}
	(&resolver{d: d, doc: doc, file: file, size: map[*Clause]int{}}).resolve()
	for _, name := range slices.Sorted(maps.Keys(doc.Macros)) {
		c.clause(doc.Macros[name])
	}
	for _, o := range doc.Overlays {
		c.d.OneOf(o.Severity, "severity", severities()...)
		c.d.OneOf(o.Tier, "tier", tiers()...)
		c.d.OneOf(o.Mode, "mode", modes()...)
	}
	for _, r := range doc.Rules {
		r.File = file
		own := *c
		own.rule = r
		own.check()
	}
}

// finish applies overlays, exceptions and switches, and tells the rules that are on
// from those that are off.
func (l *loading) finish() (on, off []*Rule) {
	for i, c := range l.files {
		for _, o := range l.docs[i].Overlays {
			c.overlay(o)
		}
	}
	for i, c := range l.files {
		for _, s := range l.docs[i].Enabled {
			c.turn(s, l.rules)
		}
	}
	for _, r := range l.rules {
		for _, u := range r.counted() {
			u.Clause.Except = r.Exceptions
		}
		if r.Enabled == nil || *r.Enabled {
			on = append(on, r)
		} else {
			off = append(off, r)
		}
	}
	return on, off
}

func (l *loading) problems() (all diag.List) {
	for _, c := range l.files {
		all = append(all, c.d.Problems...)
	}
	return all
}

func expand(paths []string) ([]string, diag.List) {
	var files []string
	var problems diag.List
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			problems = append(problems, diag.Unreadable(p, err))
			continue
		}
		if !info.IsDir() {
			files = append(files, p)
			continue
		}
		for _, pattern := range []string{"*.yaml", "*.yml"} {
			found, err := filepath.Glob(filepath.Join(escapeGlob(p), pattern))
			if err != nil {
				problems = append(problems, diag.Unreadable(p, err))
			}
			files = append(files, found...)
		}
	}
	slices.Sort(files)
	return slices.Compact(files), problems
}

// escapeGlob makes the name of a folder literal in a pattern.
func escapeGlob(dir string) string {
	var out []rune
	for _, r := range dir {
		if r == '*' || r == '?' || r == '[' || r == '\\' {
			out = append(out, '\\')
		}
		out = append(out, r)
	}
	return string(out)
}
