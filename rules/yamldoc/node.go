package yamldoc

import (
	"reflect"
	"strings"

	"gopkg.in/yaml.v3"
)

// Node is one value of a document, not yet decoded.
type Node struct{ n *yaml.Node }

// Pos returns where the value stands.
func (n Node) Pos() Pos { return Pos{n.n.Line, n.n.Column} }

// IsScalar reports whether the value is a scalar other than null.
func (n Node) IsScalar() bool { return n.n.Kind == yaml.ScalarNode && !n.isNull() }

func (n Node) isNull() bool { return n.n.Kind == yaml.ScalarNode && n.n.Tag == "!!null" }

// IsMapping reports whether the value is a mapping.
func (n Node) IsMapping() bool { return n.n.Kind == yaml.MappingNode }

// IsList reports whether the value is a list.
func (n Node) IsList() bool { return n.n.Kind == yaml.SequenceNode }

// FromEnvironment reports whether the value is tagged `!env`.
func (n Node) FromEnvironment() bool { return n.n.Tag == "!env" }

// kind names what was found, for messages.
func (n Node) kind() string {
	switch n.n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.n.Tag {
	case "!!null":
		return "nothing"
	case "!!int", "!!float":
		return "the number " + n.n.Value
	case "!!bool":
		return "the boolean " + n.n.Value
	}
	return "text"
}

// Into decodes the value into dst, a pointer, as Decode would.
func (n Node) Into(d *Document, dst any) { d.value(n, reflect.ValueOf(dst).Elem()) }

// Text returns a scalar's text with `!env` expanded. It reports a problem and
// returns false when the value is not a scalar or a variable is not set.
func (n Node) Text(d *Document) (string, bool) {
	if !n.IsScalar() {
		d.Report(n.Pos(), "wrong-type", "write one value, or leave the key out", "expected text, found %s", n.kind())
		return "", false
	}
	if n.n.Tag != "!env" {
		if strings.HasPrefix(n.n.Tag, "!") && !strings.HasPrefix(n.n.Tag, "!!") {
			d.Report(n.Pos(), "unknown-tag", "the only tag is !env", "unknown tag %s", n.n.Tag)
			return "", false
		}
		return n.n.Value, true
	}
	return d.expand(n)
}

// expand replaces ${NAME}. An unset variable is a problem: an empty value would
// be believed. The value never appears in a message.
func (d *Document) expand(n Node) (string, bool) {
	var out strings.Builder
	rest := n.n.Value
	for {
		before, after, found := strings.Cut(rest, "${")
		out.WriteString(before)
		if !found {
			return out.String(), true
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed || name == "" {
			d.Report(n.Pos(), "env", "write ${NAME}", "a variable in this !env value is not closed")
			return "", false
		}
		value, ok := "", false
		if d.lookup != nil {
			value, ok = d.lookup(name)
		}
		if !ok {
			d.Report(n.Pos(), "env", "set it in the environment of the process, or write the value itself", "environment variable %s is not set", name)
			return "", false
		}
		out.WriteString(value)
		rest = tail
	}
}

// Entry is a key of a mapping and its value.
type Entry struct {
	Key   Text
	Value Node
}

// Entries returns the keys of a mapping and their values, in the file's order, for
// a [Value] whose keys no struct can name. What is no mapping, and a key that stands
// there twice, are reported.
func (n Node) Entries(d *Document) (out []Entry) {
	if !n.IsMapping() {
		d.Report(n.Pos(), "wrong-type", "write it as `key: value` lines", "expected a mapping, found %s", n.kind())
		return nil
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.n.Content); i += 2 {
		k := n.n.Content[i]
		if seen[k.Value] {
			d.duplicate(n.n, i)
			continue
		}
		seen[k.Value] = true
		out = append(out, Entry{Text{Pos{k.Line, k.Column}, k.Value}, Node{n.n.Content[i+1]}})
	}
	return out
}
