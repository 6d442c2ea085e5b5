package condition

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// parts is into how many parts a window is cut: it slides by one of them.
const parts = 10

// MaxBaseline is how many windows a baseline may have.
const MaxBaseline = 100

// slot sums up the records of one part of a window.
type slot struct {
	// At is the part's number since 1970.
	At int64
	// N are the records, Of those of them that are asked about.
	N  int64 `json:",omitempty"`
	Of int64 `json:",omitempty"`
	// Sum, Min and Max are those of a field's values.
	Sum float64 `json:",omitempty"`
	Min float64 `json:",omitempty"`
	Max float64 `json:",omitempty"`
	// Spread counts values by magnitude, for percentiles.
	Spread map[int]int64 `json:",omitempty"`
}

// window is the slots of a key, by time.
type window struct {
	Slots []slot `json:",omitempty"`
	// First is the number of the first record's part, Newest that of the present.
	First, Newest int64
}

// numberOf returns the number of the part that holds a time.
func numberOf(at time.Time, within time.Duration) int64 {
	width := int64(within / parts)
	n, t := at.UnixNano()/width, at.UnixNano()
	if t < 0 && t%width != 0 {
		n--
	}
	return n
}

// startOf returns when a part begins.
func startOf(n int64, within time.Duration) time.Time {
	return time.Unix(0, n*int64(within/parts)).UTC()
}

// slot returns the slot of a number, made if need be; nil when it is older than
// the parts that are kept.
func (w *window) slot(n int64, keep int64) *slot {
	if n <= w.Newest-keep {
		return nil
	}
	at, found := slices.BinarySearchFunc(w.Slots, n, bySlot)
	if !found {
		w.Slots = slices.Insert(w.Slots, at, slot{At: n})
	}
	return &w.Slots[at]
}

func bySlot(s slot, n int64) int { return cmp.Compare(s.At, n) }

// drop forgets the slots that are older than the parts that are kept.
func (w *window) drop(keep int64) {
	gone := 0
	for gone < len(w.Slots) && w.Slots[gone].At <= w.Newest-keep {
		gone++
	}
	w.Slots = slices.Delete(w.Slots, 0, gone)
}

// sum adds up the slots from one number to another, both included.
func (w *window) sum(from, to int64) slot {
	all := slot{Min: math.Inf(1), Max: math.Inf(-1)}
	first, _ := slices.BinarySearchFunc(w.Slots, from, bySlot)
	for _, s := range w.Slots[first:] {
		if s.At > to {
			break
		}
		all.N, all.Of, all.Sum = all.N+s.N, all.Of+s.Of, all.Sum+s.Sum
		if s.N > 0 {
			all.Min, all.Max = min(all.Min, s.Min), max(all.Max, s.Max)
		}
		for k, n := range s.Spread {
			if all.Spread == nil {
				all.Spread = map[int]int64{}
			}
			all.Spread[k] += n
		}
	}
	return all
}

func (w *window) weight() int {
	n := 0
	for _, s := range w.Slots {
		n += 64 + 24*len(s.Spread)
	}
	return n
}

// The magnitudes of a spread: each is 2 % wider than the one before, so that a
// percentile is at most 1 % off.
const (
	step2  = 1.02
	finest = 1e-9
	widest = 1e15
)

// magnitude returns the number of a value's magnitude.
func magnitude(v float64) int {
	if v == 0 {
		return 0
	}
	k := int(math.Ceil(math.Log(min(max(math.Abs(v), finest), widest)/finest)/math.Log(step2))) + 1
	if v < 0 {
		return -k
	}
	return k
}

// middle returns the value in the middle of a magnitude.
func middle(k int) float64 {
	switch {
	case k == 0:
		return 0
	case k < 0:
		return -middle(-k)
	}
	return finest * math.Pow(step2, float64(k-1)) * 2 / (1 + step2)
}

// percentile returns the value that p percent of those in the spread do not exceed.
func percentile(spread map[int]int64, p float64) float64 {
	keys := make([]int, 0, len(spread))
	total := int64(0)
	for k, n := range spread {
		keys = append(keys, k)
		total += n
	}
	slices.Sort(keys)
	rank := int64(math.Ceil(p / 100 * float64(total)))
	for _, k := range keys {
		if rank -= spread[k]; rank <= 0 {
			return middle(k)
		}
	}
	return 0
}
