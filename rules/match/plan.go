package match

import (
	"math"
	"slices"
)

// shape is how a filter looks at bytes: at grams of so many bytes, one in every
// stride places. A text is found wherever it stands when it has a window of
// gram+stride-1 bytes all of whose grams, one for each way that it can fall on the
// grid, are in the filter.
type shape struct{ gram, stride int }

// shapes that a plan chooses from, by the host's bytes; the last are the best mostly.
var shapes = [...]shape{{2, 1}, {2, 2}, {3, 2}, {3, 4}, {4, 2}, {4, 4}}

const (
	minWindow = 2    // bytes of the shortest text that can be looked for
	maxGrams  = 1024 // that a gram with classes may stand for
)

// The price of things, in nanoseconds as measured on one machine; only their
// proportions decide.
const (
	scanPrice      = 0.7  // of a byte, divided by the stride
	hitPrice       = 16   // of a gram that is in the filter
	candidatePrice = 250  // of a line on which a pattern is decided alone
	sharedPrice    = 0.7  // of a byte in the pass that patterns share
	goodPrice      = 0.5  // of a byte: no better shape is asked for
	dearPrice      = 0.25 // of a byte: a pattern is watched when it costs this
)

// plan is what the scanners look for: for every pattern some texts, chosen for how
// seldom they and their grams are in a sample of the host's bytes. It is immutable.
type plan struct {
	filter
	users    [][]int32 // by number of a text in the filter: patterns
	chosen   [][]int32 // by pattern: texts of the alphabet
	everyone []int32   // patterns that are tried on every line
	price    float64   // of a byte, as expected
	number   int       // of plans before
}

// newPlan chooses for the patterns what to look for, given a sample of the bytes
// that they are looked for in.
func newPlan(a *alphabet, needs []*need, sample []byte) *plan {
	c := newCensus(a, sample)
	var best shape
	least := math.Inf(1)
	for _, s := range slices.Backward(shapes[:]) {
		c.forShape(s)
		if price := c.total(needs); price < least {
			best, least = s, price
		}
		if least < goodPrice {
			break // the others cost more to look at than they can save
		}
	}
	c.forShape(best)
	p := c.plan(needs, nil)
	if common := p.common(sample); len(common) > 0 {
		return c.plan(needs, common)
	}
	return p
}

// plan makes a plan in which the patterns in without have no texts.
func (c *census) plan(needs []*need, without map[int32]bool) *plan {
	p := &plan{chosen: make([][]int32, len(needs)), price: scanPrice / float64(c.shape.stride)}
	number := map[int32]int{} // of a text in the filter
	var windows []window
	for i, n := range needs {
		chosen, price := []int32(nil), impossible
		if n != nil && !without[int32(i)] {
			chosen, price = c.choose(n)
		}
		if price > sharedPrice {
			p.everyone = append(p.everyone, int32(i))
			continue
		}
		p.price += price
		chosen = slices.Clone(chosen)
		slices.Sort(chosen)
		p.chosen[i] = slices.Compact(chosen)
		for _, t := range p.chosen[i] {
			at, ok := number[t]
			if !ok {
				at = len(windows)
				number[t] = at
				windows = append(windows, window{c.alphabet.texts[t], c.windows[t].at})
				p.users = append(p.users, nil)
			}
			p.users[at] = append(p.users[at], int32(i))
		}
	}
	if len(p.everyone) > 0 {
		p.price += sharedPrice
	}
	p.filter = newFilter(c.alphabet, c.shape, windows)
	return p
}

// common returns the patterns whose texts are on so many lines of the sample that
// one pass for all of them costs less.
func (p *plan) common(sample []byte) map[int32]bool {
	lines := make([]int, len(p.chosen)) // by pattern: candidates
	last := make([]int, len(p.chosen))
	found, _ := p.find(sample, new(hits), nil)
	for _, c := range found {
		end := lineEnd(sample, int(c.pos))
		for _, u := range p.users[c.text] {
			if last[u] != end {
				last[u] = end
				lines[u]++
			}
		}
	}
	dear := map[int32]bool{}
	sum := 0.0
	for i, n := range lines {
		if price := float64(n) * candidatePrice / float64(max(1, len(sample))); price > dearPrice {
			dear[int32(i)] = true
			sum += price
		}
	}
	if len(dear) == 0 || sum < sharedPrice && len(p.everyone) == 0 {
		return nil
	}
	for _, i := range p.everyone {
		dear[i] = true
	}
	return dear
}

// size returns about how many bytes the plan holds.
func (p *plan) size() int {
	return 8*len(p.slots) + 12*len(p.entries) + 4*len(p.starts) + 56*len(p.chosen) + 56*len(p.users)
}
