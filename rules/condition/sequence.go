package condition

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// The bounds of a sequence.
const (
	MaxSteps     = 10
	maxSightings = 100  // of one step, the newest
	maxTries     = 2000 // records looked at to find one chain
)

// Sequence fires when every step has come, in the order of the steps unless
// Unordered, the first and the last of them at most Within apart, and no record of
// the kind Not between them. A record serves as one step only.
//
// Records may come in any order: a chain is found when its last part arrives. What
// a chain used is forgotten, and everything before its end that agrees with it.
type Sequence struct {
	// Same has, for each step, the fields that must equal those of the steps before
	// it that have them.
	Same      [][]string
	Within    time.Duration
	Unordered bool
}

// New implements [Condition].
func (c Sequence) New(time.Time) State { return &sequence{c: c, Steps: make([][]step, len(c.Same))} }

type sequence struct {
	c     Sequence
	Steps [][]step `json:",omitempty"` // what was seen of each, by time
	Not   []step   `json:",omitempty"`
	Next  int64    // number of the next record
}

// step is one record of a step. Records of the same time are told apart by when
// they came.
type step struct {
	At     int64
	Number int64
	ID     uint64
	Fields map[string]string `json:",omitempty"`
}

func (a step) compare(b step) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Number, b.Number))
}

func (s *sequence) Observe(in Input) []Verdict {
	n := int(in.Part - Step)
	if in.Part != Not && (n < 0 || n >= len(s.Steps)) {
		return nil
	}
	seen := step{At: in.Time.UnixNano(), Number: s.Next, ID: in.ID}
	s.Next++
	if in.Part == Not {
		s.Not = remember(s.Not, seen)
		return nil
	}
	seen.Fields = make(map[string]string, len(in.Fields))
	for name, value := range in.Fields {
		seen.Fields[name] = Short(value)
	}
	chain := chain{s: s, of: make([]*step, len(s.Steps))}
	chain.of[n] = &seen
	if !chain.complete(n) {
		s.Steps[n] = remember(s.Steps[n], seen)
		return nil
	}
	s.forget(chain)
	fields := map[string]string{}
	for _, of := range chain.of {
		maps.Copy(fields, of.Fields)
	}
	return []Verdict{{Time: in.Time, Count: int64(len(chain.of)), Fields: fields}}
}

// remember adds a record, in its place by time.
func remember(list []step, seen step) []step {
	at := len(list)
	for at > 0 && list[at-1].compare(seen) > 0 {
		at--
	}
	list = slices.Insert(list, at, seen)
	if len(list) > maxSightings {
		list = slices.Delete(list, 0, 1)
	}
	return list
}

// forget drops what the chain used, and what stands before its end and could have
// been part of it.
func (s *sequence) forget(c chain) {
	_, last := c.ends()
	for n := range s.Steps {
		s.Steps[n] = slices.DeleteFunc(s.Steps[n], func(o step) bool { return o.At <= last.At && c.agrees(n, &o) })
	}
}

// chain is a choice of one record for each step, to be completed.
type chain struct {
	s     *sequence
	of    []*step
	tries int
}

// complete finds records for the steps that have none, and reports whether there
// are. n is the step that has one already.
func (c *chain) complete(n int) bool {
	order := make([]int, 0, len(c.of)-1)
	for k := n - 1; k >= 0; k-- {
		order = append(order, k)
	}
	for k := n + 1; k < len(c.of); k++ {
		order = append(order, k)
	}
	return c.fill(order)
}

func (c *chain) fill(order []int) bool {
	if len(order) == 0 {
		return !c.broken()
	}
	n := order[0]
	list := c.s.Steps[n]
	for i := range list {
		o := &list[len(list)-1-i] // the newest first, so that a chain is short
		if c.tries++; c.tries > maxTries {
			return false
		}
		if !c.takes(n, o) {
			continue
		}
		c.of[n] = o
		if c.fill(order[1:]) {
			return true
		}
		c.of[n] = nil
	}
	return false
}

// takes reports whether o can be step n beside those chosen.
func (c *chain) takes(n int, o *step) bool {
	for k, other := range c.of {
		switch {
		case other == nil:
		case other.ID == o.ID && o.ID != 0:
			return false
		case max(other.At, o.At)-min(other.At, o.At) > int64(c.s.c.Within):
			return false
		case !c.s.c.Unordered && (k < n && other.At > o.At || k > n && other.At < o.At):
			return false
		}
	}
	return c.agrees(n, o)
}

// agrees compares the fields that must be the same.
func (c *chain) agrees(n int, o *step) bool {
	for k, other := range c.of {
		if other == nil || k == n {
			continue
		}
		for _, name := range c.s.c.Same[max(k, n)] {
			a, one := other.Fields[name]
			b, two := o.Fields[name]
			if one && two && a != b {
				return false
			}
		}
	}
	return true
}

// ends returns the first and the last record of the chain.
func (c *chain) ends() (first, last *step) {
	first, last = c.of[0], c.of[0]
	for _, o := range c.of {
		if o.compare(*first) < 0 {
			first = o
		}
		if o.compare(*last) > 0 {
			last = o
		}
	}
	return first, last
}

// broken reports whether a record that must not come lies in the chain.
func (c *chain) broken() bool {
	first, last := c.ends()
	return slices.ContainsFunc(c.s.Not, func(o step) bool { return o.compare(*first) > 0 && o.compare(*last) < 0 })
}

func (s *sequence) Due() time.Time {
	var first int64
	for _, list := range append(s.Steps, s.Not) {
		if len(list) > 0 && (first == 0 || list[0].At < first) {
			first = list[0].At
		}
	}
	if first == 0 {
		return time.Time{}
	}
	return time.Unix(0, first).UTC().Add(s.c.Within + Late + 1)
}

func (s *sequence) Tick(now time.Time) []Verdict {
	old := now.Add(-s.c.Within - Late).UnixNano()
	drop := func(o step) bool { return o.At < old }
	for n := range s.Steps {
		s.Steps[n] = slices.DeleteFunc(s.Steps[n], drop)
	}
	s.Not = slices.DeleteFunc(s.Not, drop)
	return nil
}

// Stale tells that nothing of it can be part of a chain any more.
func (s *sequence) Stale(now time.Time) bool {
	for _, list := range append(s.Steps, s.Not) {
		if n := len(list); n > 0 && time.Unix(0, list[n-1].At).Add(s.c.Within+Late).After(now) {
			return false
		}
	}
	return true
}

func (s *sequence) Weight() int {
	n := 0
	for _, list := range append(s.Steps, s.Not) {
		for _, o := range list {
			n += 48
			for name, value := range o.Fields {
				n += 32 + len(name) + len(value)
			}
		}
	}
	return n
}
