package capsule

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/ruletest"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// AsTest writes the captured records as a test of the captured incident's rule, which
// expects what a set that holds this rule makes of them. The test reads and selects as
// the source did, as far as the rule chooses its sources.
func (c *Capsule) AsTest(set *rules.Set, from From) (string, error) {
	at := slices.IndexFunc(set.Rules, func(r *rules.Rule) bool { return r.ID.Value == c.Manifest.Rule })
	if at < 0 {
		return "", fmt.Errorf("write test: there is no rule %q among the rules", c.Manifest.Rule)
	}
	rule := set.Rules[at]
	step := rules.Step{Lines: strings.Join(unwrapped(from.Shape, c.records()), "\n") + "\n"}
	if o := c.Manifest.Origin; o != nil && rule.ChoosesSources() {
		step.Path, step.Tags = o.Path, from.Tags
	}
	t := rules.Test{Format: from.Fields, Multiline: from.Multiline, Steps: []rules.Step{step}}
	t.Name = yamldoc.Text{Value: fmt.Sprintf("incident %.8s of %s", c.Manifest.Incident, c.Manifest.First.UTC().Format(time.DateOnly))}
	return written(&t) + strings.Join(ruletest.Expectation(ruletest.Play(set, rule, &t), 2), ""), nil
}

// unwrapped returns lines without what a container runtime put around them.
func unwrapped(shape *record.Shape, lines []string) []string {
	if shape == nil {
		return lines
	}
	text, _ := shape.Text(nil, []byte(strings.Join(lines, "\n")+"\n"))
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// written is a test in YAML, without what it expects.
func written(t *rules.Test) string {
	var b strings.Builder
	fmt.Fprintf(&b, "- name: %s\n", t.Name.Value)
	if f := t.Format; f != nil && f.Columns != nil {
		fmt.Fprintf(&b, "  format: {csv: %s, separator: %s}\n", ruletest.Quoted(f.Columns), ruletest.Quoted(string(f.Separator)))
	} else if f != nil && f.Name != "" {
		fmt.Fprintf(&b, "  format: %s\n", f.Name)
	}
	if t.Multiline != nil {
		fmt.Fprintf(&b, "  multiline: %s\n", ruletest.Quoted(t.Multiline.Settings()))
	}
	step := t.Steps[0]
	lines, indent := "  lines: ", "    "
	if step.Path != "" || len(step.Tags) > 0 {
		fmt.Fprintf(&b, "  steps:\n    - path: %s\n", ruletest.Quoted(step.Path))
		if len(step.Tags) > 0 {
			fmt.Fprintf(&b, "      tags: %s\n", ruletest.Quoted(step.Tags))
		}
		lines, indent = "      lines: ", "        "
	}
	b.WriteString(lines + block(step.Lines, indent))
	return b.String()
}

// block writes lines as a block of YAML; as one text in quotes where they hold what a
// block cannot.
func block(text, margin string) string {
	if strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0xfeff || r == 0x2028 || r == 0x2029
	}) {
		return ruletest.Quoted(text) + "\n"
	}
	return "|2\n" + margin + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+margin) + "\n"
}
