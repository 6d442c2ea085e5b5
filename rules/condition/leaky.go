package condition

import (
	"slices"
	"time"
)

// Leaky fires when a bucket overflows that holds one record less than Count and
// loses one each Leak: Count records at once, or more of them over a longer time.
// When it fires the bucket is empty; it counts all records that came since it was.
//
// With Distinct a value counts once while the bucket is not empty. Of a late record
// has leaked what leaks from its time to the newest; it counts if anything is left.
type Leaky struct {
	Count int
	Leak  time.Duration
	// Distinct names the field whose values are counted; empty counts records.
	Distinct string
}

// New implements [Condition].
func (c Leaky) New(time.Time) State { return &leaky{c: c} }

type leaky struct {
	c Leaky
	// Level is how many records the bucket held at the time At.
	Level float64 `json:",omitempty"`
	At    time.Time
	// N is how many came since the bucket was empty.
	N     int64    `json:",omitempty"`
	Value []string `json:",omitempty"`
}

func (s *leaky) Observe(in Input) []Verdict {
	if in.Part != Match {
		return nil
	}
	s.drain(in.Time)
	left := 1 - max(0, float64(s.At.Sub(in.Time))/float64(s.c.Leak))
	if left <= 0 {
		return nil
	}
	if s.c.Distinct != "" {
		value, ok := in.Fields[s.c.Distinct]
		if value = Short(value); !ok || slices.Contains(s.Value, value) {
			return nil
		}
		s.Value = append(s.Value, value)
	}
	s.N++
	if s.Level += left; s.Level <= float64(s.c.Count-1) {
		return nil
	}
	n := s.N
	s.empty()
	return []Verdict{{Time: in.Time, Count: n}}
}

// drain lets out what has leaked until now.
func (s *leaky) drain(now time.Time) {
	if !now.After(s.At) {
		return
	}
	s.Level = max(0, s.Level-float64(now.Sub(s.At))/float64(s.c.Leak))
	s.At = now
	if s.Level == 0 {
		s.empty()
	}
}

func (s *leaky) empty() { s.Level, s.N, s.Value = 0, 0, nil }

func (s *leaky) Due() time.Time {
	if s.Level == 0 {
		return time.Time{}
	}
	return s.At.Add(time.Duration(s.Level*float64(s.c.Leak)) + Late + 1)
}

func (s *leaky) Tick(now time.Time) []Verdict {
	if s.Stale(now) {
		s.empty()
	}
	return nil
}

// Stale tells that the bucket is empty.
func (s *leaky) Stale(now time.Time) bool { return !now.Before(s.Due()) }

func (s *leaky) Weight() int {
	if s.Level == 0 {
		return 0
	}
	n := 32
	for _, v := range s.Value {
		n += 16 + len(v)
	}
	return n
}
