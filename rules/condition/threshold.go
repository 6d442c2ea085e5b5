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
// most Within apart. What led to a firing is forgotten, so that the next takes Count
// more.
//
// A late record counts at its own time. It counts with those that are remembered: the
// last Keep to come, however old, until time has passed by them; with Distinct those in
// the window of the newest record only.
type Threshold struct {
	Count  int
	Within time.Duration
	// Distinct names the field whose values are counted; empty counts records.
	// A record without the field counts nothing.
	Distinct string
	// Keep is how many records are remembered, at least twice Count.
	Keep int
}

// New implements [Condition].
func (c Threshold) New(time.Time) State {
	c.Keep = max(c.Keep, 2*c.Count)
	if c.Distinct != "" {
		return &distinct{c: c}
	}
	return &threshold{c: c}
}

// threshold remembers records of which no window holds Count.
type threshold struct {
	c Threshold
	// At are their times, ascending, in nanoseconds since 1970.
	At []int64
	// Came are their numbers in the order in which they came; Next is the next one.
	Came []int64 `json:",omitempty"`
	Next int64   `json:",omitempty"`
}

func (s *threshold) Observe(in Input) []Verdict {
	if in.Part != Match {
		return nil
	}
	for len(s.Came) < len(s.At) { // stored by a version that had no numbers
		s.Came = append(s.Came, s.Next)
		s.Next++
	}
	now := in.Time.UnixNano()
	s.pass(now, in.Settled)
	at := len(s.At)
	for at > 0 && s.At[at-1] > now {
		at--
	}
	s.At, s.Came = slices.Insert(s.At, at, now), slices.Insert(s.Came, at, s.Next)
	s.Next++
	if first, full := s.full(at); full {
		s.drop(first, first+s.c.Count)
		return []Verdict{{Time: in.Time, Count: int64(s.c.Count)}}
	}
	if len(s.At) > s.c.Keep {
		s.thin()
	}
	return nil
}

// full looks for Count records in one window, one of them at a place, and returns the
// first of them.
func (s *threshold) full(at int) (first int, ok bool) {
	for first := max(0, at-s.c.Count+1); first <= at && first+s.c.Count <= len(s.At); first++ {
		if s.At[first+s.c.Count-1]-s.At[first] <= int64(s.c.Within) {
			return first, true
		}
	}
	return 0, false
}

// pass forgets what no window can hold any more: neither that of the newest record, now
// or before, nor one that ends when no earlier record is expected.
func (s *threshold) pass(now int64, settled time.Time) {
	if settled.IsZero() || len(s.At) == 0 {
		return
	}
	from := min(max(now, s.At[len(s.At)-1]), settled.UnixNano()) - int64(s.c.Within)
	gone, _ := slices.BinarySearch(s.At, from)
	s.drop(0, gone)
}

// thin forgets the quarter of the records that came first.
func (s *threshold) thin() {
	came := slices.Sorted(slices.Values(s.Came))
	from := came[(len(came)+3)/4]
	n := 0
	for i := range s.At {
		if s.Came[i] >= from {
			s.At[n], s.Came[n] = s.At[i], s.Came[i]
			n++
		}
	}
	s.At, s.Came = s.At[:n], s.Came[:n]
}

func (s *threshold) drop(from, to int) {
	s.At, s.Came = slices.Delete(s.At, from, to), slices.Delete(s.Came, from, to)
}

func (s *threshold) Due() time.Time { return dueAfter(s.At, s.c.Within) }

// dueAfter is when nothing of the times can count any more.
func dueAfter(at []int64, within time.Duration) time.Time {
	if len(at) == 0 {
		return time.Time{}
	}
	return time.Unix(0, at[len(at)-1]).UTC().Add(within + Late + 1)
}

func (s *threshold) Tick(now time.Time) []Verdict {
	if s.Stale(now) {
		s.At, s.Came = nil, nil
	}
	return nil
}

// Stale tells that nothing of it can count any more.
func (s *threshold) Stale(now time.Time) bool { return !now.Before(s.Due()) }

func (s *threshold) Weight() int { return 16 * len(s.At) }
