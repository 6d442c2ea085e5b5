package rules

import (
	"fmt"
	"time"

	"github.com/thirdline/thirdline/rules/condition"
	"github.com/thirdline/thirdline/rules/template"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// Threshold asks for a number of records, or of values, in a sliding window or in
// a bucket that leaks.
type Threshold struct {
	Pos      yamldoc.Pos   `yaml:",pos"`
	Count    int           `yaml:"count,required"`
	Within   time.Duration `yaml:"within,required"`
	Leak     time.Duration `yaml:"leak"`
	Distinct yamldoc.Text  `yaml:"distinct"`
}

// Instead implements [yamldoc.Replaceable].
func (*Threshold) Instead() map[string][]string { return map[string][]string{"within": {"leak"}} }

func (t *Threshold) shape() shape {
	s := shape{
		name: "threshold", pos: t.Pos, check: t.check, says: fmt.Sprintf("%d such records", t.Count),
		condition: condition.Threshold{Count: t.Count, Within: t.Within, Distinct: t.Distinct.Value},
	}
	if t.Distinct.Value != "" {
		s.asks = append(s.asks, t.Distinct)
		s.says = fmt.Sprintf("such records with %d values of %s", t.Count, t.Distinct.Value)
	}
	if t.Leak > 0 {
		s.condition = condition.Leaky{Count: t.Count, Leak: t.Leak, Distinct: t.Distinct.Value}
		s.says += fmt.Sprintf(", more than one each %s", t.Leak)
	} else {
		s.says += fmt.Sprintf(" within %s", t.Within)
	}
	return s
}

func (t *Threshold) check(c *checker) {
	high := condition.MaxCount
	if t.Distinct.Value != "" {
		high = condition.MaxDistinct
	}
	c.number(t.Pos, "threshold.count", t.Count, 1, high)
	if t.Within > 0 && t.Leak > 0 {
		c.d.Report(t.Pos, "two-windows", "keep within for a sliding window, leak for a bucket", "threshold has within and leak")
	}
	if t.Leak == 0 {
		c.span(t.Pos, "threshold.within", t.Within, false)
	}
	c.span(t.Pos, "threshold.leak", t.Leak, true)
}

// Change asks for a field whose value is another one.
type Change struct {
	Pos   yamldoc.Pos  `yaml:",pos"`
	Field yamldoc.Text `yaml:"field,required"`
}

func (t *Change) shape() shape {
	return shape{
		name: "change", pos: t.Pos, condition: condition.Change{Field: t.Field.Value}, asks: []yamldoc.Text{t.Field},
		gives: []string{"previous"}, says: "another value of " + t.Field.Value + " than the last", check: func(*checker) {},
	}
}

// Novel asks for a value, or for a template of lines, that was never there.
type Novel struct {
	Pos   yamldoc.Pos  `yaml:",pos"`
	Field yamldoc.Text `yaml:"field,required"`
	// Template asks for the template of the field, or without one of the record.
	Template *bool         `yaml:"template"`
	Learn    time.Duration `yaml:"learn,required"`
}

// Instead implements [yamldoc.Replaceable].
func (*Novel) Instead() map[string][]string { return map[string][]string{"field": {"template"}} }

func (t *Novel) shape() shape {
	s := shape{
		name: "novel", pos: t.Pos, condition: condition.Novel{Field: t.Field.Value, Learn: t.Learn}, check: t.check,
		says: fmt.Sprintf("a value of %s that was never seen, after learning for %s", t.Field.Value, t.Learn),
	}
	of := "such records"
	if t.Field.Line > 0 {
		of = t.Field.Value
		s.asks = []yamldoc.Text{t.Field}
	}
	if t.templates() {
		s.condition = condition.Template{Learn: t.Learn}
		s.gives = []string{condition.TemplateField}
		s.says = fmt.Sprintf("a template of %s that was never seen, after learning for %s", of, t.Learn)
	}
	return s
}

func (t *Novel) check(c *checker) {
	if t.Field.Line == 0 && t.Template != nil && !*t.Template {
		c.d.Report(t.Pos, "no-field", "give it field, or template: true", "novel does not say what is new")
	}
	c.span(t.Pos, "novel.learn", t.Learn, true)
}

func (t *Novel) templates() bool { return t.Template != nil && *t.Template }

// template adds the template of a record, or of one of its fields, for a rule whose
// condition asks for it.
func (t *Novel) template(record []byte, into map[string]string) {
	if t == nil || !t.templates() {
		return
	}
	delete(into, condition.TemplateField) // of a group with this name
	if t.Field.Value == "" {
		into[condition.TemplateField] = template.Of(string(record))
	} else if value, ok := into[t.Field.Value]; ok {
		into[condition.TemplateField] = template.Of(value)
	}
}
