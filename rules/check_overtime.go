package rules

import (
	"fmt"
	"time"

	"github.com/thirdline/thirdline/rules/condition"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// maxWindow is the longest time that a condition may speak of.
const maxWindow = 366 * 24 * time.Hour

// overTime checks the rule's condition over time, but not its clauses.
func (c *checker) overTime() {
	r := c.rule
	all := r.shapes()
	if len(all) > 1 {
		c.d.Report(all[1].pos, "two-conditions", "make two rules of it", "rule %q has %s, and %s beside it", r.ID.Value, all[0].name, all[1].name)
	}
	if s, ok := r.shape(); ok && len(s.own) > 0 && r.Match.Pos.Line > 0 {
		c.d.Report(r.Match.Pos, "match-beside", "remove match: "+s.own[0].Name+" says what is looked for", "match does not go with %s", s.name)
	}
	for _, s := range all {
		s.check(c)
	}
	if on := r.CancelOn; on != nil && len(all) == 0 && r.Cooldown == 0 {
		c.d.Report(on.Pos, "nothing-to-cancel", "give the rule a condition over time, or remove cancel_on", "without a condition there is nothing that cancel_on could start anew")
	}
	c.span(r.Pos, "cooldown", r.Cooldown, true)
}

// span checks a time; zero is as good as none where it is optional.
func (c *checker) span(at yamldoc.Pos, name string, d time.Duration, optional bool) {
	switch {
	case d > maxWindow:
		c.d.Report(at, "bad-window", "use at most 366d", "%s is longer than a year", name)
	case d == 0 && !optional:
		c.d.Report(at, "bad-window", "write a time such as 30s, 10m or 6h", "%s must be longer than nothing", name)
	}
}

// number checks a whole number.
func (c *checker) number(at yamldoc.Pos, name string, n, low, high int) {
	if n < low || n > high {
		c.d.Report(at, "bad-number", fmt.Sprintf("write a number from %d to %d", low, high), "%s is %d", name, n)
	}
}

func (t *Threshold) check(c *checker) {
	high := condition.MaxCount
	if t.Distinct.Value != "" {
		high = condition.MaxDistinct
	}
	c.number(t.Pos, "threshold.count", t.Count, 1, high)
	c.span(t.Pos, "threshold.within", t.Within, false)
}

func (a *Absence) check(c *checker) {
	c.span(a.Pos, "absence.for", a.For, false)
	if a.Grace != nil {
		c.span(a.Pos, "absence.grace", *a.Grace, true)
	}
	if len(a.Keys) > 0 && a.After != nil {
		c.d.Report(a.Keys[0].Pos, "keys-beside-after", "remove one of the two", "what is expected after a record takes its key from that record; keys does not go with after")
	}
	for _, k := range a.Keys {
		if len(k.Values) != len(c.rule.Key) {
			c.d.Report(k.Pos, "bad-expect", "name one value for each field of the rule's key, in its order",
				"the key has %d values here and %d fields in the rule", len(k.Values), len(c.rule.Key))
		}
	}
}

// conditionNames checks the fields that the condition takes, and adds those that it
// gives to the captured ones.
func (c *checker) conditionNames(captured map[string]bool) {
	s, ok := c.rule.shape()
	if !ok {
		return
	}
	captured["count"] = true
	for _, f := range s.asks {
		c.name(f, captured)
	}
	for _, f := range s.gives {
		captured[f] = true
	}
}

// keyNames checks that a clause gives what the key is made of.
func (c *checker) keyNames(u Use, captured map[string]bool) {
	for _, k := range c.rule.Key {
		if u.Name == "match" || captured[k.Value] {
			c.name(k, captured)
			continue
		}
		c.d.Report(u.Clause.Pos, "unknown-field", fmt.Sprintf("capture it here too: (?P<%s>...)", k.Value), "%s does not give %q, which is in the key", u.Name, k.Value)
	}
}
