package condition

import (
	"slices"
	"time"
)

// The largest counts of a threshold, and so what one key may hold.
const (
	MaxCount    = 10000
	MaxDistinct = 1000
)

// Threshold fires when Count records, or records with Count distinct values of a
// field, lie within a sliding window: the oldest and the newest of them are at
// most Within apart. When it fires the key starts anew, so that the next firing
// takes Count more.
//
// A late record counts at its own time while the window of the newest record
// holds it, and not at all when it is older.
type Threshold struct {
	Count  int
	Within time.Duration
	// Distinct names the field whose values are counted; empty counts records.
	// A record without the field counts nothing.
	Distinct string
}

// New implements [Condition].
func (c Threshold) New(time.Time) State { return &threshold{c: c} }

// threshold remembers fewer than Count sightings.
type threshold struct {
	c Threshold
	// At are their times, ascending, in nanoseconds since 1970.
	At []int64
	// Value are what they counted, where values are counted.
	Value []string `json:",omitempty"`
}

func (s *threshold) Observe(in Input) []Verdict {
	if in.Part != Match {
		return nil
	}
	now, value := in.Time.UnixNano(), ""
	if s.c.Distinct != "" {
		given, ok := in.Fields[s.c.Distinct]
		if !ok {
			return nil
		}
		value = Short(given)
		if at := slices.Index(s.Value, value); at >= 0 {
			if now < s.At[at] {
				return nil // the later sighting of the same value stays longer
			}
			s.At, s.Value = slices.Delete(s.At, at, at+1), slices.Delete(s.Value, at, at+1)
		}
	}
	at := len(s.At)
	for at > 0 && s.At[at-1] > now {
		at--
	}
	s.At = slices.Insert(s.At, at, now)
	if s.c.Distinct != "" {
		s.Value = slices.Insert(s.Value, at, value)
	}
	s.forget(s.At[len(s.At)-1] - int64(s.c.Within))
	if len(s.At) < s.c.Count {
		return nil
	}
	s.At, s.Value = s.At[:0], nil
	return []Verdict{{Time: in.Time, Count: int64(s.c.Count)}}
}

// forget drops what lies before a time.
func (s *threshold) forget(from int64) {
	gone, _ := slices.BinarySearch(s.At, from)
	s.At = s.At[gone:]
	if s.c.Distinct != "" {
		s.Value = s.Value[gone:]
	}
}

func (s *threshold) Due() time.Time {
	if len(s.At) == 0 {
		return time.Time{}
	}
	return time.Unix(0, s.At[len(s.At)-1]).UTC().Add(s.c.Within + Late + 1)
}

func (s *threshold) Tick(now time.Time) []Verdict {
	if s.Stale(now) {
		s.At, s.Value = nil, nil
	}
	return nil
}

// Stale tells that nothing of it can count any more.
func (s *threshold) Stale(now time.Time) bool { return !now.Before(s.Due()) }

func (s *threshold) Weight() int {
	n := 8 * len(s.At)
	for _, v := range s.Value {
		n += 16 + len(v)
	}
	return n
}
