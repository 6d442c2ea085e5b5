// Package match finds, in chunks of log bytes, every (line, pattern) pair of
// many patterns in one pass.
//
// The result is exactly that of trying each pattern on each line with Go's
// regexp; the work is not. Every pattern is reduced to texts one of which is in
// each of its matches. A filter looks at one gram of bytes in every few places of
// the raw chunk, and finds the places where a text can stand; only the lines of
// those are cut out and decided. Which texts, and which grams of them, is chosen
// by what is rare in the bytes that the Set has scanned. Patterns without a text,
// and those whose texts are common, share one pass over every line. That pass and
// the decisions are deterministic automata, built as lines ask for them, in
// bounded memory; where they do not pay, package regexp decides.
//
// A line ends at '\n'; one '\r' before it does not belong to the line.
package match

import (
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"time"
)

// Expr is what a pattern asks of a line: every part that is set must hold.
// The zero Expr holds for every line.
type Expr struct {
	// Contains asks for this text.
	Contains string
	// Regexp asks for a match of this RE2 expression, anywhere in the line.
	Regexp string
	// Fold ignores case in Contains and Regexp, by Unicode simple folding.
	Fold bool
	// All must hold, one of Any must hold, and none of Not may.
	All, Any, Not []Expr
}

// Hit is one pattern that holds for one line of a chunk.
type Hit struct {
	// Pattern is the index of the Expr given to New.
	Pattern int
	// Start and End are the line's bytes in the chunk, without its line end.
	Start, End int
}

// Set is a compiled list of patterns. It learns what the bytes look like that it
// scans, which changes its speed and nothing else. It is safe for concurrent use.
type Set struct {
	verify   []*node
	leaves   []leaf
	alphabet alphabet
	needs    []*need // by pattern; nil when nothing is known
	plan     atomic.Pointer[plan]
	costs    []counts
	limit    int                  // bytes of states that all scanners may hold
	idle     chan *scanner        // those that no Scan uses
	live     atomic.Int32         // scanners in all
	clock    func() time.Duration // nil where nothing is measured
	states   atomic.Int64         // bytes of states that they hold
}

// Cost is what a pattern has cost since New.
type Cost struct {
	// Candidates are the lines that one of the pattern's literals pointed at,
	// Verifications the lines it was decided on, Matches those it holds for.
	Candidates, Verifications, Matches uint64
	// Took is about how long the decisions took: some of them are measured, and each
	// pattern of those that share a pass has its part of it. Zero without [Set.Time].
	Took time.Duration
}

type counts struct {
	candidates, verifications, matches atomic.Uint64
	took                               atomic.Int64
}

// Time has what patterns take measured by a clock that never goes back. It is called
// before the first Scan.
func (s *Set) Time(clock func() time.Duration) { s.clock = clock }

// maxStates is how many bytes of states the scanners of a Set may hold together.
const maxStates = 7 << 20

// New compiles the patterns. The error names the expression that does not compile.
// Nested counted repeats are refused when their product exceeds 1,000.
func New(exprs []Expr) (*Set, error) {
	s := &Set{costs: make([]counts, len(exprs)), limit: maxStates, idle: make(chan *scanner, runtime.GOMAXPROCS(0))}
	for i, e := range exprs {
		n, err := s.compile(e)
		if err != nil {
			return nil, fmt.Errorf("compile pattern %d: %w", i, err)
		}
		s.verify = append(s.verify, n)
		s.needs = append(s.needs, s.alphabet.needOf(e))
	}
	s.plan.Store(newPlan(&s.alphabet, s.needs, []byte(typical)))
	return s, nil
}

// Scan appends to hits every hit in chunk, ordered by line and then by pattern.
// A last line without '\n' counts as a line.
func (s *Set) Scan(chunk []byte, hits []Hit) []Hit {
	var sc *scanner
	select {
	case sc = <-s.idle:
	default:
		sc = newScanner(s)
		s.live.Add(1)
	}
	sc.memory.limit = s.limit / int(s.live.Load())
	sc.follow(s.plan.Load())
	hits = sc.scan(chunk, hits)
	select {
	case s.idle <- sc:
	default:
		s.live.Add(-1)
		s.states.Add(-int64(sc.memory.used))
	}
	return hits
}

// Literals returns the texts that are looked for at present in place of pattern p:
// one of them is in every line that p holds for. There are none when p is tried on
// every line. A letter that may have either case is a small one; another class of
// bytes stands in brackets.
func (s *Set) Literals(p int) []string {
	return s.show(s.plan.Load().chosen[p])
}

func (s *Set) show(texts []int32) (out []string) {
	for _, t := range texts {
		out = append(out, s.alphabet.show(s.alphabet.texts[t]))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Required returns texts, ASCII in small letters, of which every line that e holds
// for has one in some case; none when there are no such texts. A Set looks for
// them, for more, for others, or for none, as the bytes it scans make it cheap.
func Required(e Expr) []string {
	var a alphabet
	n := a.needOf(e)
	if n == nil {
		return nil
	}
	c := newCensus(&a, []byte(typical))
	for _, shape := range slices.Backward(shapes[:]) {
		c.forShape(shape)
		texts, price := c.choose(n)
		if price >= impossible {
			continue
		}
		var out []string
		for _, t := range texts {
			plain := a.plain(a.texts[t])
			if len(plain) < minWindow {
				return nil
			}
			out = append(out, plain)
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	return nil
}

// Cost returns what pattern p has cost so far.
func (s *Set) Cost(p int) Cost {
	c := &s.costs[p]
	return Cost{c.candidates.Load(), c.verifications.Load(), c.matches.Load(), time.Duration(c.took.Load())}
}

// Memory returns about how many bytes the Set holds at present for texts, filter and
// states; Go's compiled expressions, of some 2 KiB each, are not among them. The
// states are given up, and made again as lines ask for them, before they exceed
// their limit of 7 MiB for all scans at a time together.
func (s *Set) Memory() int {
	scanner := sampleSize + 4*len(hits{}) + len(s.verify)*48 + len(s.leaves)*8
	return s.alphabet.size() + s.plan.Load().size() + int(s.live.Load())*scanner + int(s.states.Load())
}

// Fields adds to fields the named groups of the expressions of pattern p that
// match line; the first expression that sets a name wins.
func (s *Set) Fields(p int, line []byte, fields map[string]string) {
	s.fields(s.verify[p], line, fields)
}

// Holds reports whether pattern p holds for line, which carries no line end.
func (s *Set) Holds(p int, line []byte) bool {
	return s.verify[p].holds(line, s.matchPlain)
}

func (s *Set) matchPlain(leaf int, line []byte) bool { return s.leaves[leaf].match(line) }
