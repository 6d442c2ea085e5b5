package importer

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Sigma takes Sigma rules, one a document. Their selections are over fields of
// parsed events, and so are the clauses that come of them; keywords are looked for
// anywhere in the record.
func Sigma(data []byte) Result {
	var out Result
	rules := out.rulesOf(data, func(n int, doc map[string]any) (string, *rule, error) {
		s := sigma{out: &out, doc: doc, part: fmt.Sprintf("document %d", n)}
		if title := text(doc["title"]); title != "" {
			s.part = "rule " + title
		}
		r, err := s.rule()
		return s.part, r, err
	})
	if rules != "" {
		out.YAML = []byte("# from Sigma\nrules:\n" + rules)
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
	every, kind := false, ""
	for m := range strings.SplitSeq(modifiers, "|") {
		switch m {
		case "all":
			every = true
		case "re", "contains", "startswith", "endswith", "exists", "gt", "gte", "lt", "lte":
			kind = m
		case "":
		default:
			return clause{}, fmt.Errorf("the modifier %s of %s has no counterpart here", m, name)
		}
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	if name != "" {
		s.out.note("%s asks for the field %s: a record must have it under this name", s.part, name)
	}
	var parts []clause
	for _, item := range list {
		c, err := fieldIs(name, kind, item)
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

// fieldIs makes a clause of one value that a field is compared with. Without a name it
// is looked for in the whole record.
func fieldIs(name, kind string, item any) (clause, error) {
	value := text(item)
	switch {
	case name == "" && kind == "re":
		return expression(value)
	case name == "":
		return keyword(value)
	case item == nil:
		return ask(name, "exists", "false"), nil
	case kind == "exists":
		return ask(name, "exists", fmt.Sprint(value == "true")), nil
	case slices.Contains([]string{"gt", "gte", "lt", "lte"}, kind):
		if decimal(item) == "" {
			return clause{}, fmt.Errorf("%q is no number", value)
		}
		return ask(name, kind, decimal(item)), nil
	case kind == "re":
		c, err := expression(value)
		return clause{field: &fieldTest{name, "regex", []string{c.regex}}}, err
	case value != "" && strings.Trim(value, "*") == "":
		return ask(name, "exists", "true"), nil
	}
	expr, literal, wild := wildcards(value)
	if kind == "contains" && !wild && literal != "" {
		return ask(name, "contains", literal), nil
	}
	if kind == "" && !wild && !strings.HasPrefix(value, "*") && !strings.HasSuffix(value, "*") {
		return ask(name, "in", literal), nil
	}
	if kind != "contains" && kind != "endswith" && !strings.HasPrefix(value, "*") {
		expr = "^" + expr
	}
	if kind != "contains" && kind != "startswith" && !strings.HasSuffix(value, "*") {
		expr += "$"
	}
	if literal == "" {
		return clause{}, fmt.Errorf("the value %q holds for every record", value)
	}
	return ask(name, "regex", expr), nil
}

// wildcards reads a text with Sigma's wildcards: as an expression, and as the text
// that it is without them. Those at its ends are left out.
func wildcards(s string) (expr, literal string, wild bool) {
	var e, l strings.Builder
	runes := []rune(strings.Trim(s, "*"))
	for i := 0; i < len(runes); i++ {
		switch c := runes[i]; {
		case c == '\\' && i+1 < len(runes) && strings.ContainsRune(`*?\`, runes[i+1]):
			i++
			e.WriteString(regexp.QuoteMeta(string(runes[i])))
			l.WriteRune(runes[i])
		case c == '*':
			wild = true
			e.WriteString(".*")
		case c == '?':
			wild = true
			e.WriteString(".")
		default:
			e.WriteString(regexp.QuoteMeta(string(c)))
			l.WriteRune(c)
		}
	}
	return e.String(), l.String(), wild
}

// keyword looks for a text with Sigma's wildcards anywhere, in any case.
func keyword(s string) (clause, error) {
	expr, literal, wild := wildcards(s)
	switch {
	case strings.TrimSpace(literal) == "":
		return clause{}, fmt.Errorf("the value %q holds for every record", s)
	case wild:
		return clause{regex: expr, fold: true}, nil
	}
	return clause{contains: literal, fold: true}, nil
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
