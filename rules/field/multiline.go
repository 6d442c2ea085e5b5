package field

import (
	"regexp"

	"github.com/thirdline/thirdline/rules/yamldoc"
)

// Multiline says which lines are one record before that is taken apart: by a preset, or
// by patterns of one's own.
type Multiline struct {
	Pos yamldoc.Pos `yaml:",pos"`
	// Preset is auto or a language.
	Preset yamldoc.Text `yaml:"preset"`
	// Start begins a record; Condition says, in one of Vector's four modes, which
	// lines go on with it.
	Start     yamldoc.Text `yaml:"start"`
	Condition yamldoc.Text `yaml:"condition"`
	Mode      yamldoc.Text `yaml:"mode"`
}

// Settings returns what is set, by its name; nil for a nil Multiline.
func (m *Multiline) Settings() map[string]string {
	if m == nil {
		return nil
	}
	out := map[string]string{}
	for name, t := range map[string]yamldoc.Text{"preset": m.Preset, "start": m.Start, "condition": m.Condition, "mode": m.Mode} {
		if t.Value != "" {
			out[name] = t.Value
		}
	}
	return out
}

// Check reports what is wrong with it; nil is nothing.
func (m *Multiline) Check(d *yamldoc.Document) {
	if m == nil {
		return
	}
	own := m.Start.Value != "" || m.Condition.Value != "" || m.Mode.Value != ""
	switch {
	case m.Preset.Value != "" && own:
		d.Report(m.Pos, "two-multilines", "keep one of the two", "multiline has both a preset and patterns")
	case m.Preset.Value != "":
		d.OneOf(m.Preset, "preset", "auto", "dart", "dotnet", "go", "java", "node", "php", "python", "ruby", "rust")
	case m.Start.Value == "" || m.Condition.Value == "" || m.Mode.Value == "":
		d.Report(m.Pos, "half-multiline", "give `preset: auto`, or `start`, `condition` and `mode`", "multiline does not say which lines are one record")
	default:
		d.OneOf(m.Mode, "mode", "continue_through", "continue_past", "halt_before", "halt_with")
		for _, t := range []yamldoc.Text{m.Start, m.Condition} {
			if _, err := regexp.Compile(t.Value); err != nil {
				d.Report(t.Pos, "bad-pattern", "use the syntax of RE2", "%v", err)
			}
		}
	}
}
