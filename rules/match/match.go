// Package match finds, in chunks of log bytes, every (line, pattern) pair of
// many patterns in one pass.
//
// The result is exactly that of trying each pattern on each line with Go's
// regexp; the work is not. Every pattern is reduced to literals one of which is
// in each of its matches; one automaton looks for all of them on the raw chunk,
// and only the lines it points at are cut out and verified. Patterns without
// such a literal, and those whose literals turn out common, share one pass over
// every line. Both passes and the verification are deterministic automata; those
// of expressions are built as lines ask for them, in bounded memory, and where
// they do not pay package regexp decides.
//
// A line ends at '\n'; one '\r' before it does not belong to the line.
package match

import (
	"bytes"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
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

// Set is a compiled list of patterns. It is immutable but for its counts, and safe
// for concurrent use.
type Set struct {
	verify   []*node
	leaves   []*regexp.Regexp // the expressions, in the order of the nodes
	auto     *automaton
	required [][]string // pattern -> literals, nil when none stand for it
	users    [][]int32  // literal -> patterns
	everyone []int32    // patterns that no literal stands for
	costs    []counts
	limit    int           // bytes of states a scanner may hold
	idle     chan *scanner // those that no Scan uses
}

// Cost is what a pattern has cost since New.
type Cost struct {
	// Candidates are the lines that one of the pattern's literals pointed at,
	// Verifications the lines it was decided on, Matches those it holds for.
	Candidates, Verifications, Matches uint64
}

type counts struct{ candidates, verifications, matches atomic.Uint64 }

const (
	maxStates = 6 << 20 // bytes of states that a scanner may hold
	maxTable  = 8 << 20 // bytes of the literals' automaton
)

// New compiles the patterns. The error names the expression that does not compile.
func New(exprs []Expr) (*Set, error) {
	s := &Set{costs: make([]counts, len(exprs)), limit: maxStates, idle: make(chan *scanner, runtime.GOMAXPROCS(0))}
	for i, e := range exprs {
		n, err := s.compile(e)
		if err != nil {
			return nil, fmt.Errorf("compile pattern %d: %w", i, err)
		}
		s.verify = append(s.verify, n)
		s.required = append(s.required, requiredOf(e))
	}
	for _, longest := range []int{10, 6, 4, 3, 2, 0} {
		if s.assign(longest) {
			break
		}
	}
	return s, nil
}

// assign gives every pattern its literals, cut to at most longest bytes, and
// reports whether their automaton is small enough. Without literals it is.
func (s *Set) assign(longest int) bool {
	index := map[string]int{}
	var literals []string
	s.users, s.everyone = nil, nil
	size := 0
	for p, required := range s.required {
		if len(required) == 0 || longest == 0 {
			s.required[p] = nil
			s.everyone = append(s.everyone, int32(p))
			continue
		}
		cut := make([]string, 0, len(required))
		for _, l := range required {
			cut = append(cut, rarest(l, longest))
		}
		slices.Sort(cut)
		s.required[p] = slices.Compact(cut)
		for _, l := range s.required[p] {
			at, ok := index[l]
			if !ok {
				at = len(literals)
				index[l] = at
				literals = append(literals, l)
				s.users = append(s.users, nil)
				size += len(l)
			}
			s.users[at] = append(s.users[at], int32(p))
		}
	}
	if size*4*classes(literals) > maxTable {
		return false
	}
	s.auto = newAutomaton(literals)
	return true
}

// Scan appends to hits every hit in chunk, ordered by line and then by pattern.
// A last line without '\n' counts as a line.
func (s *Set) Scan(chunk []byte, hits []Hit) []Hit {
	var sc *scanner
	select {
	case sc = <-s.idle:
	default:
		sc = newScanner(s)
	}
	hits = sc.scan(chunk, hits)
	select {
	case s.idle <- sc:
	default:
	}
	return hits
}

// Literals returns the texts, ASCII in lower case, one of which is in every line
// that pattern p holds for; none when the pattern has to be tried on every line.
func (s *Set) Literals(p int) []string { return slices.Clone(s.required[p]) }

// Cost returns what pattern p has cost so far.
func (s *Set) Cost(p int) Cost {
	c := &s.costs[p]
	return Cost{c.candidates.Load(), c.verifications.Load(), c.matches.Load()}
}

// Fields adds to fields the named groups of the expressions of pattern p that
// match line; the first expression that sets a name wins.
func (s *Set) Fields(p int, line []byte, fields map[string]string) {
	s.verify[p].fields(line, s.matchPlain, fields)
}

// Holds reports whether pattern p holds for line, which carries no line end.
func (s *Set) Holds(p int, line []byte) bool {
	return s.verify[p].holds(line, s.matchPlain)
}

func (s *Set) matchPlain(leaf int, line []byte) bool { return s.leaves[leaf].Match(line) }

// node is a compiled Expr.
type node struct {
	contains      []byte
	re            *regexp.Regexp
	leaf          int // the index of re in Set.leaves
	named         bool
	all, any, not []*node
}

func (s *Set) compile(e Expr) (*node, error) {
	n := &node{}
	pattern := e.Regexp
	if e.Fold && pattern != "" {
		pattern = "(?i:" + pattern + ")"
	}
	if e.Contains != "" && !e.Fold {
		n.contains = []byte(e.Contains)
	} else if e.Contains != "" {
		folded, err := s.compile(Expr{Regexp: "(?i)" + regexp.QuoteMeta(e.Contains)})
		if err != nil {
			return nil, err
		}
		n.all = append(n.all, folded)
	}
	if pattern != "" {
		re, err := regexp.Compile(pattern)
		if err != nil {
			return nil, fmt.Errorf("compile %q: %w", e.Regexp, err)
		}
		n.re, n.leaf = re, len(s.leaves)
		s.leaves = append(s.leaves, re)
		n.named = strings.Join(re.SubexpNames(), "") != ""
	}
	for _, part := range []struct {
		from []Expr
		to   *[]*node
	}{{e.All, &n.all}, {e.Any, &n.any}, {e.Not, &n.not}} {
		for _, sub := range part.from {
			c, err := s.compile(sub)
			if err != nil {
				return nil, err
			}
			*part.to = append(*part.to, c)
		}
	}
	return n, nil
}

// holds asks match for the expressions, by their leaf.
func (n *node) holds(line []byte, match func(leaf int, line []byte) bool) bool {
	if n.contains != nil && !bytes.Contains(line, n.contains) {
		return false
	}
	for _, c := range n.all {
		if !c.holds(line, match) {
			return false
		}
	}
	if len(n.any) > 0 && !anyHolds(n.any, line, match) {
		return false
	}
	if n.re != nil && !match(n.leaf, line) {
		return false
	}
	return !anyHolds(n.not, line, match)
}

func anyHolds(nodes []*node, line []byte, match func(int, []byte) bool) bool {
	for _, c := range nodes {
		if c.holds(line, match) {
			return true
		}
	}
	return false
}

func (n *node) appendLeaves(leaves []int) []int {
	if n.re != nil {
		leaves = append(leaves, n.leaf)
	}
	for _, subs := range [][]*node{n.all, n.any, n.not} {
		for _, c := range subs {
			leaves = c.appendLeaves(leaves)
		}
	}
	return leaves
}

func (n *node) fields(line []byte, match func(int, []byte) bool, fields map[string]string) {
	if n.named {
		if m := n.re.FindSubmatch(line); m != nil {
			for i, name := range n.re.SubexpNames() {
				if _, set := fields[name]; name != "" && !set && m[i] != nil {
					fields[name] = string(m[i])
				}
			}
		}
	}
	for _, c := range n.all {
		c.fields(line, match, fields)
	}
	for _, c := range n.any {
		if c.holds(line, match) {
			c.fields(line, match, fields)
		}
	}
}
