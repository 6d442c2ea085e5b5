// Package schematest holds a JSON Schema and the parser of the same files to each
// other: over files as they are, and over files that were damaged at random.
package schematest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/thirdline/thirdline/rules/diag"
)

// damages is how often each good file is damaged.
const damages = 300

// Holder compares a schema with a parser.
type Holder struct {
	schema *jsonschema.Schema
	parse  func(data []byte) diag.List
	codes  []string
}

// New compiles the schema. codes are the problems of the parser that a schema can
// say too; it must reject a file just where the parser finds one of these.
func New(t *testing.T, schema map[string]any, parse func(data []byte) diag.List, codes ...string) *Holder {
	t.Helper()
	data, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return &Holder{compiled, parse, append(codes, "unknown-key", "missing-key", "wrong-type")}
}

// File compares the two over a file and, if it is a good one, over damaged copies.
func (h *Holder) File(t *testing.T, path string, good bool) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if h.compare(t, data); !good {
		return
	}
	random := new(dice)
	for n := range damages {
		var doc any
		if err := yaml.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		damaged, err := yaml.Marshal(damage(random, doc))
		if err != nil {
			t.Fatal(err)
		}
		if h.compare(t, damaged); t.Failed() {
			t.Fatalf("%s, damage %d", path, n)
		}
	}
}

func (h *Holder) compare(t *testing.T, data []byte) {
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
	problems := h.parse(data)
	if slices.ContainsFunc(problems, func(p diag.Problem) bool { return p.Code == "alias" || p.Code == "too-deep" || p.Code == "syntax" }) {
		return // the parser looked no further
	}
	misshapen := slices.ContainsFunc(problems, func(p diag.Problem) bool { return slices.Contains(h.codes, p.Code) })
	if err := h.schema.Validate(value); (err != nil) != misshapen {
		t.Errorf("the schema says %v, the parser %v, of\n%s", err, problems, data)
	}
}

// dice is a linear congruential generator with Knuth's constants: the same throws
// in every run.
type dice uint64

// IntN returns a number from 0 to n-1.
func (d *dice) IntN(n int) int {
	*d = *d*6364136223846793005 + 1442695040888963407
	return int(*d>>33) % n
}

// damage changes one value or key of a document.
func damage(r *dice, v any) any {
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
