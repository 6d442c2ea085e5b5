package match

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

const (
	maxProduct = 24 // literals in an exact set
	maxAnyOf   = 64 // literals that stand for one pattern
	minLiteral = 2  // shorter ones are on too many lines to help
)

// requiredOf returns ASCII-lowered literals, one of which is in every line that
// e holds for, or nil when there are none worth looking for.
func requiredOf(e Expr) []string {
	var best []string
	if e.Contains != "" {
		re := &syntax.Regexp{Op: syntax.OpLiteral, Rune: []rune(e.Contains)}
		if e.Fold {
			re.Flags = syntax.FoldCase
		}
		best = better(best, literalsOf(re))
	}
	if e.Regexp != "" {
		pattern := e.Regexp
		if e.Fold {
			pattern = "(?i:" + pattern + ")"
		}
		if re, err := syntax.Parse(pattern, syntax.Perl); err == nil {
			best = better(best, literalsOf(re.Simplify()))
		}
	}
	for _, sub := range e.All {
		best = better(best, requiredOf(sub))
	}
	var union []string
	for _, sub := range e.Any {
		r := requiredOf(sub)
		if len(r) == 0 {
			union = nil
			break
		}
		union = append(union, r...)
	}
	best = better(best, union)
	slices.Sort(best)
	return slices.Compact(best)
}

func literalsOf(re *syntax.Regexp) []string {
	i := analyse(re)
	return better(i.required, i.exact)
}

// info is what is known of an expression: exact lists all strings it can match
// (nil when not known), required one of which every match contains.
type info struct{ exact, required []string }

// score compares sets by their weakest literal; unusable ones score 0.
func score(set []string) int {
	if len(set) == 0 || len(set) > maxAnyOf {
		return 0
	}
	weakest := 1 << 20
	for _, s := range set {
		weakest = min(weakest, rarity(s))
	}
	return weakest*128 - len(set)
}

// rarity of a literal: longer is rarer, and digits, blanks and the punctuation
// of every log line count for less.
func rarity(s string) int {
	if len(s) < minLiteral {
		return 0
	}
	n := 0
	for i := range min(len(s), 12) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', c >= 0x80:
			n += 4
		case c == ' ', '0' <= c && c <= '9', c == ':', c == '.', c == '-', c == '/', c == '"':
			n++
		default:
			n += 2
		}
	}
	return n
}

// rarest returns the part of l of at most n bytes that scores best, the first of
// equals.
func rarest(l string, n int) string {
	best := l[:min(n, len(l))]
	for i := 1; i+n <= len(l); i++ {
		if rarity(l[i:i+n]) > rarity(best) {
			best = l[i : i+n]
		}
	}
	return best
}

func better(a, b []string) []string {
	if score(b) > score(a) {
		return b
	}
	if score(a) <= 0 {
		return nil
	}
	return a
}

func cross(a, b []string) []string {
	if len(a)*len(b) > maxProduct {
		return nil
	}
	out := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+y)
		}
	}
	return out
}

func analyse(re *syntax.Regexp) info {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText,
		syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return info{exact: []string{""}}
	case syntax.OpLiteral:
		return analyseLiteral(re)
	case syntax.OpCharClass:
		return analyseClass(re.Rune)
	case syntax.OpCapture:
		return analyse(re.Sub[0])
	case syntax.OpPlus:
		return info{required: literalsOf(re.Sub[0])}
	case syntax.OpRepeat:
		if re.Min >= 1 {
			return info{required: literalsOf(re.Sub[0])}
		}
	case syntax.OpQuest:
		if i := analyse(re.Sub[0]); i.exact != nil && len(i.exact) < maxProduct {
			return info{exact: append([]string{""}, i.exact...)}
		}
	case syntax.OpAlternate:
		return analyseAlternate(re.Sub)
	case syntax.OpConcat:
		return analyseConcat(re.Sub)
	}
	return info{}
}

// usable tells whether a rune stands for its own bytes only. U+FFFD also matches
// any invalid byte, and a line has no '\n'.
func usable(r rune) bool { return r != utf8.RuneError && r != '\n' && utf8.ValidRune(r) }

func lowered(r rune) string {
	if r < 0x80 {
		return string([]byte{lower(byte(r))})
	}
	return string(r)
}

func analyseLiteral(re *syntax.Regexp) info {
	parts := make([]info, 0, len(re.Rune))
	for _, r := range re.Rune {
		set := []string{lowered(r)}
		ok := usable(r)
		if re.Flags&syntax.FoldCase != 0 {
			// the orbit of k holds the Kelvin sign, that of s the long s
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				set = append(set, lowered(f))
				ok = ok && usable(f)
			}
		}
		if !ok {
			parts = append(parts, info{})
			continue
		}
		slices.Sort(set)
		parts = append(parts, info{exact: slices.Compact(set)})
	}
	return concat(parts)
}

func analyseClass(ranges []rune) info {
	var set []string
	count := 0
	for i := 0; i+1 < len(ranges); i += 2 {
		count += int(ranges[i+1]-ranges[i]) + 1
		if count > maxProduct {
			return info{}
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			if !usable(r) {
				return info{}
			}
			set = append(set, lowered(r))
		}
	}
	slices.Sort(set)
	return info{exact: slices.Compact(set)}
}

func analyseAlternate(subs []*syntax.Regexp) info {
	var out info
	exact, required := true, true
	for _, s := range subs {
		i := analyse(s)
		exact = exact && i.exact != nil
		out.exact = append(out.exact, i.exact...)
		l := better(i.required, i.exact)
		required = required && l != nil
		out.required = append(out.required, l...)
	}
	if !exact || len(out.exact) > maxProduct {
		out.exact = nil
	}
	if !required || len(out.required) > maxAnyOf {
		out.required = nil
	}
	return out
}

func analyseConcat(subs []*syntax.Regexp) info {
	parts := make([]info, 0, len(subs))
	for _, s := range subs {
		parts = append(parts, analyse(s))
	}
	return concat(parts)
}

// concat joins neighbours that are exact, and keeps the best run of them.
func concat(parts []info) info {
	var best []string
	run, exact := []string{""}, true
	for _, p := range parts {
		if p.exact != nil {
			if joined := cross(run, p.exact); joined != nil {
				run = joined
				continue
			}
			best = better(best, run)
			run, exact = p.exact, false
			continue
		}
		exact = false
		best = better(better(best, run), p.required)
		run = []string{""}
	}
	if exact {
		return info{exact: run}
	}
	return info{required: better(best, run)}
}

// Required returns the literals of which every line that satisfies e has one,
// folded to lower case where case does not matter; none when there is no such set.
func Required(e Expr) []string { return requiredOf(e) }
