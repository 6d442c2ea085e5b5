package rules

import (
	"time"

	"github.com/thirdline/thirdline/rules/condition"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// OverTime is what has to happen over time before a rule speaks up: at most one
// condition. Without one every record that matches does.
type OverTime struct {
	Threshold *Threshold `yaml:"threshold"`
	Sequence  *Sequence  `yaml:"sequence"`
	Absence   *Absence   `yaml:"absence"`
	Rate      *Rate      `yaml:"rate"`
	Share     *Share     `yaml:"share"`
	Metric    *Metric    `yaml:"metric"`
	Change    *Change    `yaml:"change"`
	Novel     *Novel     `yaml:"novel"`
	Toggle    *Toggle    `yaml:"toggle"`
	// CancelOn starts the condition anew for the keys that its record speaks of.
	CancelOn *Clause `yaml:"cancel_on"`
	// Cooldown holds back further detections of the same key for so long.
	Cooldown time.Duration `yaml:"cooldown"`
}

// ownClauses are the conditions that stand in the place of match.
func ownClauses() []string { return []string{"absence", "sequence", "share", "toggle"} }

// shape is one of the conditions that a rule may have.
type shape struct {
	name string
	pos  yamldoc.Pos
	// condition is made from the parameters as they stand, sound or not.
	condition condition.Condition
	// own are the condition's clauses, which stand in the place of match; without
	// them the condition is about the records that match.
	own []Use
	// says tells in words what it waits for.
	says string
	// gives are the fields that it adds to a record's.
	gives []string
	// asks are the fields that it takes from a record.
	asks []yamldoc.Text
	// check says what is wrong with the parameters.
	check func(c *checker)
}

// shapes returns the conditions that are set, in the order of the documentation.
func (o *OverTime) shapes() (out []shape) {
	for _, s := range []struct {
		set   bool
		shape func() shape
	}{
		{o.Threshold != nil, o.Threshold.shape},
		{o.Sequence != nil, o.Sequence.shape},
		{o.Absence != nil, o.Absence.shape},
		{o.Rate != nil, o.Rate.shape},
		{o.Share != nil, o.Share.shape},
		{o.Metric != nil, o.Metric.shape},
		{o.Change != nil, o.Change.shape},
		{o.Novel != nil, o.Novel.shape},
		{o.Toggle != nil, o.Toggle.shape},
	} {
		if s.set {
			out = append(out, s.shape())
		}
	}
	return out
}

// shape returns the rule's one condition; ok is false where it has none.
func (o *OverTime) shape() (s shape, ok bool) {
	if all := o.shapes(); len(all) > 0 {
		return all[0], true
	}
	return shape{}, false
}

// Condition returns the rule's condition over time, and its name in a rule file;
// for a rule without one it is [condition.Each], without a name.
func (r *Rule) Condition() (c condition.Condition, name string) {
	s, ok := r.shape()
	if !ok {
		return condition.Each{}, ""
	}
	if t, counts := s.condition.(condition.Threshold); counts {
		t.Keep = 64
		if len(r.Key) == 0 { // there is one such state, of many files perhaps
			t.Keep = condition.MaxCount
		}
		return t, s.name
	}
	return s.condition, s.name
}

// Says tells in words what the rule's condition over time waits for; nothing where
// it has none.
func (r *Rule) Says() string {
	s, _ := r.shape()
	return s.says
}
