package match

import "math"

// census counts the grams of a sample, by their slots, and says what it costs to
// look for texts.
type census struct {
	alphabet *alphabet
	sample   []byte
	counts   *[1 << filterBits]uint32
	gram     int           // whose counts they are
	grams    []frequencies // by text
	shape    shape
	windows  []choice // by text, for the shape
	scratch  []uint32
}

// choice is a window of a text, and what it costs to look for it.
type choice struct {
	at    int
	price float64 // nanoseconds for every byte
}

// impossible is the price of what cannot be looked for.
const impossible = 1e9

func newCensus(a *alphabet, sample []byte) *census {
	return &census{alphabet: a, sample: sample, grams: make([]frequencies, len(a.texts)), windows: make([]choice, len(a.texts))}
}

// count counts the grams of the sample, and prices those of all texts.
func (c *census) count(gram int) {
	if c.counts == nil {
		c.counts = new([1 << filterBits]uint32)
	}
	clear(c.counts[:])
	c.gram = gram
	mask := gramMask(gram)
	for i := range len(c.sample) - 3 {
		c.counts[slot((load(c.sample, i)|fold)&mask)]++
	}
	for id, t := range c.alphabet.texts {
		c.grams[id] = c.frequencies(t)
	}
}

// forShape prices all texts for a shape.
func (c *census) forShape(s shape) {
	if s.gram != c.gram && len(c.alphabet.texts) > 0 {
		c.count(s.gram)
	}
	c.shape = s
	for id := range c.windows {
		c.windows[id] = c.window(c.grams[id])
	}
}

// frequencies of a text's grams, as parts of all places: hits counts for each place
// in the text how often its gram is in the filter, other grams of its slot
// included; rarest is how often the text itself is met at most.
type frequencies struct {
	hits   []float64
	rarest float64
}

func (c *census) frequencies(t text) frequencies {
	out := frequencies{make([]float64, 0, len(t)), math.Inf(1)}
	places := float64(max(1, len(c.sample)-3))
	for i := 0; i+c.gram <= len(t); i++ {
		c.scratch = c.alphabet.grams(t[i:i+c.gram], c.scratch[:0])
		if len(c.scratch) == 0 {
			out.hits = append(out.hits, math.Inf(1))
			continue
		}
		sum := uint32(0)
		for _, g := range c.scratch {
			sum += c.counts[slot(g)]
		}
		frequency := float64(sum) / places
		out.hits = append(out.hits, frequency+float64(len(c.scratch))/(1<<filterBits))
		out.rarest = min(out.rarest, frequency)
	}
	return out
}

// window chooses where the grams are the rarest.
func (c *census) window(f frequencies) choice {
	best, at := math.Inf(1), -1
	for i := range max(0, len(f.hits)-c.shape.stride+1) {
		sum := 0.0
		for _, g := range f.hits[i : i+c.shape.stride] {
			sum += g
		}
		if sum < best {
			best, at = sum, i
		}
	}
	if at < 0 {
		return choice{at, impossible}
	}
	return choice{at, best/float64(c.shape.stride)*hitPrice + f.rarest*candidatePrice}
}

// choose returns the texts that stand for a need, at the least price.
func (c *census) choose(n *need) (best []int32, price float64) {
	price = impossible
	if n.texts != nil {
		return n.texts, min(impossible, c.sum(n.texts))
	}
	for _, one := range n.all {
		if t, p := c.choose(one); p < price {
			best, price = t, p
		}
	}
	if n.any == nil {
		return best, price
	}
	price = 0
	for _, one := range n.any {
		t, p := c.choose(one)
		best, price = append(best[:len(best):len(best)], t...), price+p
	}
	return best, min(price, impossible)
}

func (c *census) sum(texts []int32) (price float64) {
	for _, t := range texts {
		price += c.windows[t].price
	}
	return price
}

// cost returns what choose does, without the texts.
func (c *census) cost(n *need) float64 {
	if n.texts != nil {
		return c.sum(n.texts)
	}
	least, sum := impossible, 0.0
	for _, one := range n.all {
		least = min(least, c.cost(one))
	}
	if n.any == nil {
		return least
	}
	for _, one := range n.any {
		sum += c.cost(one)
	}
	return min(sum, impossible)
}

// total returns what a byte costs with the census's shape.
func (c *census) total(needs []*need) float64 {
	price, shared := scanPrice/float64(c.shape.stride), 0.0
	for _, n := range needs {
		cost := impossible
		if n != nil {
			cost = c.cost(n)
		}
		if cost > sharedPrice {
			shared = sharedPrice
			continue
		}
		price += cost
	}
	return price + shared
}
