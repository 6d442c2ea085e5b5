package condition

import "time"

// Absence fires when an expected record does not come.
//
// Without After it is expected again and again: it fires when For has passed
// since the last one, or since the start when there was none. With After it is
// expected once after each trigger; further triggers during the wait change
// nothing. A record exactly For later is in time. It fires once, at the deadline,
// and the record that comes after all ends it.
//
// A late record that was written in time undoes nothing that was said already.
type Absence struct {
	For   time.Duration
	After bool
}

// New implements [Condition].
func (c Absence) New(at time.Time) State {
	s := &absence{c: c}
	if !c.After {
		s.Since = at
	}
	return s
}

type absence struct {
	c Absence
	// Since is when the wait began; zero while nothing is expected.
	Since time.Time `json:",omitzero"`
	// Missed tells that it fired and the record has not come yet.
	Missed bool `json:",omitempty"`
}

func (s *absence) Observe(in Input) []Verdict {
	switch in.Part {
	case Trigger:
		said := s.Tick(in.Time)
		if s.Since.IsZero() && !s.Missed {
			s.Since = in.Time
		}
		return said
	case Match:
		said := s.Tick(in.Time)
		if s.Missed {
			said = append(said, Verdict{Ended: true, Time: in.Time, Count: 1})
		}
		s.Missed = false
		if s.c.After {
			s.Since = time.Time{}
		} else if in.Time.After(s.Since) {
			s.Since = in.Time
		}
		return said
	}
	return nil
}

func (s *absence) Due() time.Time {
	if s.Since.IsZero() || s.Missed {
		return time.Time{}
	}
	return s.Since.Add(s.c.For + 1)
}

func (s *absence) Tick(now time.Time) []Verdict {
	if due := s.Due(); due.IsZero() || now.Before(due) {
		return nil
	}
	s.Missed = true
	return []Verdict{{Time: s.Since.Add(s.c.For), Fields: map[string]string{"since": s.Since.UTC().Format(time.RFC3339)}}}
}

// Rearm restarts the wait after a verdict that did not count.
func (s *absence) Rearm(now time.Time) {
	if s.Missed {
		s.Missed = false
		s.Since = now
	}
}

func (s *absence) Weight() int {
	if s.Since.IsZero() && !s.Missed {
		return 0
	}
	return 1
}
