package rules

import (
	"fmt"
	"regexp"
	"time"

	"github.com/thirdline/thirdline/rules/condition"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// Limits are the values of a window that are in order.
type Limits struct {
	Above  *float64      `yaml:"above"`
	Below  *float64      `yaml:"below"`
	Until  *float64      `yaml:"until"`
	Within time.Duration `yaml:"within,required"`
	Min    int           `yaml:"min"`
}

func (l *Limits) bounds() condition.Bounds {
	return condition.Bounds{Above: l.Above, Below: l.Below, Until: l.Until}
}

// words says when a value is out of order.
func (l *Limits) words(what string) string {
	switch {
	case l.Above != nil:
		what += fmt.Sprintf(" above %v", *l.Above)
	case l.Below != nil:
		what += fmt.Sprintf(" below %v", *l.Below)
	}
	what += fmt.Sprintf(" within %s", l.Within)
	if l.Min > 0 {
		what += fmt.Sprintf(", of at least %d records", l.Min)
	}
	return what
}

// check says what is wrong with the limits of a condition. others are keys that may
// stand in the place of above and below.
func (l *Limits) check(c *checker, at yamldoc.Pos, name, others string, set bool) {
	switch {
	case l.Above == nil && l.Below == nil && !set:
		c.d.Report(at, "no-bound", "give it above or below"+others, "%s never fires: it has no bound", name)
	case l.Above != nil && l.Below != nil, (l.Above != nil || l.Below != nil) && set:
		c.d.Report(at, "two-bounds", "make two rules of it", "%s can have one bound, and has two", name)
	}
	if l.Until != nil && (l.Above != nil && *l.Until > *l.Above || l.Below != nil && *l.Until < *l.Below || set) {
		c.d.Report(at, "bad-until", "until is at most above, or at least below", "%s would end where it has not begun", name)
	}
	c.span(at, name+".within", l.Within, false)
	if l.Within > 0 && l.Within < time.Second {
		c.d.Report(at, "bad-window", "use at least 1s", "%s.within is shorter than a second", name)
	}
	c.number(at, name+".min", l.Min, 0, 1<<30)
}

// Rate asks for a number of records in a window that leaves its bounds.
type Rate struct {
	Pos      yamldoc.Pos `yaml:",pos"`
	Limits   `yaml:",inline"`
	Ratio    *float64      `yaml:"ratio"`
	Baseline time.Duration `yaml:"baseline"`
}

func (r *Rate) shape() shape {
	c := condition.Rate{Bounds: r.bounds(), Within: max(r.Within, time.Second), Baseline: r.Baseline, Min: r.Min}
	s := shape{name: "rate", pos: r.Pos, check: r.check, gives: []string{"rate"}, says: r.words("a number of such records")}
	if r.Ratio != nil {
		c.Ratio = *r.Ratio
		s.says = r.words(fmt.Sprintf("%v times as many such records as in the %s before,", *r.Ratio, r.Baseline))
		s.gives = append(s.gives, "baseline")
	}
	s.condition = c
	return s
}

func (r *Rate) check(c *checker) {
	r.Limits.check(c, r.Pos, "rate", " or ratio", r.Ratio != nil)
	if r.Ratio == nil {
		if r.Baseline > 0 {
			c.d.Report(r.Pos, "no-ratio", "give it ratio too", "rate.baseline has nothing to compare with")
		}
		return
	}
	if *r.Ratio <= 0 || *r.Ratio == 1 {
		c.d.Report(r.Pos, "bad-number", "over 1 is a rise, such as 3; under 1 a fall, such as 0.3", "rate.ratio is %v", *r.Ratio)
	}
	if r.Within > 0 && (r.Baseline < r.Within || r.Baseline > condition.MaxBaseline*r.Within) {
		c.d.Report(r.Pos, "bad-baseline", fmt.Sprintf("a baseline has 1 to %d windows", condition.MaxBaseline), "rate.baseline is %s and its window %s", r.Baseline, r.Within)
	}
}

// Share asks for a part of the records that leaves its bounds, in percent.
type Share struct {
	Pos    yamldoc.Pos `yaml:",pos"`
	Of     Clause      `yaml:"of,required"`
	Over   Clause      `yaml:"over,required"`
	Limits `yaml:",inline"`
}

func (s *Share) shape() shape {
	// of counts only what is counted over
	of := &Clause{Pos: s.Of.Pos, All: []Clause{s.Of, s.Over}}
	return shape{
		name: "share", pos: s.Pos, check: s.check, gives: []string{"share"}, says: s.words("a percentage"),
		condition: condition.Share{Bounds: s.bounds(), Within: max(s.Within, time.Second), Min: s.Min},
		own:       []Use{{Name: "share.over", Part: condition.Over, Clause: &s.Over}, {Name: "share.of", Part: condition.Match, Clause: of, part: &s.Of}},
	}
}

func (s *Share) check(c *checker) {
	s.Limits.check(c, s.Pos, "share", "", false)
	for _, v := range []*float64{s.Above, s.Below} {
		if v != nil && (*v < 0 || *v > 100) {
			c.d.Report(s.Pos, "bad-number", "write a percentage from 0 to 100", "share is compared with %v", *v)
		}
	}
}

// Metric asks for an aggregate of a field's values that leaves its bounds.
type Metric struct {
	Pos    yamldoc.Pos  `yaml:",pos"`
	Field  yamldoc.Text `yaml:"field,required"`
	Agg    yamldoc.Text `yaml:"agg,required"`
	Limits `yaml:",inline"`
}

func (m *Metric) shape() shape {
	return shape{
		name: "metric", pos: m.Pos, check: m.check, gives: []string{"value"}, asks: []yamldoc.Text{m.Field}, says: m.words("the " + m.Agg.Value + " of " + m.Field.Value),
		condition: condition.Metric{Bounds: m.bounds(), Field: m.Field.Value, Agg: m.Agg.Value, Within: max(m.Within, time.Second), Min: m.Min},
	}
}

var aggregates = regexp.MustCompile(`^(avg|sum|min|max|count|p[1-9][0-9]?(\.[0-9]{1,3})?)$`)

func (m *Metric) check(c *checker) {
	m.Limits.check(c, m.Pos, "metric", "", false)
	if m.Agg.Line > 0 && !aggregates.MatchString(m.Agg.Value) {
		c.d.Report(m.Agg.Pos, "unknown-agg", "use avg, sum, min, max, count, or a percentile such as p95", "unknown aggregate %q", m.Agg.Value)
	}
}
