package importer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/thirdline/thirdline/rules/yamldoc"
)

// ElastAlert takes a rule of ElastAlert2: its filter, which becomes the match
// clause, and its type, which becomes the condition over time. Fields are looked for as text anywhere in the record.
func ElastAlert(data []byte) Result {
	var out Result
	docs, err := yamldoc.Plain(data)
	if err != nil || len(docs) != 1 {
		out.refuse("file", "it is not one YAML document: %v", err)
		return out
	}
	doc := mapping(docs[0])
	name := text(doc["name"])
	if name == "" {
		out.refuse("file", "it has no name, so it is no rule of ElastAlert2")
		return out
	}
	e := elastalert{out: &out, name: name}
	match, err := e.queries(doc["filter"])
	if err != nil {
		out.refuse("filter", "%s", err)
		return out
	}
	for _, k := range []string{"blacklist", "whitelist"} {
		if text(doc["type"]) != k {
			continue
		}
		var values []clause
		for _, v := range list(doc[k]) {
			values = append(values, clause{contains: text(v)})
		}
		if len(values) == 0 {
			out.refuse(k, "it lists no value")
			return out
		}
		if k == "whitelist" {
			match.not = append(match.not, values...)
		} else {
			match = join([]clause{match, {any: values}}, true)
		}
		e.out.note("%s compares the field %s; here the values may stand anywhere in the record", k, text(doc["compare_key"]))
	}
	r := rule{id: identifier("elastalert-" + name), title: plainTitle(name), severity: "warning", match: match}
	for _, k := range list(doc["query_key"]) {
		if k := text(k); k != "" {
			r.key = append(r.key, k)
			r.asks(k)
		}
	}
	if err := e.condition(&r, doc); err != nil {
		out.refuse(strings.TrimSpace("type "+text(doc["type"])), "%s; here every match counts for one incident", err)
	}
	if again := span(doc["realert"]); again > 0 {
		r.over = append(r.over, "cooldown: "+spelled(again))
	}
	e.rest(doc)
	var b strings.Builder
	b.WriteString("# from ElastAlert2\nrules:\n")
	r.write(&b)
	out.YAML = []byte(b.String())
	return out
}

type elastalert struct {
	out  *Result
	name string
}

// rest says what of the rule was not taken.
func (e *elastalert) rest(doc map[string]any) {
	why := map[string]string{
		"alert":                    "events go to the destinations of the configuration",
		"index":                    "choose the files with `sources`",
		"attach_related":           "the event has the records before and after",
		"use_count_query":          "records are counted as they come",
		"doc_type":                 "records have no types",
		"exponential_realert":      "a cooldown has one length",
		"aggregation":              "incidents are grouped by routes of the configuration",
		"ignore_null":              "a record without the field counts nothing",
		"alert_on_new_data":        "a key is judged when its baseline is known",
		"forget_keys":              "keys are forgotten when there are more than 10,000",
		"threshold_ref":            "the baseline is what the same key had before",
		"metric_agg_script":        "metrics are of one field",
		"use_run_every_query_size": "windows slide",
	}
	for _, k := range slices.Sorted(maps.Keys(doc)) {
		if reason := why[k]; reason != "" && (k != "threshold_ref" || text(doc["spike_type"]) != "down") {
			e.out.refuse(strings.TrimSpace(k+" "+text(doc[k])), "%s", reason)
		}
	}
}

func list(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	if v == nil {
		return nil
	}
	return []any{v}
}

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
	case "term", "match", "match_phrase", "terms", "wildcard", "prefix", "regexp":
		return e.fields(kind, body)
	case "bool":
		return e.boolean(body)
	}
	return clause{}, fmt.Errorf("the query %s has no counterpart here", kind)
}

func (e *elastalert) fields(kind string, body map[string]any) (clause, error) {
	var parts []clause
	for _, field := range slices.Sorted(maps.Keys(body)) {
		e.out.note("%s asks for the field %s; here its value may stand anywhere in the record", kind, field)
		value := body[field]
		if m := mapping(value); m != nil {
			value = m["value"]
			if value == nil {
				value = m["query"]
			}
		}
		var any []clause
		for _, v := range list(value) {
			c, err := keyword(text(v))
			if kind == "regexp" {
				c, err = expression(text(v))
			}
			if err != nil {
				return clause{}, fmt.Errorf("%s %s: %w", kind, field, err)
			}
			any = append(any, c)
		}
		if len(any) == 0 {
			return clause{}, fmt.Errorf("%s %s has no value", kind, field)
		}
		parts = append(parts, join(any, false))
	}
	if len(parts) == 0 {
		return clause{}, fmt.Errorf("%s names no field", kind)
	}
	return join(parts, true), nil
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
			name := fmt.Sprintf("term %d", len(terms))
			terms[name] = map[string]any{field: strings.Trim(value, `"`)}
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
