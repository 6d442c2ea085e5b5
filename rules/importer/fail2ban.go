package importer

import (
	"fmt"
	"regexp"
	"strings"
)

// Filter is a fail2ban filter whose variables have been put in. Tags such as
// <HOST> still stand in its expressions.
type Filter struct {
	Name        string
	Prefregex   string
	Failregex   []string
	Ignoreregex []string
	MaxLines    int

	jail jail
}

// The expressions that fail2ban's tags stand for, as in fail2ban's failregex.py,
// with one group for whatever the source is.
const (
	ip4  = `(?:\d{1,3}\.){3}\d{1,3}`
	ip6  = `(?:[0-9a-fA-F]{1,4}::?|:){1,7}(?:[0-9a-fA-F]{1,4}|:)`
	name = `[\w\-.^_]*\w`
	// stamp is any time that fail2ban cuts out of the line before it matches.
	stamp = `(?:<W>|t=|L )?\[?(?:<?@?[0-9a-f]{24}>?` +
		`|\d{10}(?:\.\d+)?` +
		`|(?:\d{4}[-/.:])?\d{1,2}[-/.:](?:\d{1,2}|[A-Z][a-z]{2})(?:[-/.:]\d{2,4})?(?: - |[ T:,/-]|\s+)\d{1,2}:?\d\d:?\d\d(?: ?[AP]M)?(?:[.,:]\d+)?(?:\s?Z|\s?[+-]\d\d:?\d\d)?` +
		`|(?:[A-Z]{3,4} )?(?:[A-Z][a-z]{2}\w*,? +)?(?:[A-Z][a-z]{2}\w*\.?|\d{1,2})[ -]+(?:\d{1,2}|[A-Z][a-z]{2})(?:-\d\d)?,? +(?:\d{4} +)?\d\d:\d\d:\d\d(?:[.,]\d+)?(?: [A-Z]{3,4})?(?: \d{4})?` +
		`|\d\d:\d\d:\d\d(?:[.,]\d+)?)\]?`
)

// tags are what stands for itself in an expression.
func tags() *strings.Replacer {
	return strings.NewReplacer(
		`<HOST>`, `\[?(?:::f{4,6}:)?(?P<source>`+ip4+`|`+ip6+`|`+name+`)\]?`,
		`<ADDR>`, `\[?(?:::f{4,6}:)?(?P<source>`+ip4+`|`+ip6+`)\]?`,
		`<SUBNET>`, `\[?(?:::f{4,6}:)?(?P<source>(?:`+ip4+`|`+ip6+`)(?:/\d+)?)\]?`,
		`<IP4>`, `(?:::f{4,6}:)?(?P<source>`+ip4+`)`,
		`<IP6>`, `(?P<source>`+ip6+`)`,
		`<DNS>`, `(?P<source>`+name+`)`,
		`<F-ID>`, `(?P<source>`, `</F-ID>`, `)`,
		`<F-USER>`, `(?P<user>`, `</F-USER>`, `)`,
		`<F-ALT_USER>`, `(?P<alt_user>`, `</F-ALT_USER>`, `)`,
		`<F-CONTENT>`, `(?P<content>`, `</F-CONTENT>`, `)`,
		`<F-NOFAIL>`, `(?P<nofail>`, `</F-NOFAIL>`, `)`,
		`<F-MLFID>`, `(?P<mlfid>`, `</F-MLFID>`, `)`,
		`<F-MLFFORGET>`, `(?P<mlfforget>`, `</F-MLFFORGET>`, `)`,
		`<F-MLFGAINED>`, `(?P<mlfgained>`, `</F-MLFGAINED>`, `)`,
	)
}

var otherTag = regexp.MustCompile(`</?F-[A-Z0-9_]+/?>|<SKIPLINES>`)

// Rule writes the filter as a rule that opens one incident per source.
func (f Filter) Rule() Result {
	var out Result
	if f.MaxLines > 1 {
		out.refuse("maxlines", "its expressions span %d lines; write a sequence", f.MaxLines)
		return out
	}
	replace := tags()
	before, after, err := f.prefix(replace)
	if err != nil {
		out.refuse("prefregex "+f.Prefregex, "%s; every expression of the filter stands on it", err)
		return out
	}
	r := rule{id: identifier("fail2ban-" + f.Name), severity: "warning", title: f.Name + ": attempts from {{ .source }}", key: []string{"source"}}
	for _, fail := range f.Failregex {
		expr, err := f.compose(replace.Replace(fail), before, after)
		if err != nil {
			out.refuse("failregex "+fail, "%s", err)
			continue
		}
		if !strings.Contains(expr, "(?P<source>") {
			out.note("failregex %s names no source, which fail2ban takes from an earlier line: its matches share one incident", fail)
		}
		r.match.any = append(r.match.any, clause{regex: expr})
	}
	for _, ignore := range f.Ignoreregex {
		expr, err := whole(replace.Replace(ignore))
		if err != nil {
			out.refuse("ignoreregex "+ignore, "%s; records that fail2ban would ignore open incidents", err)
			continue
		}
		r.match.not = append(r.match.not, clause{regex: expr})
	}
	if len(r.match.any) == 0 {
		out.refuse("filter "+f.Name, "no expression of it can be taken")
		return out
	}
	f.jail.take(&r, &out)
	var b strings.Builder
	fmt.Fprintf(&b, "# from the fail2ban filter %s\nrules:\n", identifier(f.Name))
	r.write(&b)
	out.YAML = []byte(b.String())
	return out
}

