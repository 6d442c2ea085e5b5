package rules

import (
	"reflect"
	"regexp/syntax"
	"strings"
)

// contradictions reports what makes a clause hold for every record, or for none.
func (c *checker) contradictions(k *Clause) {
	if k.Regex.Value != "" && alwaysMatches(k.Regex.Value) {
		c.d.Report(k.Regex.Pos, "matches-everything", "say what the record must have; for every record that is not empty write .", "%s matches every record", k.Regex.Value)
	}
	if k.Glob.Value != "" && strings.Trim(k.Glob.Value, "*") == "" {
		c.d.Report(k.Glob.Pos, "matches-everything", "say what the record must have", "%s is like every record", k.Glob.Value)
	}
	for _, list := range []struct {
		name string
		in   []Clause
	}{{"all", k.All}, {"any", k.Any}, {"not", k.Not}} {
		if list.in != nil && len(list.in) == 0 {
			c.d.Report(k.Pos, "empty-list", "put clauses into it, or leave the key out", "%s is an empty list", list.name)
		}
		c.duplicates(list.name, list.in)
	}
	for i := range k.Not {
		if n := &k.Not[i]; k.impliesText(n) {
			c.d.Report(n.Pos, "contradiction", "ask for something in not: that not every such record has", "every record that this clause asks for has what not: excludes")
		}
	}
}

// duplicates reports a clause that stands twice in a list.
func (c *checker) duplicates(list string, in []Clause) {
	seen := map[string]bool{}
	for i := range in {
		var text strings.Builder
		spell(&text, reflect.ValueOf(in[i]))
		if seen[text.String()] && text.Len() > 0 {
			c.d.Report(in[i].Pos, "duplicate-clause", "remove one of the two", "this clause stands in %s a second time", list)
		}
		seen[text.String()] = true
	}
}

// impliesText reports whether a text that n asks for, and nothing else, is in every
// record with the text that c asks for.
func (c *Clause) impliesText(n *Clause) bool {
	if n.Contains.Value == "" || len(n.Words()) != 1 || len(n.Parts()) > 0 || n.Macro.Line > 0 {
		return false
	}
	has, asks := c.Contains.Value, n.Contains.Value
	if n.IgnoreCase {
		has, asks = strings.ToLower(has), strings.ToLower(asks)
	}
	return strings.Contains(has, asks) && (!c.IgnoreCase || n.IgnoreCase)
}

// alwaysMatches reports whether an expression is found in every text, as .* is.
func alwaysMatches(pattern string) bool {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return false
	}
	return always(re.Simplify())
}

// always is alwaysMatches for the expressions that people write; it may not know.
func always(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpStar, syntax.OpQuest, syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine:
		return true
	case syntax.OpCapture, syntax.OpPlus:
		return always(re.Sub[0])
	case syntax.OpAlternate:
		for _, s := range re.Sub {
			if always(s) {
				return true
			}
		}
	case syntax.OpConcat:
		return alwaysInOrder(re.Sub)
	}
	return false
}

// alwaysInOrder takes ^ only at the beginning and $ only at the end, and both of them
// only around what matches everything.
func alwaysInOrder(parts []*syntax.Regexp) bool {
	begins := parts[0].Op == syntax.OpBeginText || parts[0].Op == syntax.OpBeginLine
	last := parts[len(parts)-1]
	ends := last.Op == syntax.OpEndText || last.Op == syntax.OpEndLine
	if begins && ends && len(parts) == 2 {
		return false // the empty text alone
	}
	for i, p := range parts {
		anchor := i == 0 && begins || i == len(parts)-1 && ends
		switch {
		case anchor:
		case p.Op == syntax.OpStar && (p.Sub[0].Op == syntax.OpAnyChar || p.Sub[0].Op == syntax.OpAnyCharNotNL):
		case begins && ends, isAnchor(p), !always(p):
			return false
		}
	}
	return true
}

func isAnchor(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return true
	}
	return false
}
