package match

import (
	"bytes"
	"cmp"
	"slices"
)

const (
	// blockSize is how much is searched for literals before its candidates are
	// verified, while the block is still in the cache.
	blockSize = 64 << 10
	// reviewLines is how often a scanner asks which literals are common.
	reviewLines = 16 << 10
)

// scanner is what one Scan needs and the next can use again.
type scanner struct {
	set    *Set
	memory memory
	cands  [streams][]candidate
	tried  []int // by pattern: the end of the last line it was tried on, plus 1
	dfas   []*dfa
	single func(leaf int, line []byte) bool

	// every lists the patterns without a literal, and those whose literals have
	// turned out common here; union decides their expressions in one pass.
	every   []int32
	common  []bool // by pattern: moved to every at run time
	union   *dfa
	member  []int32 // by leaf: its number in the union, or -1
	matched []int32
	all     bool
	shared  func(leaf int, line []byte) bool

	lines    int   // since the last review
	verified []int // by pattern, since the last review
}

func newScanner(s *Set) *scanner {
	sc := &scanner{
		set: s, memory: memory{limit: s.limit},
		tried: make([]int, len(s.verify)), verified: make([]int, len(s.verify)), common: make([]bool, len(s.verify)),
		dfas: make([]*dfa, len(s.leaves)), member: make([]int32, len(s.leaves)),
		every: slices.Clone(s.everyone),
	}
	sc.single, sc.shared = sc.matchSingle, sc.matchShared
	sc.unite()
	return sc
}

// unite builds the union of the expressions of the patterns in every.
func (sc *scanner) unite() {
	sc.union = nil
	for i := range sc.member {
		sc.member[i] = -1
	}
	var leaves []int
	for _, p := range sc.every {
		leaves = sc.set.verify[p].appendLeaves(leaves)
	}
	if len(leaves) == 0 {
		return
	}
	patterns := make([]string, 0, len(leaves))
	for i, l := range leaves {
		sc.member[l] = int32(i)
		patterns = append(patterns, sc.set.leaves[l].String())
	}
	if p := newProgram(patterns); p != nil {
		sc.union = newDFA(p, &sc.memory)
	}
}

func (sc *scanner) scan(chunk []byte, hits []Hit) []Hit {
	first := len(hits)
	clear(sc.tried)
	for start := 0; start < len(chunk); {
		end := lineEnd(chunk, min(start+blockSize, len(chunk))-1)
		if len(sc.set.users) > 0 {
			hits = sc.scanLiterals(chunk, start, end, hits)
		}
		if len(sc.every) > 0 {
			hits = sc.scanEvery(chunk, start, end, hits)
		}
		if sc.lines >= reviewLines { // not before: a pattern is found by one pass a block
			sc.review()
		}
		start = end
	}
	order := func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Pattern, b.Pattern))
	}
	if found := hits[first:]; !slices.IsSortedFunc(found, order) {
		slices.SortFunc(found, order)
	}
	return hits
}

// lineEnd returns the index after the line that holds byte i.
func lineEnd(chunk []byte, i int) int {
	if n := bytes.IndexByte(chunk[i:], '\n'); n >= 0 {
		return i + n + 1
	}
	return len(chunk)
}

func (sc *scanner) scanLiterals(chunk []byte, start, end int, hits []Hit) []Hit {
	block := chunk[start:end]
	sc.set.auto.search(block, cut(block), &sc.cands)
	for _, cands := range sc.cands {
		from, to := 0, -1
		for _, c := range cands {
			if pos := start + int(c.pos); pos >= to {
				from = bytes.LastIndexByte(chunk[start:pos], '\n') + 1 + start
				to = lineEnd(chunk, pos)
				sc.lines++
			}
			for _, l := range sc.set.auto.out[int(c.state)/sc.set.auto.width] {
				for _, p := range sc.set.users[l] {
					hits = sc.candidate(int(p), chunk, from, to, hits)
				}
			}
		}
	}
	return hits
}

func (sc *scanner) candidate(p int, chunk []byte, from, to int, hits []Hit) []Hit {
	cost := &sc.set.costs[p]
	if sc.tried[p] == to || sc.common[p] {
		return hits
	}
	sc.tried[p] = to
	sc.verified[p]++
	cost.candidates.Add(1)
	return sc.try(p, chunk, from, to, sc.single, hits)
}

// review moves patterns over whose literals are on many of the lines that hold
// any, once verifying them one by one costs more than one pass for all.
func (sc *scanner) review() {
	moved := sc.every
	for p, n := range sc.verified {
		if n > sc.lines/2 {
			moved = append(moved, int32(p))
		}
	}
	if n := len(moved) - len(sc.every); n >= 2 || n == 1 && len(sc.every) > 0 {
		for _, p := range moved[len(sc.every):] {
			sc.common[p] = true
		}
		sc.every = moved
		sc.unite()
	}
	sc.lines = 0
	clear(sc.verified)
}

func (sc *scanner) scanEvery(chunk []byte, start, end int, hits []Hit) []Hit {
	test := sc.single
	if sc.union != nil && !sc.union.thrashes() {
		test = sc.shared
	}
	for start < end {
		to := lineEnd(chunk, start)
		if sc.union != nil && !sc.union.thrashes() {
			sc.matched, sc.all = sc.union.run(trimEnd(chunk[start:to]))
		} else {
			test = sc.single
		}
		for _, p := range sc.every {
			hits = sc.try(int(p), chunk, start, to, test, hits)
		}
		start = to
	}
	return hits
}

// trimEnd cuts the line end off.
func trimEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}

func (sc *scanner) try(p int, chunk []byte, from, to int, test func(int, []byte) bool, hits []Hit) []Hit {
	line := trimEnd(chunk[from:to])
	sc.set.costs[p].verifications.Add(1)
	if sc.set.verify[p].holds(line, test) {
		sc.set.costs[p].matches.Add(1)
		hits = append(hits, Hit{Pattern: p, Start: from, End: from + len(line)})
	}
	return hits
}

// matchSingle decides one expression on one line by its own dfa, or by package
// regexp where a dfa does not pay.
func (sc *scanner) matchSingle(leaf int, line []byte) bool {
	d := sc.dfas[leaf]
	if d == nil {
		d = &dfa{}
		if p := newProgram([]string{sc.set.leaves[leaf].String()}); p != nil {
			d = newDFA(p, &sc.memory)
		}
		sc.dfas[leaf] = d
	}
	if d.prog == nil || d.thrashes() {
		return sc.set.leaves[leaf].Match(line)
	}
	matched, all := d.run(line)
	return all || len(matched) > 0
}

// matchShared reads the union's answer for the line it has just run on.
func (sc *scanner) matchShared(leaf int, line []byte) bool {
	if sc.member[leaf] < 0 {
		return sc.matchSingle(leaf, line)
	}
	if sc.all {
		return true
	}
	_, ok := slices.BinarySearch(sc.matched, sc.member[leaf])
	return ok
}
