package importer

import (
	"maps"
	"slices"
	"strings"

	"github.com/thirdline/thirdline/rules/yamldoc"
)

// ElastAlert takes a rule of ElastAlert2: its filter, which becomes the match
// clause, and its type, which becomes the condition over time. Its documents are
// records of fields; what it asks of the field message is looked for in the whole record.
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
		var values []string
		for _, v := range list(doc[k]) {
			values = append(values, text(v))
		}
		field := text(doc["compare_key"])
		if len(values) == 0 || field == "" {
			out.refuse(k, "it has no compare_key, or lists no value")
			return out
		}
		listed := clause{field: &fieldTest{field, "in", values}}
		if k == "whitelist" {
			match = join([]clause{match, {has: []string{field}, not: []clause{listed}}}, true)
		} else {
			match = join([]clause{match, listed}, true)
		}
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
