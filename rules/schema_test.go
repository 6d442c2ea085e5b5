package rules_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
)

// shaped are the codes of what a schema can say.
var shaped = []string{"unknown-key", "missing-key", "wrong-type", "unknown-severity", "unknown-tier"}

func misshapen(problems diag.List) bool {
	return slices.ContainsFunc(problems, func(p diag.Problem) bool { return slices.Contains(shaped, p.Code) })
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := json.Marshal(rules.Schema())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("rules.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("rules.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// hold compares what schema and parser say of one file.
func hold(t *testing.T, s *jsonschema.Schema, data []byte) {
	t.Helper()
	var doc any
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return // not YAML, or a key twice: no schema is asked
	}
	if doc == nil {
		doc = map[string]any{}
	}
	asJSON, err := json.Marshal(doc)
	if err != nil {
		return // keys that JSON has not
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(asJSON)))
	if err != nil {
		t.Fatal(err)
	}
	_, problems := rules.Parse("f.yaml", data, nil, map[string]*rules.Rule{})
	if err := s.Validate(value); (err != nil) != misshapen(problems) {
		t.Errorf("the schema says %v, the parser %v, of\n%s", err, problems, data)
	}
}

func ruleFiles(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, glob := range []string{"testdata/bad/*.yaml", "testdata/good/*.yaml", "../examples/*/rules.yaml", "../examples/*/rules.d/*.yaml"} {
		found, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, found...)
	}
	return out
}

// TestSchemaAndParserAgree over every good and bad file, and over thousands of
// ways to damage the good ones.
func TestSchemaAndParserAgree(t *testing.T) {
	s := schema(t)
	random := rand.New(rand.NewPCG(1, 2))
	for _, f := range ruleFiles(t) {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.ReplaceAll(f, "/", "_"), func(t *testing.T) { hold(t, s, data) })
		if strings.Contains(f, "/bad/") {
			continue
		}
		for n := range 300 {
			var doc any
			if err := yaml.Unmarshal(data, &doc); err != nil {
				t.Fatal(err)
			}
			damaged, err := yaml.Marshal(damage(random, doc))
			if err != nil {
				t.Fatal(err)
			}
			if hold(t, s, damaged); t.Failed() {
				t.Fatalf("%s, damage %d", f, n)
			}
		}
	}
}

// damage changes one value or key of a document.
func damage(r *rand.Rand, v any) any {
	strange := []any{7, -1.5, "text", true, nil, []any{}, map[string]any{}, []any{"x"}, map[string]any{"a": 1}, "5m", []any{nil}}
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			break
		}
		keys := slices.Sorted(maps.Keys(v))
		k := keys[r.IntN(len(keys))]
		switch r.IntN(8) {
		case 0:
			delete(v, k)
		case 1:
			v[k+"x"] = v[k]
			delete(v, k)
		case 2:
			v[fmt.Sprint("k", r.IntN(10))] = strange[r.IntN(len(strange))]
		default:
			v[k] = damage(r, v[k])
		}
		return v
	case []any:
		if len(v) > 0 && r.IntN(8) > 0 {
			at := r.IntN(len(v))
			v[at] = damage(r, v[at])
			return v
		}
	}
	return strange[r.IntN(len(strange))]
}
