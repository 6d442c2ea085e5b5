package match

import (
	"bytes"
	"slices"
	"time"
)

// group is patterns that are decided on every line, together.
type group struct {
	patterns []int32
	leaves   []int // of the patterns, ascending; expression i of union is leaf i
	union    *dfa  // nil when the patterns are tried one by one
	// open is set when a pattern can hold for a line on which no leaf does.
	open bool
	// holding holds, by the union's results, the patterns that hold for such a line,
	// as far as they are known; nil when leaves outside of the union matter.
	holding   map[int][]int32
	forgotten int
}

// newGroup returns how patterns are decided together, or one by one when they
// cannot be, or thrash and are alone.
func (sc *scanner) newGroup(patterns []int32) *group {
	g := &group{patterns: patterns, holding: map[int][]int32{}}
	var sources []string
	for _, p := range patterns {
		for _, l := range sc.set.verify[p].appendLeaves(nil) {
			if sc.set.leaves[l].source == "" {
				g.holding, g.open = nil, true
				continue
			}
			g.leaves = append(g.leaves, l)
		}
		none := func(int, []byte) bool { return false }
		g.open = g.open || sc.set.verify[p].holds(nil, none)
	}
	slices.Sort(g.leaves)
	for _, l := range g.leaves {
		sources = append(sources, sc.set.leaves[l].source)
	}
	if g.open {
		sources = append(sources, "") // an expression that every line matches
	}
	if p := newProgram(sources); p != nil {
		g.union = newDFA(p, &sc.memory)
	}
	return g
}

// decide appends the hits of the group in chunk[start:end], whole lines of which
// the last may have no end.
func (sc *scanner) decide(g *group, chunk []byte, start, end int, hits []Hit) (out []Hit, ok bool) {
	whole := end
	if chunk[end-1] != '\n' {
		whole = start + lineStart(chunk[start:end])
	}
	if g.union == nil {
		for at := start; at < end; {
			to := lineEnd(chunk[:end], at)
			for _, p := range g.patterns {
				hits = sc.try(p, chunk, at, to, hits)
			}
			at = to
		}
		return hits, true
	}
	if whole > start && !g.union.search(chunk[start:whole], &sc.lines) {
		return hits, false
	}
	for i := range sc.lines {
		for _, l := range sc.lines[i] {
			at := start + l.start
			hits = sc.holding(g, chunk, at, lineEnd(chunk[:end], at), l.result, hits)
		}
		sc.lines[i] = sc.lines[i][:0]
	}
	if whole < end {
		result := g.union.run(trimEnd(chunk[whole:end]))
		if result != matchedNone {
			hits = sc.holding(g, chunk, whole, end, result, hits)
		}
	}
	return hits, true
}

// holding appends the hits of the group's patterns on a line with a result of the union.
func (sc *scanner) holding(g *group, chunk []byte, from, to, result int, hits []Hit) []Hit {
	line := trimEnd(chunk[from:to])
	if g.forgotten != g.union.forgotten {
		g.forgotten = g.union.forgotten
		clear(g.holding)
	}
	patterns, known := g.holding[result]
	if !known {
		matched := g.union.results[result]
		patterns = []int32{}
		test := func(leaf int, line []byte) bool {
			i, member := slices.BinarySearch(g.leaves, leaf)
			if !member {
				return sc.set.leaves[leaf].match(line)
			}
			_, matches := slices.BinarySearch(matched, int32(i))
			return matches
		}
		for _, p := range g.patterns {
			if sc.set.verify[p].holds(line, test) {
				patterns = append(patterns, p)
			}
		}
		if g.holding != nil {
			g.holding[result] = patterns
		}
	}
	for _, p := range patterns {
		sc.tally(p).matches++
		hits = append(hits, Hit{Pattern: int(p), Start: from, End: from + len(line)})
	}
	return hits
}

// decideGroups appends the hits of all groups in chunk[start:end]. A group whose
// union thrashes is split; one pattern that thrashes alone is tried by itself.
func (sc *scanner) decideGroups(chunk []byte, start, end int, hits []Hit) []Hit {
	lines := uint64(bytes.Count(chunk[start:end], []byte{'\n'}))
	if chunk[end-1] != '\n' {
		lines++
	}
	for i := 0; i < len(sc.groups); i++ {
		g := sc.groups[i]
		began := sc.now()
		found, ok := sc.decide(g, chunk, start, end, hits)
		if !ok {
			sc.split(i)
			i--
			continue
		}
		hits = found
		took := (sc.now() - began) / time.Duration(max(len(g.patterns), 1))
		for _, p := range g.patterns {
			if g.union != nil { // otherwise try has counted
				t := sc.tally(p)
				t.verifications += lines
				t.took += took
			}
		}
	}
	return hits
}

func (sc *scanner) now() time.Duration {
	if sc.set.clock == nil {
		return 0
	}
	return sc.set.clock()
}

func (sc *scanner) split(i int) {
	g := sc.groups[i]
	sc.groups = slices.Delete(sc.groups, i, i+1)
	if half := len(g.patterns) / 2; half > 0 {
		sc.groups = append(sc.groups, sc.newGroup(g.patterns[:half]), sc.newGroup(g.patterns[half:]))
		return
	}
	g.union = nil
	sc.groups = append(sc.groups, g)
}
