// Package match finds, in chunks of log bytes, every (line, pattern) pair of
// many patterns in one pass.
//
// The result is exactly that of trying each pattern on each line with Go's
// regexp; the work is not. Every pattern is reduced to literals one of which is
// in each of its matches; one automaton looks for all of them on the raw chunk,
// and only the lines it points at are cut out and verified. Patterns without
// such a literal are tried on every line.
//
// A line ends at '\n'; one '\r' before it does not belong to the line.
package match

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
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

// Set is a compiled list of patterns. It is immutable and safe for concurrent use.
type Set struct {
	verify   []*node
	auto     *automaton
	users    [][]int32 // literal -> patterns
	everyone []int32   // patterns that no literal stands for
}

// New compiles the patterns. The error names the expression that does not compile.
func New(exprs []Expr) (*Set, error) {
	s := &Set{}
	index := map[string]int{}
	var literals []string
	for i, e := range exprs {
		n, err := compile(e)
		if err != nil {
			return nil, fmt.Errorf("compile pattern %d: %w", i, err)
		}
		s.verify = append(s.verify, n)
		required := requiredOf(e)
		if len(required) == 0 {
			s.everyone = append(s.everyone, int32(i))
		}
		for _, l := range required {
			at, ok := index[l]
			if !ok {
				at = len(literals)
				index[l] = at
				literals = append(literals, l)
				s.users = append(s.users, nil)
			}
			s.users[at] = append(s.users[at], int32(i))
		}
	}
	s.auto = newAutomaton(literals)
	return s, nil
}

// Scan appends to hits every hit in chunk, ordered by line and then by pattern.
// A last line without '\n' counts as a line.
func (s *Set) Scan(chunk []byte, hits []Hit) []Hit {
	first := len(hits)
	if len(s.users) > 0 {
		hits = s.scanLiterals(chunk, hits)
	}
	if len(s.everyone) > 0 {
		hits = s.scanEvery(chunk, hits)
	}
	found := hits[first:]
	slices.SortFunc(found, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Pattern, b.Pattern))
	})
	return hits
}

func (s *Set) scanLiterals(chunk []byte, hits []Hit) []Hit {
	var tried map[int32]struct{}
	start, end := 0, -1
	s.auto.scan(chunk, func(pos int, literals []int32) {
		if pos > end { // a new line
			start = bytes.LastIndexByte(chunk[:pos], '\n') + 1
			end = len(chunk)
			if i := bytes.IndexByte(chunk[pos:], '\n'); i >= 0 {
				end = pos + i
			}
			clear(tried)
		}
		for _, l := range literals {
			for _, p := range s.users[l] {
				if _, done := tried[p]; done {
					continue
				}
				if tried == nil {
					tried = map[int32]struct{}{}
				}
				tried[p] = struct{}{}
				hits = s.try(int(p), chunk, start, end, hits)
			}
		}
	})
	return hits
}

func (s *Set) scanEvery(chunk []byte, hits []Hit) []Hit {
	for start := 0; start < len(chunk); {
		end := len(chunk)
		if i := bytes.IndexByte(chunk[start:], '\n'); i >= 0 {
			end = start + i
		}
		for _, p := range s.everyone {
			hits = s.try(int(p), chunk, start, end, hits)
		}
		start = end + 1
	}
	return hits
}

func (s *Set) try(p int, chunk []byte, start, end int, hits []Hit) []Hit {
	if end > start && chunk[end-1] == '\r' {
		end--
	}
	if s.verify[p].holds(chunk[start:end]) {
		hits = append(hits, Hit{Pattern: p, Start: start, End: end})
	}
	return hits
}

// Fields adds to fields the named groups of the expressions of pattern p that
// match line; the first expression that sets a name wins.
func (s *Set) Fields(p int, line []byte, fields map[string]string) {
	s.verify[p].fields(line, fields)
}

// Holds reports whether pattern p holds for line, which carries no line end.
func (s *Set) Holds(p int, line []byte) bool { return s.verify[p].holds(line) }

// node is a compiled Expr.
type node struct {
	contains      []byte
	re            *regexp.Regexp
	named         bool
	all, any, not []*node
}

func compile(e Expr) (*node, error) {
	n := &node{}
	pattern := e.Regexp
	if e.Fold && pattern != "" {
		pattern = "(?i:" + pattern + ")"
	}
	if e.Contains != "" && !e.Fold {
		n.contains = []byte(e.Contains)
	} else if e.Contains != "" {
		folded, err := compile(Expr{Regexp: "(?i)" + regexp.QuoteMeta(e.Contains)})
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
		n.re = re
		n.named = strings.Join(re.SubexpNames(), "") != ""
	}
	for _, part := range []struct {
		from []Expr
		to   *[]*node
	}{{e.All, &n.all}, {e.Any, &n.any}, {e.Not, &n.not}} {
		for _, sub := range part.from {
			c, err := compile(sub)
			if err != nil {
				return nil, err
			}
			*part.to = append(*part.to, c)
		}
	}
	return n, nil
}

func (n *node) holds(line []byte) bool {
	if n.contains != nil && !bytes.Contains(line, n.contains) {
		return false
	}
	for _, c := range n.all {
		if !c.holds(line) {
			return false
		}
	}
	if len(n.any) > 0 && !slices.ContainsFunc(n.any, func(c *node) bool { return c.holds(line) }) {
		return false
	}
	if n.re != nil && !n.re.Match(line) {
		return false
	}
	return !slices.ContainsFunc(n.not, func(c *node) bool { return c.holds(line) })
}

func (n *node) fields(line []byte, fields map[string]string) {
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
		c.fields(line, fields)
	}
	for _, c := range n.any {
		if c.holds(line) {
			c.fields(line, fields)
		}
	}
}
