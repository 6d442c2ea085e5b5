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
	// Grace is how long nothing is missed after a start of the agent: what starts
	// with the host, or was down with it, has that time to come.
	Grace time.Duration
}

// New implements [Condition].
func (c Absence) New(at time.Time) State {
	s := &absence{c: c}
	if !c.After {
		s.Start = at
	}
	return s
}

type absence struct {
	c Absence
	// Start is when a record was expected that never came yet.
	Start time.Time `json:",omitzero"`
	// Since is when the wait began; zero while nothing is expected.
	Since time.Time `json:",omitzero"`
	// Until is the end of the grace, before which nothing is missed.
	Until time.Time `json:",omitzero"`
	// Missed tells that it fired and the record has not come yet.
	Missed bool `json:",omitempty"`
}

func (s *absence) Observe(in Input) []Verdict {
	if in.Part != Trigger && in.Part != Match {
		return nil
	}
	said := s.miss(in.Time)
	if in.Part == Trigger {
		if s.Since.IsZero() && !s.Missed {
			s.Since = in.Time
		}
		return said
	}
	if s.Missed {
		said = append(said, Verdict{Ended: true, Time: in.Time, Count: 1})
	}
	s.Missed, s.Start, s.Until = false, time.Time{}, time.Time{}
	if s.c.After {
		s.Since = time.Time{}
	} else if in.Time.After(s.Since) {
		s.Since = in.Time
	}
	return said
}

// waiting is since when the record is expected.
func (s *absence) waiting() time.Time {
	if s.Since.IsZero() {
		return s.Start
	}
	return s.Since
}

// deadline is the last moment that is in time.
func (s *absence) deadline() time.Time {
	if at := s.waiting().Add(s.c.For); !at.Before(s.Until) {
		return at
	}
	return s.Until
}

func (s *absence) Due() time.Time {
	if s.waiting().IsZero() || s.Missed {
		return time.Time{}
	}
	return s.deadline().Add(1)
}

func (s *absence) Tick(now time.Time) []Verdict { return s.miss(now) }

func (s *absence) miss(now time.Time) []Verdict {
	if due := s.Due(); due.IsZero() || now.Before(due) {
		return nil
	}
	s.Missed = true
	return []Verdict{{Time: s.deadline(), Fields: map[string]string{"since": s.waiting().UTC().Format(time.RFC3339)}}}
}

// Started tells that the agent starts anew.
func (s *absence) Started(now time.Time) {
	if s.c.Grace > 0 && !s.Due().IsZero() {
		s.Until = now.Add(s.c.Grace)
	}
}

func (s *absence) Weight() int {
	if s.waiting().IsZero() && !s.Missed {
		return 0
	}
	return 64
}
