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
	// Seen is ordered by time.
	Seen []sighting
}

type sighting struct {
	At    time.Time
	Value string `json:",omitempty"`
}

func (s *threshold) Observe(in Input) []Verdict {
	if in.Part != Match {
		return nil
	}
	now := sighting{At: in.Time}
	if s.c.Distinct != "" {
		value, ok := in.Fields[s.c.Distinct]
		if !ok {
			return nil
		}
		now.Value = Short(value)
		if at := slices.IndexFunc(s.Seen, func(o sighting) bool { return o.Value == now.Value }); at >= 0 {
			if now.At.Before(s.Seen[at].At) {
				return nil // the later sighting of the same value stays longer
			}
			s.Seen = slices.Delete(s.Seen, at, at+1)
		}
	}
	at := len(s.Seen)
	for at > 0 && s.Seen[at-1].At.After(now.At) {
		at--
	}
	s.Seen = slices.Insert(s.Seen, at, now)
	s.forget(s.Seen[len(s.Seen)-1].At)
	if len(s.Seen) < s.c.Count {
		return nil
	}
	s.Seen = nil
	return []Verdict{{Time: in.Time, Count: int64(s.c.Count)}}
}

// forget drops what lies before the window that ends at newest.
func (s *threshold) forget(newest time.Time) {
	from := newest.Add(-s.c.Within)
	gone := 0
	for gone < len(s.Seen) && s.Seen[gone].At.Before(from) {
		gone++
	}
	s.Seen = s.Seen[gone:]
}

func (s *threshold) Due() time.Time {
	if len(s.Seen) == 0 {
		return time.Time{}
	}
	return s.Seen[len(s.Seen)-1].At.Add(s.c.Within + 1)
}

func (s *threshold) Tick(now time.Time) []Verdict {
	s.forget(now)
	return nil
}

func (s *threshold) Weight() int { return len(s.Seen) }
