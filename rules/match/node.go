package match

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// leaf is one test of a line: for a text, or for an expression.
type leaf struct {
	contains []byte // when re is nil
	re       *regexp.Regexp
	// source is an expression that matches the same lines; empty when there is none.
	source string
	named  bool
}

func (l *leaf) match(line []byte) bool {
	if l.re == nil {
		return bytes.Contains(line, l.contains)
	}
	return l.re.Match(line)
}

// node is a compiled Expr.
type node struct {
	leaves        []int // indexes of Set.leaves
	all, any, not []*node
}

func (s *Set) compile(e Expr) (*node, error) {
	n := &node{}
	if e.Contains != "" && !e.Fold {
		l := leaf{contains: []byte(e.Contains)}
		if utf8.ValidString(e.Contains) && !strings.ContainsRune(e.Contains, utf8.RuneError) {
			l.source = regexp.QuoteMeta(e.Contains)
		}
		s.add(n, l)
	} else if e.Contains != "" {
		if err := s.compileRegexp(n, "(?i)"+regexp.QuoteMeta(e.Contains), e.Contains); err != nil {
			return nil, err
		}
	}
	if e.Regexp != "" {
		source := e.Regexp
		if e.Fold {
			source = "(?i:" + source + ")"
		}
		if err := s.compileRegexp(n, source, e.Regexp); err != nil {
			return nil, err
		}
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

func (s *Set) compileRegexp(n *node, source, written string) error {
	re, err := regexp.Compile(source)
	var bad *syntax.Error
	if errors.As(err, &bad) && bad.Code == syntax.ErrInvalidRepeatSize {
		return fmt.Errorf("compile %q: %w: a count, and the product of nested ones, goes up to 1000", written, err)
	}
	if err != nil {
		return fmt.Errorf("compile %q: %w", written, err)
	}
	s.add(n, leaf{re: re, source: source, named: strings.Join(re.SubexpNames(), "") != ""})
	return nil
}

func (s *Set) add(n *node, l leaf) {
	n.leaves = append(n.leaves, len(s.leaves))
	s.leaves = append(s.leaves, l)
}

// holds asks match for the leaves, by their index.
func (n *node) holds(line []byte, match func(leaf int, line []byte) bool) bool {
	for _, l := range n.leaves {
		if !match(l, line) {
			return false
		}
	}
	for _, c := range n.all {
		if !c.holds(line, match) {
			return false
		}
	}
	if len(n.any) > 0 && !anyHolds(n.any, line, match) {
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
	leaves = append(leaves, n.leaves...)
	for _, subs := range [][]*node{n.all, n.any, n.not} {
		for _, c := range subs {
			leaves = c.appendLeaves(leaves)
		}
	}
	return leaves
}

func (s *Set) fields(n *node, line []byte, fields map[string]string) {
	for _, l := range n.leaves {
		if s.leaves[l].named {
			s.leaves[l].fields(line, fields)
		}
	}
	for _, c := range n.all {
		s.fields(c, line, fields)
	}
	for _, c := range n.any {
		if c.holds(line, s.matchPlain) {
			s.fields(c, line, fields)
		}
	}
}

func (l *leaf) fields(line []byte, fields map[string]string) {
	m := l.re.FindSubmatch(line)
	if m == nil {
		return
	}
	for i, name := range l.re.SubexpNames() {
		if _, set := fields[name]; name != "" && !set && m[i] != nil {
			fields[name] = string(m[i])
		}
	}
}
