package config

import (
	"regexp"

	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/text"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// Text returns the encoding of a checked source.
func (s *Source) Text() *text.Encoding {
	e, err := text.Named(s.Encoding.Value)
	if err != nil {
		return nil // the check has said so, or none is named
	}
	return e
}

// Shape returns how lines of a checked source are made into records; nil where each
// line is one.
func (s *Source) Shape() *record.Shape {
	joiner, err := s.Multiline.joiner()
	if s.Journal != nil {
		return &record.Shape{Format: record.Journal, Joiner: joiner}
	}
	if s.Format.Value == "" && joiner == nil || err != nil {
		return nil
	}
	return &record.Shape{Format: record.Format(s.Format.Value), Joiner: joiner}
}

func (m *Multiline) joiner() (*record.Joiner, error) {
	if m == nil {
		return nil, nil
	}
	if m.Preset.Value != "" {
		return record.NewJoiner(m.Preset.Value)
	}
	start, err := regexp.Compile(m.Start.Value)
	if err != nil {
		return nil, err
	}
	condition, err := regexp.Compile(m.Condition.Value)
	if err != nil {
		return nil, err
	}
	return record.NewPatternJoiner(start, condition, record.Mode(m.Mode.Value))
}

func (k *checker) shape(s *Source) {
	if s.Encoding.Value != "" {
		if _, err := text.Named(s.Encoding.Value); err != nil {
			k.d.Report(s.Encoding.Pos, "unknown-encoding", "name one of those, or leave it out for UTF-8", "%v", err)
		}
	}
	k.oneOf(s.Format, "format", "cri", "docker")
	m := s.Multiline
	if m == nil {
		return
	}
	own := m.Start.Value != "" || m.Condition.Value != "" || m.Mode.Value != ""
	switch {
	case m.Preset.Value != "" && own:
		k.d.Report(m.Pos, "two-multilines", "keep one of the two", "multiline has both a preset and patterns")
	case m.Preset.Value != "":
		k.oneOf(m.Preset, "preset", "auto", "dart", "dotnet", "go", "java", "node", "php", "python", "ruby", "rust")
	case m.Start.Value == "" || m.Condition.Value == "" || m.Mode.Value == "":
		k.d.Report(m.Pos, "half-multiline", "give `preset: auto`, or `start`, `condition` and `mode`", "multiline does not say which lines are one record")
	default:
		k.oneOf(m.Mode, "mode", "continue_through", "continue_past", "halt_before", "halt_with")
		for _, t := range []yamldoc.Text{m.Start, m.Condition} {
			if _, err := regexp.Compile(t.Value); err != nil {
				k.d.Report(t.Pos, "bad-pattern", "use the syntax of RE2", "%v", err)
			}
		}
	}
}