// prefix splits prefregex around the content that failregex is applied to.
func (f Filter) prefix(replace *strings.Replacer) (before, after string, err error) {
	if f.Prefregex == "" {
		return "", "", nil
	}
	expr, err := python(replace.Replace(f.Prefregex))
	if err != nil {
		return "", "", err
	}
	before, rest, ok := strings.Cut(expr, "(?P<content>")
	end := closing(rest)
	if !ok || end < 0 {
		return "", "", fmt.Errorf("it has no <F-CONTENT>")
	}
	return before, rest[end+1:], nil
}

// closing returns the index of the parenthesis that closes the group which s is
// the inside of, or -1.
func closing(s string) int {
	depth, class := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case class:
			class = c != ']'
		case c == '[':
			class = true
			if strings.HasPrefix(s[i+1:], "]") || strings.HasPrefix(s[i+1:], "^]") {
				i += strings.IndexByte(s[i:], ']')
			}
		case c == '(':
			depth++
		case c == ')':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return -1
}

// compose makes one expression over the whole record of a failregex.
func (f Filter) compose(fail, before, after string) (string, error) {
	if strings.Contains(fail, "(?P<nofail>") || strings.Contains(fail, "(?P<mlfgained>") {
		return "", fmt.Errorf("it is no failure by itself: it belongs to a session of several lines")
	}
	if tag := otherTag.FindString(fail); tag != "" {
		return "", fmt.Errorf("the tag %s has no counterpart here", tag)
	}
	text := before + fail + after
	if !strings.Contains(text, "(?P<source>") && !strings.Contains(text, "(?P<ip4>") && !strings.Contains(text, "(?P<mlfid>") {
		return "", fmt.Errorf("it names no source: it belongs to a session of several lines")
	}
	if before != "" {
		head, anchored := strings.CutPrefix(fail, "^")
		if !anchored {
			head = ".*?(?:" + head + ")"
		}
		if ended, ok := strings.CutSuffix(head, "$"); ok && !strings.HasSuffix(ended, `\`) && !alternates(ended) {
			head = ended
		} else {
			head += ".*?"
		}
		fail = before + "(?:" + head + ")" + after
	}
	return whole(fail)
}

// alternates reports whether an expression has a | outside of every group.
func alternates(expr string) bool {
	depth := 0
	for i := 0; i < len(expr); i++ {
		switch expr[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			if depth == 0 {
				return true
			}
		}
	}
	return false
}

// whole lets an expression that fail2ban applies to a line without its time match
// the line with it, and gives each of our fields to one group only.
func whole(expr string) (string, error) {
	for _, internal := range []string{"content", "mlfid", "mlfforget", "mlfgained", "ip6", "dns"} {
		expr = strings.ReplaceAll(expr, "(?P<"+internal+">", "(?:")
	}
	expr = strings.ReplaceAll(expr, "(?P<ip4>", "(?P<source>")
	expr = firstOnly(expr)
	expr, err := python(expr)
	if err != nil {
		return "", err
	}
	expr = strings.ReplaceAll(expr, `\[\]`, `\[(?:`+stamp+`)?\s*\]`)
	expr = strings.Replace(expr, "-  ", "- (?:"+stamp+")? ", 1) // what is left where a time was cut out
	if rest := strings.TrimLeft(expr, "^"); rest != expr {
		expr = `^(?:` + stamp + `)?` + rest
	}
	if len(expr) > 4096 {
		return "", fmt.Errorf("with the time of the line it has %d bytes, the limit is 4096", len(expr))
	}
	if _, err := regexp.Compile(expr); err != nil {
		return "", fmt.Errorf("RE2 does not take it: %w", err)
	}
	return expr, nil
}

var namedGroup = regexp.MustCompile(`\(\?P<([^>]+)>`)

// firstOnly keeps the first group of each name.
func firstOnly(expr string) string {
	seen := map[string]bool{}
	return namedGroup.ReplaceAllStringFunc(expr, func(g string) string {
		if seen[g] {
			return "(?:"
		}
		seen[g] = true
		return g
	})
}
