package rules

import (
	"bytes"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/thirdline/thirdline/rules/field"
	"github.com/thirdline/thirdline/rules/match"
	"github.com/thirdline/thirdline/rules/where"
)

// fieldPredicate is a fieldTest ready to be asked.
type fieldPredicate struct {
	name      string
	absent    bool
	values    []value // one of them, where there are any
	low, high float64
	bounded   bool
	open      [2]bool // low and high do not belong to the range
	contains  []byte
	texts     []*regexp.Regexp
}

// value is what a field may be.
type value struct {
	text   []byte
	fold   bool
	number float64
	isNum  bool
}

func (t *fieldTest) compile(fold bool) (fieldPredicate, error) {
	p := fieldPredicate{name: t.Name, absent: t.Exists != nil && !*t.Exists, low: math.Inf(-1), high: math.Inf(1)}
	for _, v := range t.values() {
		n, isNum := exactNumber([]byte(v))
		p.values = append(p.values, value{[]byte(v), fold, n, isNum})
	}
	low, high, _ := t.bounds()
	if low != nil {
		p.low, p.bounded, p.open[0] = *low, true, low == t.GT
	}
	if high != nil {
		p.high, p.bounded, p.open[1] = *high, true, high == t.LT
	}
	var patterns []string
	if t.Regex.Value != "" {
		patterns = append(patterns, t.Regex.Value)
	}
	if t.Glob.Value != "" {
		glob, err := globPattern(t.Glob.Value)
		if err != nil {
			return p, err
		}
		patterns = append(patterns, glob)
	}
	if fold && t.Contains.Value != "" {
		patterns = append(patterns, regexp.QuoteMeta(t.Contains.Value))
	} else {
		p.contains = []byte(t.Contains.Value)
	}
	for _, text := range patterns {
		re, err := compileFolded(text, fold)
		if err != nil {
			return p, err
		}
		p.texts = append(p.texts, re)
	}
	return p, nil
}

func (t *fieldTest) values() []string {
	values := t.In.texts()
	if t.Eq.Line > 0 {
		values = append(values, t.Eq.Value)
	}
	return values
}

// exactNumber is [field.Number] for values that are compared for equality: one with
// an exponent is a text, so that the digits of a number stand in every record that
// has it.
func exactNumber(v []byte) (float64, bool) {
	if bytes.ContainsAny(v, "eE") {
		return 0, false
	}
	return field.Number(v)
}

func (v *value) is(got []byte) bool {
	if bytes.Equal(v.text, got) || v.fold && bytes.EqualFold(v.text, got) {
		return true
	}
	if !v.isNum {
		return false
	}
	n, ok := exactNumber(got)
	return ok && n == v.number
}

func (p *fieldPredicate) holds(fields *field.Fields) bool {
	got, there := fields.Value(p.name)
	if !there || p.absent {
		return there != p.absent
	}
	if len(p.values) > 0 && !slices.ContainsFunc(p.values, func(v value) bool { return v.is(got) }) {
		return false
	}
	if p.bounded && !p.within(got) {
		return false
	}
	if !bytes.Contains(got, p.contains) {
		return false
	}
	return !slices.ContainsFunc(p.texts, func(re *regexp.Regexp) bool { return !re.Match(got) })
}

func (p *fieldPredicate) within(got []byte) bool {
	n, ok := field.Number(got)
	return ok && (n > p.low || n == p.low && !p.open[0]) && (n < p.high || n == p.high && !p.open[1])
}

// need returns what every record has in which the field is as asked.
func (t *fieldTest) need(fold bool) match.Expr {
	var out match.Expr
	if field.Computed(t.Name) {
		return out
	}
	for _, texts := range [][]string{t.In.texts(), {t.Eq.Value}, {t.Contains.Value}} {
		digits := make([]string, len(texts))
		for i, text := range texts {
			digits[i] = digitsOf(text)
		}
		if len(texts) > 0 && texts[0] != "" {
			out.All = append(out.All, where.Values(digits, fold))
		}
	}
	if t.Regex.Value != "" {
		required := match.Required(match.Expr{Regexp: t.Regex.Value, Fold: fold})
		for i, text := range required { // what stands in brackets is a class
			required[i], _, _ = strings.Cut(text, "[")
		}
		if !slices.ContainsFunc(required, func(l string) bool { return field.Literal(l) != l }) {
			out.All = append(out.All, where.Values(required, true))
		}
	}
	return out
}

// digitsOf returns what stands in every way to write the number that text is; a text
// that is none is returned as it is.
func digitsOf(text string) string {
	if _, ok := exactNumber([]byte(text)); !ok {
		return text
	}
	text = strings.TrimLeft(text, "+-0")
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text
}
