package importer

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// queries makes a clause of a list of Elasticsearch queries that must all hold.
func (e *elastalert) queries(v any) (clause, error) {
	var parts []clause
	for _, q := range list(v) {
		c, err := e.query(mapping(q))
		if err != nil {
			return clause{}, err
		}
		parts = append(parts, c)
	}
	if len(parts) == 0 {
		return clause{}, fmt.Errorf("it asks for nothing, so every record would match")
	}
	return join(parts, true), nil
}

func (e *elastalert) query(q map[string]any) (clause, error) {
	if len(q) != 1 {
		return clause{}, fmt.Errorf("a query of it is not one mapping with one key")
	}
	kind := slices.Collect(maps.Keys(q))[0]
	body := mapping(q[kind])
	switch kind {
	case "query":
		return e.query(body)
	case "query_string":
		return e.queryString(text(body["query"]))
	case "term", "match", "match_phrase", "terms", "wildcard", "prefix", "regexp", "range", "exists":
		return e.fields(kind, body)
	case "bool":
		return e.boolean(body)
	}
	return clause{}, fmt.Errorf("the query %s has no counterpart here", kind)
}

// fields makes a clause of a query that names fields.
func (e *elastalert) fields(kind string, body map[string]any) (clause, error) {
	var parts []clause
	for _, field := range slices.Sorted(maps.Keys(body)) {
		var c clause
		var err error
		switch value := body[field]; {
		case field == "boost":
			continue
		case kind == "exists":
			c = ask(text(value), "exists", "true")
		case kind == "range":
			c, err = e.between(field, mapping(value))
		default:
			c, err = e.oneOf(kind, field, value)
		}
		if err != nil {
			return clause{}, fmt.Errorf("%s %s: %w", kind, field, err)
		}
		parts = append(parts, c)
	}
	if len(parts) == 0 {
		return clause{}, fmt.Errorf("%s names no field", kind)
	}
	return join(parts, true), nil
}

// oneOf makes a clause of the values of which a field must have one.
func (e *elastalert) oneOf(kind, field string, value any) (clause, error) {
	if m := mapping(value); m != nil {
		value = m["value"]
		if value == nil {
			value = m["query"]
		}
	}
	as := map[string]string{"match": "contains", "match_phrase": "contains", "prefix": "startswith", "regexp": "re"}[kind]
	var any []clause
	for _, v := range list(value) {
		if kind == "regexp" && !isText(field) {
			v = "^(?:" + text(v) + ")$"
		}
		c, err := fieldIs(e.named(field), as, v)
		if err != nil {
			return clause{}, err
		}
		any = append(any, c)
	}
	if len(any) == 0 {
		return clause{}, fmt.Errorf("it has no value")
	}
	return join(any, false), nil
}

// between makes a clause of a range.
func (e *elastalert) between(field string, bounds map[string]any) (clause, error) {
	var parts []clause
	for _, k := range slices.Sorted(maps.Keys(bounds)) {
		if isText(field) || !slices.Contains([]string{"gt", "gte", "lt", "lte"}, k) {
			return clause{}, fmt.Errorf("%s has no counterpart here", k)
		}
		c, err := fieldIs(e.named(field), k, bounds[k])
		if err != nil {
			return clause{}, err
		}
		parts = append(parts, c)
	}
	if len(parts) == 0 {
		return clause{}, fmt.Errorf("it has no bounds")
	}
	return join(parts, true), nil
}

// named returns the field of a record; none for the text of the whole.
func (e *elastalert) named(name string) string {
	if isText(name) {
		return ""
	}
	e.out.note("it asks for the field %s: a record must have it under this name", name)
	return name
}

// isText reports whether a field has the whole text of a record.
func isText(field string) bool {
	return slices.Contains([]string{"message", "log", "event.original", "_all", "@message"}, field)
}

func (e *elastalert) boolean(body map[string]any) (clause, error) {
	var out clause
	for _, k := range slices.Sorted(maps.Keys(body)) {
		var parts []clause
		for _, q := range list(body[k]) {
			c, err := e.query(mapping(q))
			if err != nil {
				return clause{}, err
			}
			parts = append(parts, c)
		}
		switch k {
		case "must", "filter":
			out.all = append(out.all, parts...)
		case "should":
			out.any = append(out.any, parts...)
		case "must_not":
			out.not = append(out.not, parts...)
		default:
			return clause{}, fmt.Errorf("bool.%s has no counterpart here", k)
		}
	}
	if len(out.all)+len(out.any)+len(out.not) == 0 {
		return clause{}, fmt.Errorf("bool asks for nothing")
	}
	return out, nil
}

// queryString takes the plain part of Lucene's language: field:value, quoted
// phrases, AND, OR, NOT and parentheses.
func (e *elastalert) queryString(query string) (clause, error) {
	s := &sigma{out: e.out, part: "query_string", doc: nil}
	terms := map[string]any{}
	var words []string
	for _, w := range lucene(query) {
		switch {
		case w == "(" || w == ")":
			words = append(words, w)
		case w == "AND" || w == "OR" || w == "NOT":
			words = append(words, strings.ToLower(w))
		case strings.ContainsAny(w, "~^[]{}") || strings.HasPrefix(w, "/") || w == "|":
			return clause{}, fmt.Errorf("query_string: %q has no counterpart here", w)
		default:
			if n := len(words); n > 0 && strings.HasPrefix(words[n-1], "term ") {
				words = append(words, "or") // Lucene's default
			}
			field, value, ok := strings.Cut(w, ":")
			if !ok || strings.HasPrefix(w, `"`) {
				field, value = "", w
			}
			if isText(field) {
				field = ""
			} else if field != "" && field != "_exists_" {
				field += "|contains"
			}
			name := fmt.Sprintf("term %d", len(terms))
			terms[name] = map[string]any{field: strings.Trim(value, `"`)}
			if field == "_exists_" {
				terms[name] = map[string]any{value + "|exists": "true"}
			}
			words = append(words, name)
		}
	}
	p := &logic{detection: terms, s: s, words: words}
	c, err := p.either()
	if err == nil && len(p.words) > 0 {
		err = fmt.Errorf("%q is not understood", p.words[0])
	}
	if err != nil {
		return c, fmt.Errorf("query_string %q: %w", query, err)
	}
	return c, nil
}

// lucene cuts a query into words; a quoted phrase, with its field, is one.
func lucene(query string) []string {
	var out []string
	var word strings.Builder
	quoted := false
	end := func() {
		if word.Len() > 0 {
			out = append(out, word.String())
			word.Reset()
		}
	}
	for _, r := range query {
		switch {
		case r == '"':
			quoted = !quoted
			word.WriteRune(r)
		case quoted:
			word.WriteRune(r)
		case r == ' ' || r == '\t' || r == '\n':
			end()
		case r == '(' || r == ')':
			end()
			out = append(out, string(r))
		default:
			word.WriteRune(r)
		}
	}
	end()
	return out
}
