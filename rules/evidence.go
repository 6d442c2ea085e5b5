package rules

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

const (
	maxRelated = 16             // other logs of one rule
	maxWithin  = 24 * time.Hour // that they are looked into
)

// Related is another log to look into when the rule fires.
type Related struct {
	Pos yamldoc.Pos `yaml:",pos"`
	// Sources are those that are looked into.
	Sources Selector `yaml:"sources"`
	// Within is the time before and after the match; a minute where it is left out.
	Within time.Duration `yaml:"within"`
	// By names a field: only records that hold its value count. Empty, all do.
	By yamldoc.Text `yaml:"by"`
}

// Selects reports whether the selector chooses src.
func (s *Selector) Selects(src Source) bool { return s.selects(src) }

// run checks the names of diagnostics.
func (c *checker) run() {
	seen := map[string]bool{}
	for _, t := range c.rule.Snapshot.Run {
		switch {
		case t.Value == "":
		case seen[t.Value]:
			c.d.Report(t.Pos, "duplicate-diagnostic", "remove one of the two", "diagnostic %q stands here a second time", t.Value)
		case c.known.Diagnostics != nil && !slices.Contains(c.known.Diagnostics, t.Value):
			hint := "define it under `diagnostics` in the agent's configuration; a rule only names it"
			if near := diag.Nearest(t.Value, c.known.Diagnostics); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			c.d.Report(t.Pos, "unknown-diagnostic", hint, "no diagnostic is called %q", t.Value)
		}
		seen[t.Value] = true
	}
}

func (c *checker) related() {
	list := c.rule.Snapshot.Related
	if len(list) > maxRelated {
		c.d.Report(list[maxRelated].Pos, "too-many-related", "choose several logs with one selector", "a rule looks into at most %d other logs", maxRelated)
	}
	for i := range list {
		r := &list[i]
		c.globs(&r.Sources)
		if len(r.Sources.Tags)+len(r.Sources.Paths) == 0 {
			c.d.Report(r.Pos, "related-everything", "name tags or paths under sources", "this would look into every log of the host")
		}
		if r.Within > maxWithin {
			c.d.Report(r.Pos, "bad-within", "use at most 24h", "within is %s", r.Within)
		}
		r.Within = cmp.Or(r.Within, time.Minute)
	}
}

func (c *checker) globs(s *Selector) {
	for _, p := range s.Paths {
		if !doublestar.ValidatePattern(p.Value) {
			c.d.Report(p.Pos, "glob", "escape a literal [ with a backslash", "not a valid glob: %s", p.Value)
		}
	}
}

// needs checks that the evidence asked for can come: from the record, or from a
// diagnostic that is run.
func (c *checker) needs(captured map[string]bool) {
	can := maps.Clone(captured)
	for _, t := range c.rule.Snapshot.Run {
		can[t.Value] = true
	}
	seen := map[string]bool{}
	for _, t := range c.rule.Needs {
		switch {
		case seen[t.Value]:
			c.d.Report(t.Pos, "duplicate-need", "remove one of the two", "%q is asked for a second time", t.Value)
		case !can[t.Value]:
			hint := fmt.Sprintf("capture it: (?P<%s>...), or run a diagnostic of that name: snapshot: {run: [%s]}", t.Value, t.Value)
			if near := diag.Nearest(t.Value, slices.Sorted(maps.Keys(can))); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			c.d.Report(t.Pos, "unknown-need", hint, "nothing gives this rule %q", t.Value)
		}
		seen[t.Value] = true
	}
}
