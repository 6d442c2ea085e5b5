package rules

import (
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
	var all []*Rule
	seen := map[string]*Rule{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			problems = append(problems, diag.Unreadable(file, err))
			continue
		}
		found, bad := k.parse(file, data, seen)
		all = append(all, found...)
		problems = append(problems, bad...)
	}
	problems = append(problems, unknownInhibited(all)...)
	if len(files) == 0 && len(problems) == 0 {
		for _, p := range paths {
			problems = append(problems, diag.Problem{File: p, Code: "no-rules", Message: "no rule file here", Hint: "put *.yaml files into this folder"})
		}
	}
	if len(problems) > 0 {
		problems.Sort()
		return nil, problems
	}
	set, err := newSet(all)
	if err != nil {
		return nil, diag.List{{File: files[0], Code: "compile", Message: err.Error()}}
	}
	return set, nil
}

// Parse reads one rule file. seen collects the rules by id over several files,
// so that a second use of an id is found.
func Parse(file string, data []byte, lookup func(string) (string, bool), seen map[string]*Rule) ([]*Rule, diag.List) {
	return Known{Lookup: lookup}.parse(file, data, seen)
}

func (k Known) parse(file string, data []byte, seen map[string]*Rule) ([]*Rule, diag.List) {
	var doc document
	d := yamldoc.Decode(file, data, &doc, k.Lookup)
	for _, r := range doc.Rules {
		r.File = file
		c := checker{d: d, rule: r, seen: seen, known: k}
		c.check()
	}
	return doc.Rules, d.Problems
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
