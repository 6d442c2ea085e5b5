package yamldoc

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/thirdline/thirdline/rules/diag"
)

// Bytes is a size; it is written as 4096, 64KiB, 1MiB or 1GiB (also kB, MB, GB).
type Bytes int64

// Text is a string that remembers where it stood.
type Text struct {
	Pos
	Value string
}

// DecodeYAML implements [Value].
func (t *Text) DecodeYAML(d *Document, n Node) {
	t.Pos = n.Pos()
	t.Value, _ = n.Text(d)
}

// Inside returns the place of a byte of t's value, where its line shows the value
// as it is; else that of the value.
func (d *Document) Inside(t Text, offset int) Pos {
	if t.Line < 1 || t.Line > len(d.lines) || offset > len(t.Value) {
		return t.Pos
	}
	shown := []rune(d.lines[t.Line-1])
	shown = shown[min(t.Column-1, len(shown)):]
	if len(shown) > 0 && shown[0] == '|' {
		return d.insideBlock(t, offset)
	}
	quote := 0
	if len(shown) > 0 && (shown[0] == '\'' || shown[0] == '"') {
		quote = 1
	}
	if !strings.HasPrefix(string(shown[quote:]), t.Value[:offset]) {
		return t.Pos
	}
	return Pos{t.Line, t.Column + quote + utf8.RuneCountInString(t.Value[:offset])}
}

// insideBlock is Inside for a text after "|": its lines follow, indented.
func (d *Document) insideBlock(t Text, offset int) Pos {
	before := strings.Split(t.Value[:offset], "\n")
	line := t.Line + len(before)
	last := before[len(before)-1]
	if line > len(d.lines) {
		return t.Pos
	}
	indent, _, ok := strings.Cut(d.lines[line-1], strings.SplitN(t.Value, "\n", len(before)+1)[len(before)-1])
	if !ok || strings.TrimLeft(indent, " ") != "" {
		return t.Pos
	}
	return Pos{line, len(indent) + utf8.RuneCountInString(last) + 1}
}

// value decodes n into v by v's type.
func (d *Document) value(n Node, v reflect.Value) {
	if v.CanAddr() {
		if custom, ok := v.Addr().Interface().(Value); ok {
			custom.DecodeYAML(d, n)
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem())
	case reflect.Struct:
		d.mapping(n, v)
	case reflect.Slice:
		d.list(n, v)
	case reflect.Map:
		d.dictionary(n, v)
	default:
		d.scalar(n, v)
	}
}

func (d *Document) list(n Node, v reflect.Value) {
	if n.n.Kind != yaml.SequenceNode {
		d.Report(n.Pos(), "wrong-type", "write it as a list: [ ... ] or one `- ` a line", "expected a list, found %s", n.kind())
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.n.Content), len(n.n.Content))
	for i, c := range n.n.Content {
		d.value(Node{c}, out.Index(i))
	}
	v.Set(out)
}

