package rules

import (
	"fmt"
	"time"

	"github.com/thirdline/thirdline/rules/condition"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// OverTime is what has to happen over time before a rule speaks up: at most one
// condition. Without one every record that matches does.
type OverTime struct {
	Threshold *Threshold `yaml:"threshold"`
	Absence   *Absence   `yaml:"absence"`
	// CancelOn starts the condition anew for the keys that its record speaks of.
	CancelOn *Clause `yaml:"cancel_on"`
	// Cooldown holds back further detections of the same key for so long.
	Cooldown time.Duration `yaml:"cooldown"`
}

// Threshold asks for a number of records, or of values, in a sliding window.
type Threshold struct {
	Pos      yamldoc.Pos   `yaml:",pos"`
	Count    int           `yaml:"count,required"`
	Within   time.Duration `yaml:"within,required"`
	Distinct yamldoc.Text  `yaml:"distinct"`
}

// Absence asks for a record that does not come.
type Absence struct {
	Pos   yamldoc.Pos    `yaml:",pos"`
	Of    Clause         `yaml:"of,required"`
	For   time.Duration  `yaml:"for,required"`
	After *Clause        `yaml:"after"`
	Keys  []ExpectedKey  `yaml:"keys"`
	Grace *time.Duration `yaml:"grace"`
}

// ExpectedKey is one value, or the list of a key's values, with its place.
type ExpectedKey struct {
	yamldoc.Pos
	Values
}

// DecodeYAML implements [yamldoc.Value].
func (k *ExpectedKey) DecodeYAML(d *yamldoc.Document, n yamldoc.Node) {
	k.Pos = n.Pos()
	k.Values.DecodeYAML(d, n)
}

// JSONSchema implements [yamldoc.Described].
func (*ExpectedKey) JSONSchema(of func(any) any) any { return of(Values{}) }

// defaultGrace is how long after a start of the agent nothing is missed.
const defaultGrace = time.Minute

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

// ownClauses are the conditions that stand in the place of match.
func ownClauses() []string { return []string{"absence"} }

// shapes returns the conditions that are set, in the order of the documentation.
func (o *OverTime) shapes() (out []shape) {
	if t := o.Threshold; t != nil {
		out = append(out, t.shape())
	}
	if a := o.Absence; a != nil {
		out = append(out, a.shape())
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
	if s, ok := r.shape(); ok {
		return s.condition, s.name
	}
	return condition.Each{}, ""
}

// Says tells in words what the rule's condition over time waits for; nothing where
// it has none.
func (r *Rule) Says() string {
	s, _ := r.shape()
	return s.says
}

func (t *Threshold) shape() shape {
	s := shape{
		name: "threshold", pos: t.Pos, check: t.check, says: fmt.Sprintf("%d such records within %s", t.Count, t.Within),
		condition: condition.Threshold{Count: t.Count, Within: t.Within, Distinct: t.Distinct.Value},
	}
	if t.Distinct.Value != "" {
		s.asks = append(s.asks, t.Distinct)
		s.says = fmt.Sprintf("such records with %d values of %s within %s", t.Count, t.Distinct.Value, t.Within)
	}
	return s
}

func (a *Absence) shape() shape {
	c := condition.Absence{For: a.For, After: a.After != nil, Grace: defaultGrace}
	if a.Grace != nil {
		c.Grace = *a.Grace
	}
	s := shape{
		name: "absence", pos: a.Pos, condition: c, gives: []string{"since"}, check: a.check,
		own:  []Use{{Name: "absence.of", Part: condition.Match, Clause: &a.Of}},
		says: fmt.Sprintf("no such record for %s", a.For),
	}
	if a.After != nil {
		s.says = fmt.Sprintf("no such record within %s after another", a.For)
		s.own = append(s.own, Use{Name: "absence.after", Part: condition.Trigger, Clause: a.After})
	}
	return s
}

// Expected returns the keys that are waited for even if no record ever comes.
func (r *Rule) Expected() [][]string {
	a := r.Absence
	if a == nil || a.After != nil {
		return nil
	}
	if len(r.Key) == 0 {
		return [][]string{nil}
	}
	var keys [][]string
	for _, k := range a.Keys {
		keys = append(keys, k.Values)
	}
	return keys
}
