package match

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// need is what every line has that a pattern holds for: one of texts, what each
// of all says, and what one of any says.
type need struct {
	texts    []int32
	all, any []*need
}

// needOf returns nil when nothing is known.
func (a *alphabet) needOf(e Expr) *need {
	var all []*need
	if e.Contains != "" && !e.Fold {
		all = append(all, a.list([]text{textOf(e.Contains)}))
	} else if e.Contains != "" {
		all = append(all, a.need(a.literal([]rune(e.Contains), true)))
	}
	if e.Regexp != "" {
		pattern := e.Regexp
		if e.Fold {
			pattern = "(?i:" + pattern + ")"
		}
		if re, err := syntax.Parse(pattern, syntax.Perl); err == nil {
			all = append(all, a.need(a.analyse(re.Simplify())))
		}
	}
	for _, sub := range e.All {
		all = append(all, a.needOf(sub))
	}
	if len(e.Any) > 0 {
		either := make([]*need, 0, len(e.Any))
		for _, sub := range e.Any {
			either = append(either, a.needOf(sub))
		}
		all = append(all, anyOf(either))
	}
	return allOf(all)
}

// list returns nil for texts of which one is too short to be worth looking for.
func (a *alphabet) list(texts []text) *need {
	if len(texts) == 0 || slices.ContainsFunc(texts, func(t text) bool { return len(t) < minWindow }) {
		return nil
	}
	n := &need{}
	for _, t := range texts {
		n.texts = append(n.texts, a.id(t))
	}
	return n
}

func allOf(needs []*need) *need {
	needs = slices.DeleteFunc(needs, func(n *need) bool { return n == nil })
	switch len(needs) {
	case 0:
		return nil
	case 1:
		return needs[0]
	}
	return &need{all: needs}
}

func anyOf(needs []*need) *need {
	if slices.Contains(needs, nil) {
		return nil
	}
	return &need{any: needs}
}

// info is what is known of an expression. exact lists the texts that a match can
// be; when it is nil, head and tail list those with which a match begins and
// ends, and inner says what else is in it.
type info struct {
	exact      []text
	head, tail []text
	inner      []*need
}

var nothing = []text{{}}

// gap is what is known of an expression of which nothing is.
func gap() info { return info{head: nothing, tail: nothing} }

// open turns what is known exactly into a head and a tail.
func (i info) open() info {
	if i.exact == nil {
		return i
	}
	return info{head: i.exact, tail: i.exact}
}

func (a *alphabet) need(i info) *need {
	if i.exact != nil {
		return a.list(i.exact)
	}
	return allOf(append(slices.Clone(i.inner), a.list(i.head), a.list(i.tail)))
}

func (a *alphabet) analyse(re *syntax.Regexp) info {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText,
		syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return info{exact: nothing}
	case syntax.OpLiteral:
		return a.literal(re.Rune, re.Flags&syntax.FoldCase != 0)
	case syntax.OpCharClass:
		return a.charClass(re.Rune)
	case syntax.OpCapture:
		return a.analyse(re.Sub[0])
	case syntax.OpPlus:
		return a.analyse(re.Sub[0]).open()
	case syntax.OpQuest:
		if i := a.analyse(re.Sub[0]); i.exact != nil && len(i.exact) < maxTexts {
			return info{exact: append(slices.Clone(nothing), i.exact...)}
		}
	case syntax.OpAlternate:
		return a.alternate(re.Sub)
	case syntax.OpConcat:
		out := info{exact: nothing}
		for _, s := range re.Sub {
			out = a.join(out, a.analyse(s))
		}
		return out
	}
	return gap()
}

func (a *alphabet) literal(runes []rune, fold bool) info {
	out := info{exact: nothing}
	for _, r := range runes {
		orbit := []rune{r}
		if fold { // the orbit of k holds the Kelvin sign, that of s the long s
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				orbit = append(orbit, f)
			}
		}
		next := gap()
		if texts := a.oneOf(orbit); texts != nil {
			next = info{exact: texts}
		}
		if len(out.open().tail)*len(next.open().head) > maxFolds {
			out = a.cut(out)
		}
		out = a.join(out, next)
	}
	return out
}

// cut returns what is known of x when nothing may be joined to its end.
func (a *alphabet) cut(x info) info { return a.join(x, gap()) }

func (a *alphabet) charClass(ranges []rune) info {
	var runes []rune
	for i := 0; i+1 < len(ranges); i += 2 {
		if int(ranges[i+1]-ranges[i]) > utf8.RuneSelf {
			return gap()
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			if r != '\n' {
				runes = append(runes, r)
			}
		}
		if len(runes) > utf8.RuneSelf+maxTexts {
			return gap()
		}
	}
	if texts := a.oneOf(runes); len(texts) > 0 {
		return info{exact: texts}
	}
	return gap()
}

func (a *alphabet) alternate(subs []*syntax.Regexp) info {
	var exact, head, tail []text
	var needs []*need
	allExact := true
	for _, s := range subs {
		i := a.analyse(s)
		allExact = allExact && i.exact != nil
		exact = append(exact, i.exact...)
		needs = append(needs, a.need(i))
		i = i.open()
		head, tail = append(head, i.head...), append(tail, i.tail...)
	}
	if allExact && len(exact) <= maxTexts {
		return info{exact: exact}
	}
	out := gap()
	if len(head) <= maxTexts {
		out.head = head
	}
	if len(tail) <= maxTexts {
		out.tail = tail
	}
	if n := anyOf(needs); n != nil {
		out.inner = []*need{n}
	}
	return out
}

// join returns what is known of x followed by y. A run of texts that is still at
// an end of it is told when it is complete.
func (a *alphabet) join(x, y info) info {
	if x.exact != nil && y.exact != nil {
		if both := cross(x.exact, y.exact); both != nil {
			return info{exact: both}
		}
	}
	left, right := x.open(), y.open()
	out := info{head: left.head, tail: right.tail, inner: slices.Concat(left.inner, right.inner)}
	middle := [][]text{cross(left.tail, right.head)}
	if middle[0] == nil {
		middle = [][]text{left.tail, right.head}
	} else if x.exact != nil {
		out.head = middle[0]
	} else if y.exact != nil {
		out.tail = middle[0]
	}
	for i, texts := range middle {
		ends := i == 0 && x.exact != nil || i == len(middle)-1 && y.exact != nil
		if n := a.list(texts); n != nil && !ends {
			out.inner = append(out.inner, n)
		}
	}
	return out
}
