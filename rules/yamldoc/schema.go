package yamldoc

import (
	"reflect"
	"slices"
	"strings"
	"time"
)

// Described is a [Value] that says what it takes as a JSON Schema. of returns the
// schema of a value of another type.
type Described interface {
	JSONSchema(of func(v any) any) any
}

// Schema returns, as a JSON Schema (2020-12) that is ready to be encoded, what
// [Decode] takes into a struct like v. It is made from the same tags, so that
// editors and the parser agree; `enum:"a b"` names the only values of a text.
// What a schema cannot say, such as duplicate keys, only the parser finds.
func Schema(v any, title string) map[string]any {
	g := generator{defs: map[string]any{}}
	out := map[string]any{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
	out["$ref"] = g.of(reflect.TypeOf(v)).(map[string]any)["$ref"]
	out["$defs"] = g.defs
	return out
}

type generator struct{ defs map[string]any }

// The forms of scalars. YAML's own types matter less than the text: a quoted
// number is a number, and a number is a text.
func anyScalar() map[string]any {
	return map[string]any{"type": []string{"string", "number", "boolean"}}
}

func pattern(expr string) map[string]any {
	return map[string]any{"type": "string", "pattern": expr}
}

func oneOf(forms ...any) map[string]any { return map[string]any{"anyOf": forms} }

func (g *generator) of(t reflect.Type) any {
	if d, ok := reflect.New(t).Interface().(Described); ok {
		return d.JSONSchema(func(v any) any { return g.of(reflect.TypeOf(v)) })
	}
	switch t {
	case reflect.TypeFor[Text]():
		return anyScalar()
	case reflect.TypeFor[time.Duration]():
		return oneOf(pattern(`^([0-9]{1,5}d|0|\+?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$`), map[string]any{"const": 0})
	case reflect.TypeFor[Bytes]():
		return oneOf(pattern(`^[0-9]+ *(KiB|MiB|GiB|kB|MB|GB|B)?$`), map[string]any{"type": "integer", "minimum": 0})
	}
	switch t.Kind() {
	case reflect.Pointer:
		return oneOf(map[string]any{"type": "null"}, g.of(t.Elem()))
	case reflect.Struct:
		return g.object(t)
	case reflect.Slice:
		item := t.Elem()
		if item.Kind() == reflect.Pointer {
			item = item.Elem() // an empty item is refused
		}
		return map[string]any{"type": "array", "items": g.of(item)}
	case reflect.Map:
		entry := t.Elem()
		if entry.Kind() == reflect.Pointer {
			entry = entry.Elem() // an empty one is refused
		}
		return map[string]any{"type": "object", "additionalProperties": g.of(entry)}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int:
		return oneOf(map[string]any{"type": "integer", "minimum": -1 << 31, "maximum": 1<<31 - 1}, pattern(`^[+-]?[0-9]{1,9}$`))
	case reflect.Float64:
		return oneOf(map[string]any{"type": "number"}, pattern(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$`))
	}
	return anyScalar()
}

func (g *generator) object(t reflect.Type) any {
	name := strings.ToLower(t.Name()[:1]) + t.Name()[1:]
	ref := map[string]any{"$ref": "#/$defs/" + name}
	if _, done := g.defs[name]; done {
		return ref
	}
	def := map[string]any{"type": "object", "additionalProperties": false}
	g.defs[name] = def
	properties, required := map[string]any{}, []string{}
	g.properties(t, properties, &required)
	def["properties"] = properties
	for key, others := range instead(t) {
		required = slices.DeleteFunc(required, func(k string) bool { return k == key })
		forms := []any{map[string]any{"required": []string{key}}}
		for _, other := range others { // an optional key that stands empty is as good as absent
			forms = append(forms, map[string]any{"required": []string{other}, "properties": map[string]any{other: map[string]any{"not": map[string]any{"type": "null"}}}})
		}
		def["anyOf"] = forms
	}
	if len(required) > 0 {
		def["required"] = required
	}
	return ref
}

func (g *generator) properties(t reflect.Type, into map[string]any, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case f.Anonymous && options == "inline":
			g.properties(f.Type, into, required)
		case name == "" || name == "-":
		default:
			of := f.Type
			if options == "required" && of.Kind() == reflect.Pointer {
				of = of.Elem() // what must be there cannot stand empty
			}
			into[name] = g.of(of)
			if enum := f.Tag.Get("enum"); enum != "" {
				into[name] = map[string]any{"enum": strings.Fields(enum)}
			}
			if options == "required" {
				*required = append(*required, name)
			}
		}
	}
}
