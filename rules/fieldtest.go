package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/thirdline/thirdline/rules/yamldoc"
)

// fieldTest asks something of one field: everything that is set must hold. A field
// that the record does not have satisfies nothing but `exists: false`.
type fieldTest struct {
	Pos  yamldoc.Pos `yaml:",pos"`
	Name string      `yaml:"-"`
	// Eq asks for this value: the same text, or the same number.
	Eq yamldoc.Text `yaml:"eq"`
	// In asks for one of several values.
	In choice `yaml:"in"`
	// GT, GTE, LT and LTE ask for a number.
	GT  *float64 `yaml:"gt"`
	GTE *float64 `yaml:"gte"`
	LT  *float64 `yaml:"lt"`
	LTE *float64 `yaml:"lte"`
	// Exists asks whether the field is there.
	Exists *bool `yaml:"exists"`
	// Contains, Regex and Glob are asked of the value as of a record.
	Contains yamldoc.Text `yaml:"contains"`
	Regex    yamldoc.Text `yaml:"regex"`
	Glob     yamldoc.Text `yaml:"glob"`
}

// comparisons is a fieldTest without its short forms.
type comparisons fieldTest

// DecodeYAML implements [yamldoc.Value]: a value, a list of values, or comparisons.
func (t *fieldTest) DecodeYAML(d *yamldoc.Document, n yamldoc.Node) {
	switch {
	case n.IsMapping():
		n.Into(d, (*comparisons)(t))
	case n.IsList():
		t.Pos = n.Pos()
		n.Into(d, &t.In)
	default:
		t.Pos = n.Pos()
		n.Into(d, &t.Eq)
	}
}

// JSONSchema implements [yamldoc.Described].
func (*fieldTest) JSONSchema(of func(any) any) any {
	return map[string]any{"anyOf": []any{of(""), of([]string{}), of(comparisons{})}}
}

// fieldTests are by field, in the order of the file.
type fieldTests []*fieldTest

// DecodeYAML implements [yamldoc.Value].
func (l *fieldTests) DecodeYAML(d *yamldoc.Document, n yamldoc.Node) {
	*l = fieldTests{} // named, even where nothing stands in it
	var named map[string]*fieldTest
	n.Into(d, &named)
	if named != nil && len(named) == 0 {
		d.Report(n.Pos(), "empty-fields", "name a field: fields: {level: error}", "no field is named here")
	}
	for name, t := range named {
		t.Name = name
		*l = append(*l, t)
	}
	slices.SortFunc(*l, func(a, b *fieldTest) int {
		return cmp.Or(a.Pos.Line-b.Pos.Line, a.Pos.Column-b.Pos.Column)
	})
}

// JSONSchema implements [yamldoc.Described].
func (*fieldTests) JSONSchema(of func(any) any) any { return of(map[string]fieldTest{}) }

// choice is a list of values, written out or named.
type choice struct {
	yamldoc.Pos
	Values []yamldoc.Text
	// List is the name of the list that the values come from.
	List yamldoc.Text
}

// listed is a choice that names a list.
type listed struct {
	List yamldoc.Text `yaml:"list,required"`
}

// DecodeYAML implements [yamldoc.Value].
func (c *choice) DecodeYAML(d *yamldoc.Document, n yamldoc.Node) {
	c.Pos = n.Pos()
	if n.IsMapping() {
		var l listed
		n.Into(d, &l)
		c.List = l.List
		return
	}
	n.Into(d, &c.Values)
	if n.IsList() && len(c.Values) == 0 {
		d.Report(n.Pos(), "empty-list", "name the values, or leave the key out", "an empty list is never satisfied")
	}
}

// JSONSchema implements [yamldoc.Described].
func (*choice) JSONSchema(of func(any) any) any {
	return map[string]any{"anyOf": []any{of([]string{}), of(listed{})}}
}

func (c *choice) texts() []string {
	out := make([]string, len(c.Values))
	for i, v := range c.Values {
		out[i] = v.Value
	}
	return out
}

func (c *checker) fieldTest(t *fieldTest) {
	asks := t.asks()
	if len(asks) == 0 && t.In.Line == 0 && t.Pos.Line > 0 {
		c.bad = true
		c.d.Report(t.Pos, "empty-field-test", "write a value, a list of values, or one of eq, in, gt, gte, lt, lte, exists, contains, regex, glob", "nothing is asked of field %q", t.Name)
	}
	if t.Regex.Value != "" {
		c.pattern(t.Regex)
	}
	c.glob(t.Glob)
	if t.Exists != nil && !*t.Exists && len(asks) > 1 {
		c.d.Report(t.Pos, "contradiction", "keep one of the two", "field %q may not be there, and something is asked of it", t.Name)
	}
	low, high, open := t.bounds()
	if low != nil && high != nil && (*low > *high || *low == *high && open) {
		c.d.Report(t.Pos, "contradiction", "exchange the two, or write any: with a clause for each", "no number is more than %v and less than %v", *low, *high)
	}
}

// bounds returns the range that is asked for; open tells that an end of it does not
// belong to it.
func (t *fieldTest) bounds() (low, high *float64, open bool) {
	low, high = t.GTE, t.LTE
	if t.GT != nil && (low == nil || *t.GT >= *low) {
		low, open = t.GT, true
	}
	if t.LT != nil && (high == nil || *t.LT <= *high) {
		high, open = t.LT, true
	}
	return low, high, open
}

// asks says in words what is asked of the field.
func (t *fieldTest) asks() (out []string) {
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if t.Eq.Line > 0 {
		add("is %q", t.Eq.Value)
	}
	if t.In.Line > 0 {
		add("is one of %s", shortened(t.In.texts()))
	}
	for _, n := range []struct {
		words string
		than  *float64
	}{{"more than", t.GT}, {"at least", t.GTE}, {"less than", t.LT}, {"at most", t.LTE}} {
		if n.than != nil {
			add("is %s %v", n.words, *n.than)
		}
	}
	if t.Exists != nil {
		add("%s there", map[bool]string{true: "is", false: "is not"}[*t.Exists])
	}
	if t.Contains.Line > 0 {
		add("contains %q", t.Contains.Value)
	}
	if t.Regex.Line > 0 {
		add("matches /%s/", t.Regex.Value)
	}
	if t.Glob.Line > 0 {
		add("is like %s", t.Glob.Value)
	}
	return out
}

// shortened joins the first values of a list.
func shortened(values []string) string {
	const shown = 5
	var out []string
	for _, v := range values[:min(len(values), shown)] {
		out = append(out, fmt.Sprintf("%q", v))
	}
	text := strings.Join(out, ", ")
	if more := len(values) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
