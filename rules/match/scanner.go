package match

import (
	"cmp"
	"slices"
	"time"
)

const (
	// blockSize is how much is searched for texts before its candidates are
	// verified, while the block is still in the cache.
	blockSize = 64 << 10
	// sampleSize bounds what a scanner remembers of the bytes it has seen, samplePart
	// what it remembers of a block.
	sampleSize, samplePart = 128 << 10, 4 << 10
	// timeEvery is of how many decisions one is measured: a prime, as logs repeat
	// themselves.
	timeEvery = 61
)

// tally is what a pattern has cost in one Scan.
type tally struct {
	candidates, verifications, matches uint64
	took                               time.Duration
	listed                             bool
}

// scanner is what one Scan needs and the next can use again.
type scanner struct {
	set     *Set
	plan    *plan
	memory  memory
	epoch   int // of memory, when the last scan began
	hits    hits
	found   []candidate
	tried   []int // by pattern: the end of the last line it was tried on, plus 1
	dfas    []*dfa
	groups  []*group
	lines   [streams][]lineHit
	tallies []tally // by pattern: what the set has not been told
	tallied []int32
	told    int // bytes of states that the set knows of
	tries   int // since one was measured
	single  func(leaf int, line []byte) bool

	sample []byte
	oldest int // where the next part of the sample goes
	// bytes and price are what was scanned since the last plan, and what that cost.
	bytes int
	price float64
}

func newScanner(s *Set) *scanner {
	sc := &scanner{
		set: s, memory: memory{limit: s.limit},
		tried: make([]int, len(s.verify)), tallies: make([]tally, len(s.verify)),
		dfas: make([]*dfa, len(s.leaves)),
	}
	sc.single = sc.matchSingle
	return sc
}

// follow takes over the set's plan.
func (sc *scanner) follow(p *plan) {
	if sc.plan == p {
		return
	}
	if sc.plan == nil || !slices.Equal(sc.plan.everyone, p.everyone) {
		sc.groups = nil
		if len(p.everyone) > 0 {
			sc.groups = append(sc.groups, sc.newGroup(p.everyone))
		}
	}
	sc.plan, sc.bytes, sc.price = p, 0, 0
}

func (sc *scanner) scan(chunk []byte, hits []Hit) []Hit {
	first := len(hits)
	clear(sc.tried)
	if sc.epoch != sc.memory.epoch { // give the programs up, too
		clear(sc.dfas)
		sc.epoch = sc.memory.epoch
	}
	for start := 0; start < len(chunk); {
		end := lineEnd(chunk, min(start+blockSize, len(chunk))-1)
		hits = sc.scanTexts(chunk, start, end, hits)
		if len(sc.groups) > 0 {
			hits = sc.decideGroups(chunk, start, end, hits)
		}
		sc.remember(chunk[start:end])
		sc.learn()
		start = end
	}
	order := func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Pattern, b.Pattern))
	}
	if found := hits[first:]; !slices.IsSortedFunc(found, order) {
		slices.SortFunc(found, order)
	}
	sc.tell()
	return hits
}

// remember puts the first lines of a block in the place of the oldest of the sample.
func (sc *scanner) remember(block []byte) {
	part := block[:min(len(block), samplePart)]
	if n := lineStart(part); n > 0 {
		part = part[:n]
	}
	if len(sc.sample)+len(part) <= sampleSize {
		sc.sample = append(sc.sample, part...)
		return
	}
	if sc.oldest+len(part) > len(sc.sample) {
		sc.oldest = 0
	}
	sc.oldest += copy(sc.sample[sc.oldest:], part)
}

func (sc *scanner) scanTexts(chunk []byte, start, end int, hits []Hit) []Hit {
	p := sc.plan
	sc.bytes += end - start
	var looked int
	sc.found, looked = p.find(chunk[start:end], &sc.hits, sc.found[:0])
	sc.price += float64(looked) * hitPrice
	from, to := 0, -1
	for _, c := range sc.found {
		if pos := start + int(c.pos); pos >= to {
			from = start + lineStart(chunk[start:pos])
			to = lineEnd(chunk[:end], pos)
		}
		for _, u := range p.users[c.text] {
			if sc.tried[u] == to {
				continue
			}
			sc.tried[u] = to
			sc.tally(u).candidates++
			sc.price += candidatePrice
			hits = sc.try(u, chunk, from, to, hits)
		}
	}
	return hits
}

// try decides one pattern on one line.
func (sc *scanner) try(p int32, chunk []byte, from, to int, hits []Hit) []Hit {
	line := trimEnd(chunk[from:to])
	t := sc.tally(p)
	t.verifications++
	if sc.holds(p, line, t) {
		t.matches++
		hits = append(hits, Hit{Pattern: int(p), Start: from, End: from + len(line)})
	}
	return hits
}

// holds decides, and measures now and then.
func (sc *scanner) holds(p int32, line []byte, t *tally) bool {
	if sc.tries++; sc.tries < timeEvery || sc.set.clock == nil {
		return sc.set.verify[p].holds(line, sc.single)
	}
	sc.tries = 0
	began := sc.set.clock()
	holds := sc.set.verify[p].holds(line, sc.single)
	t.took += timeEvery * (sc.set.clock() - began)
	return holds
}

// matchSingle decides one leaf on one line by its own dfa, or by package regexp
// where a dfa does not pay.
func (sc *scanner) matchSingle(l int, line []byte) bool {
	leaf := &sc.set.leaves[l]
	if leaf.re == nil {
		return leaf.match(line)
	}
	d := sc.dfas[l]
	if d == nil {
		d = &dfa{}
		if p := newProgram([]string{leaf.source}); p != nil {
			d = newDFA(p, &sc.memory)
		}
		sc.dfas[l] = d
	}
	if d.prog == nil || d.thrashes() {
		return leaf.match(line)
	}
	return d.run(line) != matchedNone
}

// tally returns where the cost of pattern p is counted.
func (sc *scanner) tally(p int32) *tally {
	t := &sc.tallies[p]
	if !t.listed {
		t.listed = true
		sc.tallied = append(sc.tallied, p)
	}
	return t
}

// tell adds to the set's costs what this scan has counted.
func (sc *scanner) tell() {
	for _, p := range sc.tallied {
		t, to := &sc.tallies[p], &sc.set.costs[p]
		to.candidates.Add(t.candidates)
		to.verifications.Add(t.verifications)
		to.matches.Add(t.matches)
		to.took.Add(int64(t.took))
		*t = tally{}
	}
	sc.tallied = sc.tallied[:0]
	sc.set.states.Add(int64(sc.memory.used - sc.told))
	sc.told = sc.memory.used
}
