package condition

import "time"

// Toggle fires when a state opens, and ends when it closes. While it is open every
// further record that opens fires too.
//
// With hysteresis it takes Open records that open it, none that closes among them,
// and Close records that close it, none that opens among them; Within bounds the
// time from the first to the last of them. A record older than the last change of
// the state does nothing.
type Toggle struct {
	// Open and Close are numbers of records; zero is one.
	Open, Close int
	// Within is without bound when it is zero.
	Within time.Duration
}

// New implements [Condition].
func (c Toggle) New(time.Time) State { return &toggle{c: c} }

type toggle struct {
	c      Toggle
	IsOpen bool `json:",omitempty"`
	// Changed is when it last opened or closed.
	Changed time.Time `json:",omitzero"`
	// Toward are the records so far that speak for a change, ascending.
	Toward []time.Time `json:",omitempty"`
}

func (s *toggle) Observe(in Input) []Verdict {
	if in.Part != Match && in.Part != Close || in.Time.Before(s.Changed) {
		return nil
	}
	if s.IsOpen == (in.Part == Match) { // it says what is the case already
		s.Toward = nil
		if s.IsOpen {
			return []Verdict{{Time: in.Time, Count: 1}}
		}
		return nil
	}
	need := max(s.c.Open, 1)
	if s.IsOpen {
		need = max(s.c.Close, 1)
	}
	if s.toward(in.Time); len(s.Toward) < need {
		return nil
	}
	s.Toward, s.Changed, s.IsOpen = nil, in.Time, !s.IsOpen
	return []Verdict{{Ended: !s.IsOpen, Time: in.Time, Count: int64(need)}}
}

// toward adds a record that speaks for a change.
func (s *toggle) toward(now time.Time) {
	at := len(s.Toward)
	for at > 0 && s.Toward[at-1].After(now) {
		at--
	}
	s.Toward = append(s.Toward[:at], append([]time.Time{now}, s.Toward[at:]...)...)
	for s.c.Within > 0 && s.Toward[0].Before(s.Toward[len(s.Toward)-1].Add(-s.c.Within)) {
		s.Toward = s.Toward[1:]
	}
}

func (s *toggle) Due() time.Time {
	if s.c.Within == 0 || s.IsOpen || len(s.Toward) == 0 {
		return time.Time{}
	}
	return s.Toward[len(s.Toward)-1].Add(s.c.Within + Late + 1)
}

func (s *toggle) Tick(now time.Time) []Verdict {
	if due := s.Due(); !due.IsZero() && !now.Before(due) {
		s.Toward = nil
	}
	return nil
}

func (s *toggle) Weight() int {
	if !s.IsOpen && len(s.Toward) == 0 {
		return 0
	}
	return 32 + 24*len(s.Toward)
}
