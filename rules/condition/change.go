package condition

import "time"

// Change fires when a field's value differs from the last one of the key. The
// first value is only remembered; a record without the field says nothing, and
// neither does a late one.
type Change struct{ Field string }

// New implements [Condition].
func (c Change) New(time.Time) State { return &change{c: c} }

type change struct {
	c     Change
	At    time.Time
	Value *string `json:",omitempty"`
}

func (s *change) Observe(in Input) []Verdict {
	given, ok := in.Fields[s.c.Field]
	if in.Part != Match || !ok || in.Time.Before(s.At) {
		return nil
	}
	value := Short(given)
	last := s.Value
	s.At, s.Value = in.Time, &value
	if last == nil || *last == value {
		return nil
	}
	return []Verdict{{Time: in.Time, Count: 1, Fields: map[string]string{"previous": *last}}}
}

func (s *change) Due() time.Time           { return time.Time{} }
func (s *change) Tick(time.Time) []Verdict { return nil }

func (s *change) Weight() int {
	if s.Value == nil {
		return 0
	}
	return 32 + len(*s.Value)
}
