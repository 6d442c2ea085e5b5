package rules

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"time"

	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// Exception is a record that does not count though it matches.
type Exception struct {
	Clause `yaml:",inline"`
	// Reason is for people.
	Reason yamldoc.Text `yaml:"reason"`
	// Overlaid tells that an overlay added it.
	Overlaid bool `yaml:"-"`
}

// Overlay changes one rule, wherever that stands: what is set takes the place of the
// rule's; tags, labels and exceptions are added.
type Overlay struct {
	Pos        yamldoc.Pos       `yaml:",pos"`
	Rule       yamldoc.Text      `yaml:"rule,required"`
	Severity   yamldoc.Text      `yaml:"severity" enum:"info warning error critical"`
	Tier       yamldoc.Text      `yaml:"tier" enum:"L1 L2 L3"`
	Owner      *string           `yaml:"owner"`
	Runbook    *string           `yaml:"runbook"`
	Known      *string           `yaml:"known"`
	Tags       []string          `yaml:"tags"`
	Labels     map[string]string `yaml:"labels"`
	Enabled    *bool             `yaml:"enabled"`
	Mode       yamldoc.Text      `yaml:"mode" enum:"live observe"`
	Active     []yamldoc.Text    `yaml:"active"`
	Mute       []yamldoc.Text    `yaml:"mute"`
	Exceptions []*Exception      `yaml:"exceptions"`
	Threshold  *OverlaidCount    `yaml:"threshold"`
	Cooldown   *time.Duration    `yaml:"cooldown"`

	active, mute []Hours
}

// OverlaidCount changes a threshold.
type OverlaidCount struct {
	Pos    yamldoc.Pos    `yaml:",pos"`
	Count  *int           `yaml:"count"`
	Within *time.Duration `yaml:"within"`
}

// Switch turns rules on or off. Of all of them the last one that speaks of a rule
// decides.
type Switch struct {
	Pos     yamldoc.Pos `yaml:",pos"`
	Enable  *which      `yaml:"enable"`
	Disable *which      `yaml:"disable"`
}

// which names rules by id, with * for any text, or by tag.
type which struct {
	Pos  yamldoc.Pos  `yaml:",pos"`
	Rule yamldoc.Text `yaml:"rule"`
	Tag  yamldoc.Text `yaml:"tag"`
}

// overlay applies o to its rule.
func (c *checker) overlay(o *Overlay) {
	if o.Rule.Value == "" {
		return
	}
	r := c.seen[o.Rule.Value]
	if r == nil {
		c.unknownRule(o.Rule, "an overlay changes a rule that is loaded with it: name the rule's file too")
		return
	}
	c.rule = r
	set(&r.Severity, o.Severity, o.Severity.Line > 0)
	set(&r.Tier, o.Tier, o.Tier.Line > 0)
	set(&r.Mode, o.Mode, o.Mode.Line > 0)
	replace(&r.Owner, o.Owner)
	replace(&r.Runbook, o.Runbook)
	replace(&r.Known, o.Known)
	replace(&r.Cooldown, o.Cooldown)
	set(&r.Enabled, o.Enabled, o.Enabled != nil)
	r.Tags = append(r.Tags, o.Tags...)
	if r.Labels == nil && len(o.Labels) > 0 {
		r.Labels = map[string]string{}
	}
	maps.Copy(r.Labels, o.Labels)
	if o.Active != nil {
		r.Active, r.active = o.Active, o.active
	}
	if o.Mute != nil {
		r.Mute, r.mute = o.Mute, o.mute
	}
	c.overlayCount(o)
	c.exceptions(o.Exceptions)
	for _, e := range o.Exceptions {
		e.Overlaid = true
		r.Exceptions = append(r.Exceptions, e)
	}
}

func set[T any](to *T, from T, given bool) {
	if given {
		*to = from
	}
}

func replace[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func (c *checker) overlayCount(o *Overlay) {
	t := o.Threshold
	if t == nil {
		return
	}
	if c.rule.Threshold == nil {
		c.d.Report(t.Pos, "no-threshold", "change a rule that has one", "rule %q has no threshold", c.rule.ID.Value)
		return
	}
	changed := *c.rule.Threshold
	replace(&changed.Count, t.Count)
	replace(&changed.Within, t.Within)
	changed.Pos = t.Pos
	changed.check(c)
	changed.Pos = c.rule.Threshold.Pos
	c.rule.Threshold = &changed
}

// exceptions checks exceptions of the rule: each asks for something, and hides none
// of the records that the rule itself says it is about.
func (c *checker) exceptions(list []*Exception) {
	for _, e := range list {
		bad := c.bad
		c.bad = false
		c.clause(&e.Clause)
		if !c.bad {
			c.hides(e)
		}
		c.bad = c.bad || bad
	}
}

func (c *checker) hides(e *Exception) {
	t, err := e.Tester()
	if err != nil {
		return
	}
	t.Format = c.rule.Examples.Format
	for _, x := range c.rule.Examples.Match {
		if t.Holds([]byte(x.Value)) {
			c.d.Report(e.Pos, "blinding-exception", "ask for more, so that it is about the records you mean only",
				"this exception hides the rule's own example at %s:%d", c.rule.File, x.Line)
			return
		}
	}
}

// unknownRule reports an id that no rule has.
func (c *checker) unknownRule(t yamldoc.Text, hint string) {
	if near := diag.Nearest(t.Value, slices.Sorted(maps.Keys(c.seen))); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	c.d.Report(t.Pos, "unknown-rule", hint, "no rule is called %q", t.Value)
}

// turn applies a switch to all rules.
func (c *checker) turn(s *Switch, all []*Rule) {
	if s.Pos.Line == 0 {
		return // reported where it was read
	}
	which, on := s.Enable, true
	if which == nil {
		which, on = s.Disable, false
	}
	if which == nil || s.Enable != nil && s.Disable != nil {
		c.d.Report(s.Pos, "bad-switch", "write enable: or disable:, with {rule: ID} or {tag: NAME}", "a switch either enables or disables")
		return
	}
	if (which.Rule.Value == "") == (which.Tag.Value == "") {
		c.d.Report(which.Pos, "bad-switch", "write {rule: ID}, where * is any text, or {tag: NAME}", "rules are named by id or by tag")
		return
	}
	if _, err := path.Match(which.Rule.Value, ""); err != nil {
		c.d.Report(which.Rule.Pos, "bad-glob", "* is any text", "%q is no pattern", which.Rule.Value)
		return
	}
	found := false
	for _, r := range all {
		named, err := path.Match(which.Rule.Value, r.ID.Value)
		if named && err == nil || which.Tag.Value != "" && slices.Contains(r.Tags, which.Tag.Value) {
			found = true
			r.Enabled = &on
		}
	}
	switch {
	case found:
	case which.Tag.Value != "":
		c.unknownTag(which.Tag, all)
	default:
		c.unknownRule(which.Rule, "name a rule that is loaded with this file")
	}
}

func (c *checker) unknownTag(t yamldoc.Text, all []*Rule) {
	var known []string
	for _, r := range all {
		known = append(known, r.Tags...)
	}
	hint := "give it to a rule: tags: [" + t.Value + "]"
	if near := diag.Nearest(t.Value, known); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	c.d.Report(t.Pos, "no-such-tag", hint, "no rule has the tag %q", t.Value)
}
