package condition

import (
	"math"
	"strconv"
	"time"
)

// Bounds are the values of a window that are in order. Exactly a bound is in order.
type Bounds struct {
	Above, Below *float64
	// Until is where what has fired ends: at most this value after Above, at least
	// this after Below. Nil is the bound itself.
	Until *float64
}

// out reports whether v is out of order; for what has fired, whether it still is.
func (b Bounds) out(v float64, fired bool) bool {
	above, below := b.Above, b.Below
	if fired && b.Until != nil {
		if above != nil {
			above = b.Until
		} else {
			below = b.Until
		}
	}
	return above != nil && v > *above || below != nil && v < *below
}

// Rate fires when the number of records in a window leaves its bounds: fixed ones,
// or those of its own baseline.
type Rate struct {
	Bounds
	// Ratio, where it is set, compares with the mean of the windows of the Baseline
	// before: over 1 it fires at Ratio times the mean and more, under 1 at that and less.
	Ratio            float64
	Within, Baseline time.Duration
	// Min is how many records the window, or for a Ratio under 1 the mean of the
	// baseline, must have to be judged.
	Min int
}

// Share fires when more than Above percent of the records over which it is taken
// are of the kind that is asked about. The record counts as Over before it counts
// as Match.
type Share struct {
	Bounds
	Within time.Duration
	Min    int
}

// Metric fires when an aggregate of a numeric field's values leaves its bounds.
type Metric struct {
	Bounds
	Field string
	// Agg is avg, sum, min, max, count, or p and a percentage.
	Agg    string
	Within time.Duration
	Min    int
}

// New implements [Condition].
func (c Rate) New(at time.Time) State { return newLevel(c, c.Within, at) }

// New implements [Condition].
func (c Share) New(at time.Time) State { return newLevel(c, c.Within, at) }

// New implements [Condition].
func (c Metric) New(at time.Time) State { return newLevel(c, c.Within, at) }

// gauge is a condition about the value of a window.
type gauge interface {
	// keeps is how many parts are kept, the present one included.
	keeps() int64
	// whole tells that only windows that are over are judged.
	whole() bool
	// expects tells that a window without records can be out of order.
	expects() bool
	// add counts a record in its part; false when it does not count.
	add(s *slot, in Input) bool
	// judge returns the window's value. sure is false when it cannot be judged.
	judge(l *level, from, to int64) (value float64, fields map[string]string, sure bool)
	bounds() Bounds
}

// level is the state of a gauge: whether its value is in order.
type level struct {
	c      gauge
	within time.Duration
	window
	// Out tells that it fired and has not ended. Last is the part in which it was out
	// of order last, Fired that in which it fired last.
	Out         bool  `json:",omitempty"`
	Last, Fired int64 `json:",omitempty"`

	meanOf int64 // the part before which mean was computed; zero is none
	mean   float64
}

func newLevel(c gauge, within time.Duration, at time.Time) *level {
	n := numberOf(at, within)
	return &level{c: c, within: within, window: window{First: n, Newest: n}}
}

func (s *level) Observe(in Input) []Verdict {
	n := numberOf(in.Time, s.within)
	said := s.advance(n)
	if n < s.Newest {
		s.meanOf = 0
	}
	slot := s.slot(n, s.c.keeps())
	if slot == nil || !s.c.add(slot, in) || s.c.whole() {
		return said
	}
	return s.judge(s.Newest, in.Time, said)
}

// advance goes on to the part with a number, and judges at the start of each.
func (s *level) advance(to int64) (said []Verdict) {
	for s.Newest < to && s.changes() {
		s.Newest++
		s.drop(s.c.keeps())
		at := s.Newest
		if s.c.whole() {
			at--
		}
		said = s.judge(at, startOf(s.Newest, s.within), said)
	}
	if s.Newest < to {
		if s.Newest = to; s.Out {
			s.Last = to - 1 // nothing has come since, which was out of order
		}
	}
	return said
}

// judge looks at the window that ends with a part.
func (s *level) judge(to int64, at time.Time, said []Verdict) []Verdict {
	value, fields, sure := s.c.judge(s, to-parts+1, to)
	out := sure && s.c.bounds().out(value, s.Out)
	if out {
		s.Last = to
	}
	switch {
	case out && (!s.Out || to-s.Fired >= parts):
		s.Out, s.Fired = true, to
		return append(said, Verdict{Time: at, Count: s.sum(to-parts+1, to).N, Fields: fields})
	case !out && s.Out && to-s.Last >= parts:
		s.Out = false
		return append(said, Verdict{Ended: true, Time: at, Count: 1, Fields: fields})
	}
	return said
}

// changes reports whether anything can still happen without a record.
func (s *level) changes() bool {
	return len(s.Slots) > 0 || s.Out && !s.c.expects()
}

func (s *level) Due() time.Time {
	if !s.changes() {
		return time.Time{}
	}
	return startOf(s.Newest+1, s.within)
}

