package condition

import (
	"slices"
	"time"
)

// distinct is the state of a [Threshold] over values: fewer than Count sightings, the
// last of each value, all in the window of the newest record.
type distinct struct {
	c Threshold
	// At are their times, ascending, in nanoseconds since 1970; Value are the values.
	At    []int64
	Value []string `json:",omitempty"`
}

func (s *distinct) Observe(in Input) []Verdict {
	given, ok := in.Fields[s.c.Distinct]
	if in.Part != Match || !ok {
		return nil
	}
	now, value := in.Time.UnixNano(), Short(given)
	if at := slices.Index(s.Value, value); at >= 0 {
		if now < s.At[at] {
			return nil // the later sighting of the same value stays longer
		}
		s.At, s.Value = slices.Delete(s.At, at, at+1), slices.Delete(s.Value, at, at+1)
	}
	at := len(s.At)
	for at > 0 && s.At[at-1] > now {
		at--
	}
	s.At, s.Value = slices.Insert(s.At, at, now), slices.Insert(s.Value, at, value)
	gone, _ := slices.BinarySearch(s.At, s.At[len(s.At)-1]-int64(s.c.Within))
	s.At, s.Value = s.At[gone:], s.Value[gone:]
	if len(s.At) < s.c.Count {
		return nil
	}
	s.At, s.Value = s.At[:0], nil
	return []Verdict{{Time: in.Time, Count: int64(s.c.Count)}}
}

func (s *distinct) Due() time.Time { return dueAfter(s.At, s.c.Within) }

func (s *distinct) Tick(now time.Time) []Verdict {
	if s.Stale(now) {
		s.At, s.Value = nil, nil
	}
	return nil
}

// Stale tells that nothing of it can count any more.
func (s *distinct) Stale(now time.Time) bool { return !now.Before(s.Due()) }

func (s *distinct) Weight() int {
	n := 8 * len(s.At)
	for _, v := range s.Value {
		n += 16 + len(v)
	}
	return n
}
