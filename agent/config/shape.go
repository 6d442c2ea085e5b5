package config

import (
	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/text"
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
	joiner, err := record.Configured(s.Multiline.Settings())
	if s.Journal != nil {
		return &record.Shape{Format: record.Journal, Joiner: joiner}
	}
	if s.Format.Value == "" && joiner == nil || err != nil {
		return nil
	}
	return &record.Shape{Format: record.Format(s.Format.Value), Joiner: joiner}
}

func (k *checker) shape(s *Source) {
	if s.Encoding.Value != "" {
		if _, err := text.Named(s.Encoding.Value); err != nil {
			k.d.Report(s.Encoding.Pos, "unknown-encoding", "name one of those, or leave it out for UTF-8", "%v", err)
		}
	}
	k.d.OneOf(s.Format, "format", "cri", "docker")
	s.Multiline.Check(k.d)
}
