package rules

import (
	"fmt"
	"time"

	"github.com/thirdline/thirdline/rules/condition"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// Sequence asks for several records, in order or in any order.
type Sequence struct {
	Pos     yamldoc.Pos    `yaml:",pos"`
	Steps   []sequenceStep `yaml:"steps,required"`
	Within  time.Duration  `yaml:"within,required"`
	Ordered *bool          `yaml:"ordered"`
	// Not are records that must not come between the first and the last step.
	Not []Clause `yaml:"not"`
}

// sequenceStep is a clause with sources of its own.
type sequenceStep struct {
	Clause  `yaml:",inline"`
	Sources *Selector `yaml:"sources"`
	// Same are fields that must equal those of the steps before.
	Same []yamldoc.Text `yaml:"same"`
}

func (q *Sequence) shape() shape {
	c := condition.Sequence{Within: q.Within, Unordered: q.Ordered != nil && !*q.Ordered}
	s := shape{name: "sequence", pos: q.Pos, check: q.check, says: fmt.Sprintf("all of these, in this order, within %s", q.Within)}
	if c.Unordered {
		s.says = fmt.Sprintf("all of these, in any order, within %s", q.Within)
	}
	for n := range q.Steps {
		step := &q.Steps[n]
		same := make([]string, len(step.Same))
		for i, f := range step.Same {
			same[i] = f.Value
		}
		s.asks = append(s.asks, step.Same...)
		c.Same = append(c.Same, same)
		s.own = append(s.own, Use{Name: fmt.Sprintf("step %d", n+1), Part: condition.Step + condition.Part(n), Clause: &step.Clause, Sources: step.Sources})
	}
	for n := range q.Not {
		s.own = append(s.own, Use{Name: "not", Part: condition.Not, Clause: &q.Not[n]})
	}
	s.condition = c
	return s
}

func (q *Sequence) check(c *checker) {
	c.span(q.Pos, "sequence.within", q.Within, false)
	if n := len(q.Steps); n < 2 || n > condition.MaxSteps {
		c.d.Report(q.Pos, "bad-sequence", fmt.Sprintf("write 2 to %d steps", condition.MaxSteps), "a sequence of %d steps is none", n)
	}
	before := map[string]bool{}
	for n := range q.Steps {
		step := &q.Steps[n]
		if step.Sources != nil {
			c.globs(step.Sources)
		}
		own := map[string]bool{}
		c.captures(&step.Clause, own)
		step.asked(own)
		c.shown(own)
		for _, f := range step.Same {
			c.name(f, own)
			if own[f.Value] && !before[f.Value] {
				c.d.Report(f.Pos, "unknown-field", "let an earlier step give it too", "no step before this one gives %q", f.Value)
			}
		}
		for name := range own {
			before[name] = true
		}
	}
}

// Toggle asks for a state that opens, and closes.
type Toggle struct {
	Pos        yamldoc.Pos `yaml:",pos"`
	Open       Clause      `yaml:"open,required"`
	Close      Clause      `yaml:"close,required"`
	Hysteresis *Hysteresis `yaml:"hysteresis"`
}

// Hysteresis asks for several records before a state changes.
type Hysteresis struct {
	Pos    yamldoc.Pos   `yaml:",pos"`
	Open   int           `yaml:"open"`
	Close  int           `yaml:"close"`
	Within time.Duration `yaml:"within"`
}

func (t *Toggle) shape() shape {
	c := condition.Toggle{}
	says := "a record that opens it, until one that closes it"
	if h := t.Hysteresis; h != nil {
		c = condition.Toggle{Open: h.Open, Close: h.Close, Within: h.Within}
		says = fmt.Sprintf("%d records that open it, until %d that close it", max(h.Open, 1), max(h.Close, 1))
	}
	return shape{
		name: "toggle", pos: t.Pos, condition: c, says: says, check: t.check,
		own: []Use{{Name: "toggle.open", Part: condition.Match, Clause: &t.Open}, {Name: "toggle.close", Part: condition.Close, Clause: &t.Close}},
	}
}

func (t *Toggle) check(c *checker) {
	if h := t.Hysteresis; h != nil {
		c.number(h.Pos, "hysteresis.open", max(h.Open, 1), 1, 1000)
		c.number(h.Pos, "hysteresis.close", max(h.Close, 1), 1, 1000)
		c.span(h.Pos, "hysteresis.within", h.Within, true)
	}
}

// Absence asks for a record that does not come.
type Absence struct {
	Pos   yamldoc.Pos    `yaml:",pos"`
	Of    Clause         `yaml:"of,required"`
	For   time.Duration  `yaml:"for,required"`
	After *Clause        `yaml:"after"`
	Keys  []expectedKey  `yaml:"keys"`
	Grace *time.Duration `yaml:"grace"`
}

// expectedKey is one value, or the list of a key's values, with its place.
type expectedKey struct {
	yamldoc.Pos
	Values
}

// DecodeYAML implements [yamldoc.Value].
func (k *expectedKey) DecodeYAML(d *yamldoc.Document, n yamldoc.Node) {
	k.Pos = n.Pos()
	k.Values.DecodeYAML(d, n)
}

// JSONSchema implements [yamldoc.Described].
func (*expectedKey) JSONSchema(of func(any) any) any { return of(Values{}) }

// defaultGrace is how long after a start of the agent nothing is missed.
const defaultGrace = time.Minute

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