func (d *Document) dictionary(n Node, v reflect.Value) {
	if !n.IsMapping() {
		d.Report(n.Pos(), "wrong-type", "write it as `key: value` lines", "expected a mapping, found %s", n.kind())
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for i := 0; i+1 < len(n.n.Content); i += 2 {
		k := n.n.Content[i]
		if v.MapIndex(reflect.ValueOf(k.Value)).IsValid() {
			d.duplicate(n.n, i)
			continue
		}
		e := reflect.New(v.Type().Elem()).Elem()
		d.value(Node{n.n.Content[i+1]}, e)
		v.SetMapIndex(reflect.ValueOf(k.Value), e)
	}
}

func (d *Document) duplicate(m *yaml.Node, at int) {
	k := m.Content[at]
	for i := 0; i < at; i += 2 {
		if m.Content[i].Value == k.Value {
			d.Report(Pos{k.Line, k.Column}, "duplicate-key", "remove one of the two", "key %q stands here a second time; first at line %d", k.Value, m.Content[i].Line)
			return
		}
	}
}

// mapping fills a struct. Tags are `yaml:"name"` and `yaml:"name,required"`.
func (d *Document) mapping(n Node, v reflect.Value) {
	if !n.IsMapping() {
		d.Report(n.Pos(), "wrong-type", "write it as `key: value` lines", "expected a mapping, found %s", n.kind())
		return
	}
	known := fields(v, n.Pos())
	names := make([]string, 0, len(known))
	for _, f := range known {
		names = append(names, f.name)
	}
	seen, filled := map[string]bool{}, map[string]bool{}
	for i := 0; i+1 < len(n.n.Content); i += 2 {
		k := n.n.Content[i]
		if seen[k.Value] {
			d.duplicate(n.n, i)
			continue
		}
		seen[k.Value], filled[k.Value] = true, !Node{n.n.Content[i+1]}.isNull()
		if f := find(known, k.Value); f != nil {
			d.field(Node{n.n.Content[i+1]}, f)
			continue
		}
		d.Report(Pos{k.Line, k.Column}, "unknown-key", suggest(k.Value, names), "unknown key %q", k.Value)
	}
	for _, f := range known {
		if !f.required || seen[f.name] {
			continue
		}
		others := instead(v.Type())[f.name]
		if !slices.ContainsFunc(others, func(k string) bool { return filled[k] }) {
			hint := fmt.Sprintf("add `%s: ...`", f.name)
			if len(others) > 0 {
				hint += ", or in its place " + strings.Join(others, ", ")
			}
			d.Report(n.Pos(), "missing-key", hint, "key %q is missing", f.name)
		}
	}
}

// instead returns which keys may stand in the place of which required ones.
func instead(t reflect.Type) map[string][]string {
	if r, ok := reflect.New(t).Interface().(Replaceable); ok {
		return r.Instead()
	}
	return nil
}

// field fills one field. An optional one that stands empty is as good as absent;
// whoever reads a required one, or an item of a list, may count on a value.
func (d *Document) field(n Node, f *field) {
	if n.isNull() && f.v.Kind() == reflect.Pointer && !f.required {
		return
	}
	d.value(n, f.v)
}

// suggest names the nearest key, or all of them when they are few.
func suggest(word string, names []string) string {
	if near := diag.Nearest(word, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(names) <= 12 {
		return "known keys: " + strings.Join(names, ", ")
	}
	return ""
}

type field struct {
	name     string
	required bool
	v        reflect.Value
}

// fields lists the keys of a struct, those of embedded structs included, and
// sets its position field.
func fields(v reflect.Value, pos Pos) []field {
	var out []field
	for i := range v.NumField() {
		sf := v.Type().Field(i)
		tag, options, _ := strings.Cut(sf.Tag.Get("yaml"), ",")
		switch {
		case options == "pos":
			v.Field(i).Set(reflect.ValueOf(pos))
		case sf.Anonymous && options == "inline":
			out = append(out, fields(v.Field(i), pos)...)
		case tag != "" && tag != "-":
			out = append(out, field{name: tag, required: options == "required", v: v.Field(i)})
		}
	}
	return out
}

func find(known []field, name string) *field {
	for i := range known {
		if known[i].name == name {
			return &known[i]
		}
	}
	return nil
}

func (d *Document) scalar(n Node, v reflect.Value) {
	text, ok := n.Text(d)
	if !ok {
		return
	}
	var err error
	want, hint := "", ""
	switch v.Interface().(type) {
	case time.Duration:
		want, hint = "a duration", "write 500ms, 30s, 10m, 6h or 7d"
		var x time.Duration
		x, err = ParseDuration(text)
		v.SetInt(int64(x))
	case Bytes:
		want, hint = "a size", "write 4096, 64KiB, 1MiB or 1GiB"
		var x Bytes
		x, err = parseBytes(text)
		v.SetInt(int64(x))
	case string:
		v.SetString(text)
	case bool:
		want, hint = "true or false", "write true or false, without quotes"
		v.SetBool(text == "true")
		if (text != "true" && text != "false") || n.n.Tag == "!!str" {
			err = strconv.ErrSyntax
		}
	case int:
		want, hint = "a whole number", "write its digits, without a unit"
		var x int64
		x, err = strconv.ParseInt(text, 10, 32)
		v.SetInt(x)
	case float64:
		want, hint = "a number", "write its digits, without a unit"
		var x float64
		x, err = strconv.ParseFloat(text, 64)
		v.SetFloat(x)
	default:
		panic("yamldoc: no decoder for " + v.Type().String())
	}
	if err != nil && n.n.Tag == "!env" {
		d.Report(n.Pos(), "wrong-type", hint, "expected %s, found something else in the environment", want)
	} else if err != nil {
		d.Report(n.Pos(), "wrong-type", hint, "expected %s, found %q", want, text)
	}
}

// ParseDuration reads what time.ParseDuration reads, and days as in 7d.
// Negative durations are refused.
func ParseDuration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 36500 {
			return 0, strconv.ErrSyntax
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, strconv.ErrSyntax
	}
	return d, nil
}

func parseBytes(s string) (Bytes, error) {
	units := []struct {
		suffix string
		bytes  int64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1}}
	for _, u := range units {
		number, ok := strings.CutSuffix(s, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || n < 0 || n > (1<<62)/u.bytes {
			return 0, strconv.ErrSyntax
		}
		return Bytes(n * u.bytes), nil
	}
	return 0, strconv.ErrSyntax
}
