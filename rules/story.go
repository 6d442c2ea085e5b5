package rules

import (
	"strings"
	"time"

	"github.com/thirdline/thirdline/rules/yamldoc"
)

// Test is a story that a rule is held to: lines, and what they must come to. It
// runs under a virtual clock.
type Test struct {
	Pos  yamldoc.Pos  `yaml:",pos"`
	Name yamldoc.Text `yaml:"name,required"`
	// Format is how the lines are taken apart; nil is found out line by line.
	Format *Format `yaml:"format"`
	// Multiline says which lines are one record; nil is each for itself.
	Multiline *Multiline `yaml:"multiline"`
	// Lines arrive at the start, before the steps.
	Lines string `yaml:"lines"`
	Steps []Step `yaml:"steps"`
	// Wait passes after the last line.
	Wait time.Duration `yaml:"wait"`
	// Expect is nil when the test does not say what it expects.
	Expect *expectations `yaml:"expect"`
}

// Step is a part of a story: time that passes, then lines that arrive.
type Step struct {
	Wait  time.Duration `yaml:"wait"`
	Lines string        `yaml:"lines"`
	// Path and Tags are those of the lines' source. Without them every rule sees
	// the lines.
	Path string   `yaml:"path"`
	Tags []string `yaml:"tags"`
}

// expectations is a list that remembers where it stood.
type expectations struct {
	yamldoc.Pos
	List []Expectation
}

// DecodeYAML implements [yamldoc.Value].
func (e *expectations) DecodeYAML(d *yamldoc.Document, n yamldoc.Node) {
	e.Pos = n.Pos()
	n.Into(d, &e.List)
}

// JSONSchema implements [yamldoc.Described].
func (*expectations) JSONSchema(of func(any) any) any { return of([]Expectation{}) }

// Expectation is what a test expects of one key, or of all keys together where it
// names none. What it leaves out may be anything, but keys that no expectation
// names must have no incident.
type Expectation struct {
	Pos      yamldoc.Pos `yaml:",pos"`
	Key      Values      `yaml:"key"`
	Opened   *int        `yaml:"opened"`
	Reopened *int        `yaml:"reopened"`
	Resolved *int        `yaml:"resolved"`
	// Matches is the number of records that the incidents counted.
	Matches *int    `yaml:"matches"`
	Title   *string `yaml:"title"`
}

// Values is one text or a list of texts.
type Values []string

// DecodeYAML implements [yamldoc.Value].
func (v *Values) DecodeYAML(d *yamldoc.Document, n yamldoc.Node) {
	if n.IsScalar() {
		if text, ok := n.Text(d); ok {
			*v = Values{text}
		}
		return
	}
	list := []string(*v)
	n.Into(d, &list)
	*v = list
}

// JSONSchema implements [yamldoc.Described].
func (*Values) JSONSchema(of func(any) any) any {
	return map[string]any{"anyOf": []any{of(""), of([]string{})}}
}

// String joins the values for people.
func (v Values) String() string { return strings.Join(v, ", ") }

// tests checks what the rule's tests say, not whether they pass.
func (c *checker) tests() {
	names := map[string]int{}
	for _, t := range c.rule.Tests {
		if first, twice := names[t.Name.Value]; twice && t.Name.Line > 0 {
			c.d.Report(t.Name.Pos, "duplicate-test", "give it a name of its own", "test %q stands here a second time; first at line %d", t.Name.Value, first)
		}
		names[t.Name.Value] = t.Name.Line
		if strings.TrimSpace(t.Lines) == "" && len(t.Steps) == 0 && t.Wait == 0 {
			c.d.Report(t.Pos, "empty-test", "give it lines, or steps", "this test does nothing")
		}
		t.Multiline.Check(c.d)
		if t.Expect == nil {
			continue
		}
		for _, e := range t.Expect.List {
			if len(e.Key) > 0 && len(e.Key) != len(c.rule.Key) {
				c.d.Report(e.Pos, "bad-expect", "name one value for each field of the rule's key, in its order",
					"the key has %d values here and %d fields in the rule", len(e.Key), len(c.rule.Key))
			}
		}
	}
}
