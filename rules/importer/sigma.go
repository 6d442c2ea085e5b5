package importer

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/thirdline/thirdline/rules/yamldoc"
)

// Sigma takes Sigma rules, one a document. Their selections are over fields of
// parsed events; the clauses that come of them look for the values anywhere in
// the record.
func Sigma(data []byte) Result {
	var out Result
	docs, err := yamldoc.Plain(data)
	if err != nil {
		out.refuse("file", "%s", err)
		return out
	}
	var b strings.Builder
	b.WriteString("# from Sigma\nrules:\n")
	taken := 0
	for n, doc := range docs {
		s := sigma{out: &out, doc: mapping(doc), part: fmt.Sprintf("document %d", n+1)}
		if title := text(s.doc["title"]); title != "" {
			s.part = "rule " + title
		}
		r, err := s.rule()
		if err != nil {
			out.refuse(s.part, "%s", err)
			continue
		}
		r.write(&b)
		taken++
	}
	if taken > 0 {
		out.YAML = []byte(b.String())
	}
	return out
}

// sigma is one rule on its way.
type sigma struct {
	out  *Result
	doc  map[string]any
	part string
}

func (s *sigma) rule() (*rule, error) {
	title := text(s.doc["title"])
	if title == "" {
		return nil, fmt.Errorf("it has no title")
	}
	detection := mapping(s.doc["detection"])
	condition := text(detection["condition"])
	if condition == "" {
		return nil, fmt.Errorf("it has no detection with one condition")
	}
	p := &logic{detection: detection, s: s, words: words.FindAllString(condition, -1)}
	match, err := p.either()
	if err == nil && len(p.words) > 0 {
		err = fmt.Errorf("its condition %q goes on with %q: what stands after | counts events, which the rule has to say as a condition over time", condition, p.words[0])
	}
	if err != nil {
		return nil, err
	}
	var from []string
	source := mapping(s.doc["logsource"])
	for _, k := range slices.Sorted(maps.Keys(source)) {
		from = append(from, k+" "+text(source[k]))
	}
	if len(from) > 0 {
		s.out.note("%s is about the log source %s: choose it with `sources:`", s.part, strings.Join(from, ", "))
	}
	severity := map[string]string{"informational": "info", "low": "info", "medium": "warning", "high": "error", "critical": "critical"}[text(s.doc["level"])]
	if severity == "" {
		severity = "warning"
	}
	return &rule{id: identifier("sigma-" + title), title: plainTitle(title), severity: severity, match: match}, nil
}

// plainTitle keeps a title from being a template.
func plainTitle(t string) string {
	return strings.NewReplacer("{{", "{ {", "}}", "} }").Replace(t)
}

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
		p.s.out.note("%s excludes by field; here a record is excluded that has the value anywhere", p.s.part)
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

// value makes a clause of a selection: a mapping of fields, or a list of mappings
// or of keywords.
func (s *sigma) value(v any) (clause, error) {
	switch v := v.(type) {
	case map[string]any:
		var parts []clause
		for _, field := range slices.Sorted(maps.Keys(v)) {
			c, err := s.field(field, v[field])
			if err != nil {
				return clause{}, err
			}
			parts = append(parts, c)
		}
		if len(parts) == 0 {
			return clause{}, fmt.Errorf("it selects nothing")
		}
		return join(parts, true), nil
	case []any:
		var parts []clause
		for _, item := range v {
			c, err := s.value(item)
			if err != nil {
				return clause{}, err
			}
			parts = append(parts, c)
		}
		if len(parts) == 0 {
			return clause{}, fmt.Errorf("it selects nothing")
		}
		return join(parts, false), nil
	}
	return keyword(text(v))
}

// field makes a clause of `name|modifiers: value or values`.
func (s *sigma) field(name string, v any) (clause, error) {
	name, modifiers, _ := strings.Cut(name, "|")
	every, regex := false, false
	for m := range strings.SplitSeq(modifiers, "|") {
		switch m {
		case "all":
			every = true
		case "re":
			regex = true
		case "", "contains", "startswith", "endswith":
		default:
			return clause{}, fmt.Errorf("the modifier %s of %s has no counterpart here", m, name)
		}
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	if name != "" {
		s.out.note("%s asks for values of the field %s; here they may stand anywhere in the record", s.part, name)
	}
	var parts []clause
	for _, item := range list {
		if item == nil {
			return clause{}, fmt.Errorf("it asks that the field %s is not there", name)
		}
		c, err := keyword(text(item))
		if regex {
			c, err = expression(text(item))
		}
		if err != nil {
			return clause{}, fmt.Errorf("%s: %w", name, err)
		}
		parts = append(parts, c)
	}
	if len(parts) == 0 {
		return clause{}, fmt.Errorf("%s has no values", name)
	}
	return join(parts, every), nil
}

// keyword looks for a text with Sigma's wildcards, in any case.
func keyword(s string) (clause, error) {
	var expr strings.Builder
	wild, literal := false, strings.Builder{}
	runes := []rune(strings.Trim(s, "*"))
	for i := 0; i < len(runes); i++ {
		switch c := runes[i]; {
		case c == '\\' && i+1 < len(runes) && strings.ContainsRune(`*?\`, runes[i+1]):
			i++
			expr.WriteString(regexp.QuoteMeta(string(runes[i])))
			literal.WriteRune(runes[i])
		case c == '*':
			wild = true
			expr.WriteString(".*")
		case c == '?':
			wild = true
			expr.WriteString(".")
		default:
			expr.WriteString(regexp.QuoteMeta(string(c)))
			literal.WriteRune(c)
		}
	}
	switch {
	case strings.TrimSpace(literal.String()) == "":
		return clause{}, fmt.Errorf("the value %q holds for every record", s)
	case wild:
		return clause{regex: expr.String(), fold: true}, nil
	}
	return clause{contains: literal.String(), fold: true}, nil
}

// expression makes a clause of a regular expression.
func expression(s string) (clause, error) {
	expr, err := python(s)
	if err == nil && expr == "" {
		err = fmt.Errorf("an empty expression holds for every record")
	}
	return clause{regex: expr}, err
}

// join combines clauses; one alone stays as it is.
func join(parts []clause, every bool) clause {
	if len(parts) == 1 {
		return parts[0]
	}
	if every {
		return clause{all: parts}
	}
	return clause{any: parts}
}

func mapping(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// text gives a scalar as it is written; "" for what is none.
func text(v any) string {
	switch v.(type) {
	case nil, map[string]any, []any:
		return ""
	}
	return fmt.Sprint(v)
}
