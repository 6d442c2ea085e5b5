package importer

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

var words = regexp.MustCompile(`[()|]|[^\s()|]+`)

// logic reads `a and not (b or 1 of c*)` by recursive descent; words is what
// is left of it.
type logic struct {
	detection map[string]any
	s         *sigma
	words     []string
}

func (p *logic) next(word string) bool {
	if len(p.words) > 0 && strings.EqualFold(p.words[0], word) {
		p.words = p.words[1:]
		return true
	}
	return false
}

func (p *logic) either() (clause, error) {
	one, err := p.both()
	parts := []clause{one}
	for err == nil && p.next("or") {
		one, err = p.both()
		parts = append(parts, one)
	}
	return join(parts, false), err
}

func (p *logic) both() (clause, error) {
	one, err := p.single()
	parts := []clause{one}
	for err == nil && p.next("and") {
		one, err = p.single()
		parts = append(parts, one)
	}
	return join(parts, true), err
}

func (p *logic) single() (clause, error) {
	switch {
	case p.next("not"):
		c, err := p.single()
		return clause{not: []clause{c}}, err
	case p.next("("):
		c, err := p.either()
		if err == nil && !p.next(")") {
			err = fmt.Errorf("a parenthesis of its condition is not closed")
		}
		return c, err
	case len(p.words) == 0:
		return clause{}, fmt.Errorf("its condition ends too early")
	}
	name := p.words[0]
	p.words = p.words[1:]
	if p.next("of") {
		if len(p.words) == 0 {
			return clause{}, fmt.Errorf("its condition ends too early")
		}
		of := p.words[0]
		p.words = p.words[1:]
		return p.of(name, of)
	}
	return p.selection(name)
}

// of reads `1 of them`, `all of selection*`.
func (p *logic) of(count, pattern string) (clause, error) {
	if count != "1" && count != "any" && count != "all" {
		return clause{}, fmt.Errorf("its condition asks for %s of %s; only 1 and all can be said", count, pattern)
	}
	if pattern == "them" {
		pattern = "[^_]*"
	}
	var parts []clause
	for _, name := range slices.Sorted(maps.Keys(p.detection)) {
		if ok, err := path.Match(pattern, name); err != nil || !ok || name == "condition" || name == "timeframe" {
			continue
		}
		c, err := p.selection(name)
		if err != nil {
			return clause{}, err
		}
		parts = append(parts, c)
	}
	if len(parts) == 0 {
		return clause{}, fmt.Errorf("nothing is called %s", pattern)
	}
	return join(parts, count == "all"), nil
}

func (p *logic) selection(name string) (clause, error) {
	value, ok := p.detection[name]
	if !ok {
		return clause{}, fmt.Errorf("its condition names %q, which it does not define", name)
	}
	c, err := p.s.value(value)
	if err != nil {
		return c, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}
