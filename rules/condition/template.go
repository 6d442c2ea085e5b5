package condition

import (
	"time"

	"github.com/thirdline/thirdline/rules/template"
)

// Template fires when a log template comes that the key has never had, after a time
// of learning as [Novel] has it. The field [TemplateField] of a record is what is
// constant in it; words that change while those around them stay are learnt to vary.
type Template struct{ Learn time.Duration }

// TemplateField is the field of the template: of what a record gives, and of what the
// condition adds, in which more may vary.
const TemplateField = "template"

// New implements [Condition].
func (c Template) New(time.Time) State { return &templates{c: c} }

type templates struct {
	c     Template
	Since time.Time      `json:",omitzero"`
	Known template.Known `json:",omitzero"`

	touched bool
}

func (s *templates) Observe(in Input) []Verdict {
	text, ok := in.Fields[TemplateField]
	if in.Part != Match || !ok {
		return nil
	}
	if s.Since.IsZero() {
		s.Since = in.Time
	}
	merged, isNew := s.Known.Learn(text)
	s.touched = s.touched || isNew
	if !isNew || in.Time.Before(s.Since.Add(s.c.Learn)) {
		return nil
	}
	return []Verdict{{Time: in.Time, Count: 1, Fields: map[string]string{TemplateField: merged}}}
}

// Touched reports whether there is anything to store since it was last asked.
func (s *templates) Touched() bool {
	touched := s.touched
	s.touched = false
	return touched
}

func (s *templates) Due() time.Time           { return time.Time{} }
func (s *templates) Tick(time.Time) []Verdict { return nil }
func (s *templates) Weight() int              { return s.Known.Weight() }