func (s *level) Tick(now time.Time) []Verdict { return s.advance(numberOf(now, s.within)) }

// Stale tells that all that it counted is out of the window.
func (s *level) Stale(now time.Time) bool {
	n := len(s.Slots)
	return !s.Out && !s.c.expects() && (n == 0 || s.Slots[n-1].At <= numberOf(now, s.within)-s.c.keeps())
}

func (s *level) Weight() int {
	if len(s.Slots) == 0 && !s.Out && !s.c.expects() {
		return 0
	}
	return 64 + s.weight()
}

func (c Rate) bounds() Bounds {
	if c.Ratio == 0 {
		return c.Bounds
	}
	return Bounds{Above: new(float64)} // judge gives the distance from the bound
}

func (c Rate) whole() bool { return c.expects() }

func (c Rate) expects() bool { return c.Below != nil || c.Ratio > 0 && c.Ratio < 1 }

func (c Rate) keeps() int64 { return parts + 1 + int64(parts*c.Baseline/c.Within) }

func (c Rate) add(s *slot, in Input) bool {
	if in.Part != Match {
		return false
	}
	s.N++
	return true
}

func (c Rate) judge(l *level, from, to int64) (float64, map[string]string, bool) {
	n := l.sum(from, to).N
	fields := map[string]string{"rate": strconv.FormatInt(n, 10)}
	if c.Ratio == 0 {
		return float64(n), fields, (n >= int64(c.Min) || c.whole()) && (!c.whole() || l.First <= from)
	}
	windows := int64(c.Baseline / c.Within)
	mean := l.before(from, windows)
	fields["baseline"] = number(mean)
	if l.First > from-windows*parts {
		return 0, nil, false // the baseline is not known yet
	}
	if c.Ratio < 1 {
		return beyond(mean*c.Ratio - float64(n)), fields, mean >= max(float64(c.Min), 1)
	}
	return beyond(float64(n) - mean*c.Ratio), fields, n >= max(int64(c.Min), 1)
}

// before returns the mean of so many windows before a part.
func (s *level) before(from, windows int64) float64 {
	if s.meanOf != from {
		s.meanOf, s.mean = from, float64(s.sum(from-windows*parts, from-1).N)/float64(windows)
	}
	return s.mean
}

// beyond makes a distance of zero, which counts for a ratio, positive.
func beyond(distance float64) float64 {
	if distance == 0 {
		return math.SmallestNonzeroFloat64
	}
	return distance
}

func (c Share) bounds() Bounds { return c.Bounds }
func (c Share) whole() bool    { return c.Below != nil }
func (c Share) expects() bool  { return false }
func (c Share) keeps() int64   { return parts + 1 }

func (c Share) add(s *slot, in Input) bool {
	switch in.Part {
	case Over:
		s.N++
		return c.Below != nil // for Above only the records asked about can put it out of order
	case Match:
		s.Of++
		return true
	}
	return false
}

func (c Share) judge(l *level, from, to int64) (float64, map[string]string, bool) {
	all := l.sum(from, to)
	if all.N == 0 || all.N < int64(c.Min) || c.whole() && l.First > from {
		return 0, nil, false
	}
	share := 100 * float64(all.Of) / float64(all.N)
	return share, map[string]string{"share": number(share)}, true
}

func (c Metric) bounds() Bounds { return c.Bounds }
func (c Metric) whole() bool    { return c.Below != nil || c.isPercentile() }
func (c Metric) expects() bool  { return false }

// isPercentile tells that the value is dear to compute, and so not at every record.
func (c Metric) isPercentile() bool { return c.Agg[0] == 'p' }

func (c Metric) keeps() int64 { return parts + 1 }

func (c Metric) add(s *slot, in Input) bool {
	v, err := strconv.ParseFloat(in.Fields[c.Field], 64)
	if in.Part != Match || err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return false
	}
	if s.N++; s.N == 1 {
		s.Min, s.Max = v, v
	}
	s.Sum, s.Min, s.Max = s.Sum+v, min(s.Min, v), max(s.Max, v)
	if c.isPercentile() {
		if s.Spread == nil {
			s.Spread = map[int]int64{}
		}
		s.Spread[magnitude(v)]++
	}
	return true
}

func (c Metric) judge(l *level, from, to int64) (float64, map[string]string, bool) {
	all := l.sum(from, to)
	if all.N == 0 || all.N < int64(c.Min) || c.whole() && l.First > from {
		return 0, nil, false
	}
	v := all.Sum
	switch c.Agg {
	case "avg":
		v /= float64(all.N)
	case "min":
		v = all.Min
	case "max":
		v = all.Max
	case "count":
		v = float64(all.N)
	default:
		if p, err := strconv.ParseFloat(c.Agg[1:], 64); err == nil {
			v = percentile(all.Spread, p)
		}
	}
	return v, map[string]string{"value": number(v)}, true
}

// number is for people: three decimals at most.
func number(v float64) string {
	return strconv.FormatFloat(math.Round(v*1000)/1000, 'f', -1, 64)
}
