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
		switch {
		case u.Name == "match" || captured[k.Value]:
			c.name(k, captured)
			continue
		case u.Part == condition.Close || u.Part == condition.Not:
			continue // without the field it speaks of every key
		}
		c.d.Report(u.Clause.Pos, "unknown-field", fmt.Sprintf("capture it here too: (?P<%s>...)", k.Value), "%s does not give %q, which is in the key", u.Name, k.Value)
	}
}
