package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/thirdline/thirdline/rules/yamldoc"
)

const (
	maxPattern = 4096 // bytes of one expression
	maxContext = 1000 // records before or after
)

var idShape = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,127}$`)

// checker looks for what is wrong with one rule that YAML cannot know.
type checker struct {
	d    *yamldoc.Document
	rule *Rule
	seen map[string]*Rule
	// known are the names that are not the rule's own.
	known Known
	bad   bool // a pattern does not compile: examples cannot be tried
}

func (c *checker) check() {
	c.identity()
	r := c.rule
	c.d.OneOf(r.Severity, "severity", severities()...)
	c.d.OneOf(r.Tier, "tier", tiers()...)
	c.d.OneOf(r.Mode, "mode", modes()...)
	c.globs(&r.Sources)
	c.overTime()
	for _, u := range r.Uses() {
		if u.written().Pos.Line > 0 {
			c.clause(u.written())
		}
	}
	c.context("before", r.Snapshot.Before)
	c.context("after", r.Snapshot.After)
	c.run()
	c.related()
	c.life()
	c.repeated(r.Key, "key")
	c.tests()
	c.exceptions(r.Exceptions)
	if !c.bad {
		c.names()
		c.examples()
	}
}

func (c *checker) identity() {
	id := c.rule.ID
	if id.Line == 0 {
		return
	}
	if !idShape.MatchString(id.Value) {
		c.d.Report(id.Pos, "bad-id", "use lower-case letters, digits, dots, dashes and underscores, at most 128", "%q cannot be a rule's id", id.Value)
		return
	}
	if first, ok := c.seen[id.Value]; ok {
		c.d.Report(id.Pos, "duplicate-id", "give this rule an id of its own", "rule %q stands here a second time; first at %s:%d", id.Value, first.File, first.ID.Line)
		return
	}
	c.seen[id.Value] = c.rule
}

// repeated reports a name that a list has twice.
func (c *checker) repeated(list []yamldoc.Text, what string) {
	seen := map[string]bool{}
	for _, t := range list {
		if seen[t.Value] && t.Value != "" {
			c.d.Report(t.Pos, "duplicate-value", "remove one of the two", "%q is in %s a second time", t.Value, what)
		}
		seen[t.Value] = true
	}
}

func severities() []string {
	return []string{string(Info), string(Warning), string(Error), string(Critical)}
}

func tiers() []string { return []string{string(L1), string(L2), string(L3)} }

func modes() []string { return []string{"live", observe} }

func (c *checker) context(name string, n *int) {
	if n != nil && (*n < 0 || *n > maxContext) {
		c.d.Report(c.rule.Pos, "bad-context", fmt.Sprintf("use 0 to %d", maxContext), "snapshot.%s is %d in rule %q", name, *n, c.rule.ID.Value)
	}
}

// clause checks one clause and those inside it.
func (c *checker) clause(k *Clause) {
	if k.Pos.Line == 0 || !k.resolved() {
		c.bad = true // reported where it was read
	}
	if k.Pos.Line == 0 {
		return
	}
	if len(k.Words())+len(k.Parts()) == 0 && k.Fields == nil && k.ContainsAny.Line+k.Where.Line+k.Glob.Line+k.Macro.Line == 0 {
		c.bad = true
		c.d.Report(k.Pos, "empty-clause", "give it contains, regex, glob, fields, where, all, any or not", "this clause asks for nothing, so every record would match")
	}
	if k.Regex.Value != "" {
		c.pattern(k.Regex)
	}
	c.contradictions(k)
	c.glob(k.Glob)
	for _, t := range k.Fields {
		c.fieldTest(t)
	}
	c.where(k.Where)
	for _, subs := range [][]Clause{k.All, k.Any, k.Not} {
		for i := range subs {
			c.clause(&subs[i])
		}
	}
}

func (c *checker) pattern(t yamldoc.Text) {
	if len(t.Value) > maxPattern {
		c.bad = true
		c.d.Report(t.Pos, "pattern-too-large", "split it with any:", "the expression has %d bytes, the limit is %d", len(t.Value), maxPattern)
		return
	}
	if at := openRepeat.FindString(t.Value); at != "" {
		c.bad = true
		c.d.Report(t.Pos, "open-repeat", "write {0"+at[1:], "RE2 takes %s literally, as the text %s", at, at)
		return
	}
	if _, err := regexp.Compile(t.Value); err != nil {
		c.bad = true
		c.d.Report(t.Pos, "bad-regex", remedy(t.Value, err.Error()), "%s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
}

var openRepeat = regexp.MustCompile(`\{,[0-9]+\}`)

// remedy says what stands in for a construct that RE2 has not, or else what the
// compiler's message asks for.
func remedy(pattern, message string) string {
	for _, c := range []struct{ has, say string }{
		{"(?=", "RE2 has no lookahead: match the text itself, or add a second clause under all:"},
		{"(?!", "RE2 has no negative lookahead: put what must not be there under not:"},
		{"(?<=", "RE2 has no lookbehind: match the text itself and take the part you want with (?P<name>...)"},
		{"(?<!", "RE2 has no negative lookbehind: put what must not be there under not:"},
		{"(?>", "RE2 has no atomic groups, and needs none: it never backtracks; write (?:...)"},
		{"(?P=", "RE2 has no backreferences"},
		{`\1`, "RE2 has no backreferences"},
		{"++", "RE2 has no possessive repeats, and needs none: write +"},
		{"*+", "RE2 has no possessive repeats, and needs none: write *"},
		{`\Z`, `write \z for the end of the text`},
	} {
		if strings.Contains(pattern, c.has) {
			return c.say
		}
	}
	for _, c := range []struct{ says, say string }{
		{"missing closing )", `close the parenthesis, or write \( for the character`},
		{"unexpected )", `open a parenthesis before it, or write \) for the character`},
		{"missing closing ]", `close the class, or write \[ for the character`},
		{"invalid repeat count", "a count, and the product of nested ones, goes up to 1000; the smaller one stands first"},
		{"nested repetition", `keep one of the two, or write \* or \+ for the character`},
		{"missing argument to repetition", `put what repeats before it, or write \* for the character; any text is .*`},
		{"invalid named capture", "write (?P<name>...), the name with letters, digits and underscores"},
		{"class range", `the smaller end stands first; a class of RE2 is such as \d, \pL or [[:alpha:]]`},
		{"unsupported Perl syntax", "RE2 has the flags i, m, s and U: (?i)text"},
	} {
		if strings.Contains(message, c.says) {
			return c.say
		}
	}
	return "expressions are RE2; put them in single quotes so that YAML leaves the backslashes alone"
}

// excepted reports whether an exception of the rule hides an example.
func (c *checker) excepted(e yamldoc.Text) bool {
	return slices.ContainsFunc(c.rule.Exceptions, func(x *Exception) bool {
		t, err := x.Tester()
		t.Format = c.rule.Examples.Format
		return err == nil && t.Holds([]byte(e.Value))
	})
}

func (c *checker) examples() {
	var testers []Tester
	for _, u := range c.rule.counted() {
		t, err := u.Clause.Tester()
		if err != nil {
			return // reported by pattern
		}
		t.Format = c.rule.Examples.Format
		testers = append(testers, t)
	}
	holds := func(e yamldoc.Text) bool {
		return slices.ContainsFunc(testers, func(t Tester) bool { return t.Holds([]byte(e.Value)) })
	}
	for _, e := range c.rule.Examples.Match {
		if !holds(e) {
			c.d.Report(e.Pos, "example", "change the clause or the example", "this example should match and does not")
		}
	}
	c.repeated(slices.Concat(c.rule.Examples.Match, c.rule.Examples.NoMatch), "the examples")
	for _, e := range c.rule.Examples.NoMatch {
		if holds(e) && !c.excepted(e) {
			c.d.Report(e.Pos, "example", "change the clause or the example", "this example should not match and does")
		}
	}
}
