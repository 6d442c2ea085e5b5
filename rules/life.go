package rules

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// Incident says how an incident of the rule lives.
type Incident struct {
	Resolve Resolve `yaml:"resolve"`
	// UpdateEvery is the time between updates while the problem goes on; zero
	// means the growing default (1m, 5m, 15m, then hourly).
	UpdateEvery time.Duration `yaml:"update_every"`
	// ReopenWithin is how long after its resolution an incident is reopened
	// rather than opened anew; zero means 24h.
	ReopenWithin time.Duration `yaml:"reopen_within"`
	// GroupWait is how long after the opening of an incident other keys join it
	// rather than open incidents of their own; zero is never.
	GroupWait time.Duration `yaml:"group_wait"`
	// Calm is how soon after its end a problem that comes back is flapping: from then
	// on it is over only when it was good for so long. It doubles each time the problem
	// comes back in it. Zero is never.
	Calm  time.Duration `yaml:"calm"`
	Storm Storm         `yaml:"storm"`
}

// Resolve says when an incident is over: on a record, after quiet time, or both.
type Resolve struct {
	On    *Clause       `yaml:"on"`
	After time.Duration `yaml:"after"`
}

// Storm bounds how many incidents a rule opens: those above it are one incident.
type Storm struct {
	Pos    yamldoc.Pos   `yaml:",pos"`
	Above  *int          `yaml:"above"`
	Within time.Duration `yaml:"within"`
}

// inhibition names the rules that an incident mutes, by id or by tag.
type inhibition struct {
	Pos yamldoc.Pos `yaml:",pos"`
	// Rules are ids; * stands for any text.
	Rules []yamldoc.Text `yaml:"rules"`
	Tags  []string       `yaml:"tags"`
	// Equal are fields that both incidents must have with the same value.
	Equal []yamldoc.Text `yaml:"equal"`
}

// ReopenWithin returns the rule's reopen window, the default included.
func (r *Rule) ReopenWithin() time.Duration {
	if r.Incident.ReopenWithin > 0 {
		return r.Incident.ReopenWithin
	}
	return 24 * time.Hour
}

// UpdateAfter returns the time from update n (0 is the opening) to the next.
func (r *Rule) UpdateAfter(n int) time.Duration {
	if r.Incident.UpdateEvery > 0 {
		return r.Incident.UpdateEvery
	}
	steps := []time.Duration{time.Minute, 4 * time.Minute, 10 * time.Minute, 45 * time.Minute, time.Hour}
	return steps[min(n, len(steps)-1)]
}

// Storm returns how many incidents the rule opens within which time, the defaults
// included.
func (r *Rule) Storm() (above int, within time.Duration) {
	within = time.Hour
	if r.Incident.Storm.Within > 0 {
		within = r.Incident.Storm.Within
	}
	return valueOr(r.Incident.Storm.Above, 200), within
}

// Selects reports whether the inhibition, which stands in rule by, is of r.
func (n *inhibition) Selects(by, r *Rule) bool {
	if by.ID.Value == r.ID.Value {
		return false
	}
	return slices.ContainsFunc(r.Tags, func(tag string) bool { return slices.Contains(n.Tags, tag) }) ||
		slices.ContainsFunc(n.Rules, func(glob textValue) bool {
			ok, err := path.Match(glob.Value, r.ID.Value)
			return ok && err == nil
		})
}

// life checks what the rule says of its incidents' life.
func (c *checker) life() {
	r := c.rule
	c.d.OneOf(r.KnownTier, "tier", []string{string(L1), string(L2), string(L3)}...)
	if r.Incident.GroupWait > 0 && len(r.Key) == 0 {
		c.d.Report(r.Pos, "group-without-key", "give the rule a key, or leave group_wait out", "rule %q has one incident per host: there is nothing to group", r.ID.Value)
	}
	if above := r.Incident.Storm.Above; above != nil && *above < 1 {
		c.d.Report(r.Incident.Storm.Pos, "bad-storm", "use 1 or more", "storm.above is %d", *above)
	}
	for i := range r.Inhibit {
		n := &r.Inhibit[i]
		if len(n.Rules)+len(n.Tags) == 0 {
			c.d.Report(n.Pos, "inhibits-nothing", "name rules, such as [app-*], or tags", "this inhibition chooses no rule")
		}
		for _, glob := range n.Rules {
			if _, err := path.Match(glob.Value, ""); err != nil {
				c.d.Report(glob.Pos, "glob", "escape a literal [ with a backslash", "not a valid glob: %s", glob.Value)
			}
		}
	}
}

// unknownInhibited finds inhibitions that name a rule which is not there.
func unknownInhibited(all []*Rule) diag.List {
	var out diag.List
	var ids []string
	for _, r := range all {
		ids = append(ids, r.ID.Value)
	}
	for _, r := range all {
		for _, n := range r.Inhibit {
			for _, id := range n.Rules {
				if strings.ContainsAny(id.Value, `*?[\`) || slices.Contains(ids, id.Value) {
					continue
				}
				hint := "name the id of a rule, or a wildcard such as app-*"
				if near := diag.Nearest(id.Value, ids); near != "" {
					hint = fmt.Sprintf("did you mean %q?", near)
				}
				out = append(out, diag.Problem{
					File: r.File, Line: id.Line, Column: id.Column, Code: "unknown-rule", Hint: hint,
					Message: fmt.Sprintf("no rule is called %q", id.Value),
				})
			}
		}
	}
	return out
}
