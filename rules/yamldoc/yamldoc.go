// Package yamldoc decodes YAML strictly and keeps the position of every value,
// so that whatever is wrong can be shown where it stands. Configuration and rule
// files both pass through it; beside it only shipper/profile, which may not know the
// rules, knows the YAML library.
//
// Unknown and duplicate keys, missing keys, wrong types, and bad durations or
// sizes are problems; all of them are reported, not only the first. A value
// tagged `!env` has ${NAME} replaced from the environment; no other value is
// ever expanded. Aliases are refused: a small file must not become a large one.
package yamldoc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/thirdline/thirdline/rules/diag"
)

// maxDepth bounds the nesting of a document.
const maxDepth = 64

// MaxBytes is the largest document that is decoded.
const MaxBytes = 8 << 20

// Pos is a place in a file. A struct field of this type tagged `yaml:",pos"`
// receives the place of its mapping.
type Pos struct{ Line, Column int }

// Document is one decoded file. It collects problems and knows the source lines.
// It is not safe for concurrent use.
type Document struct {
	// File is the name that problems carry.
	File string
	// Problems is what has been found so far.
	Problems diag.List

	lines  []string
	hidden map[int]bool // lines that hold a secret
	lookup func(string) (string, bool)
}

// Value is a type that decodes itself from a node, for what the built-in kinds
// cannot say (a scalar or a mapping, a duration, a set of names).
type Value interface {
	DecodeYAML(d *Document, n Node)
}

// Decode reads data into dst, a pointer to a struct, and returns the document
// with its problems. lookup resolves names in `!env` values; nil knows none.
func Decode(file string, data []byte, dst any, lookup func(string) (string, bool)) *Document {
	d := &Document{File: file, lookup: lookup, lines: strings.Split(string(data), "\n")}
	if len(data) > MaxBytes {
		d.Report(Pos{}, "too-large", "", "file has %d bytes, the limit is %d", len(data), MaxBytes)
		return d
	}
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	var root yaml.Node
	if err := dec.Decode(&root); err != nil {
		if !errors.Is(err, io.EOF) {
			d.syntax(err)
			return d
		}
		root = yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode, Line: 1, Column: 1}}}
	}
	var second yaml.Node
	if err := dec.Decode(&second); err == nil {
		d.Report(Pos{second.Line, 1}, "second-document", "split the file in two", "a file holds one YAML document")
	} else if !errors.Is(err, io.EOF) {
		d.syntax(err)
	}
	if !d.tame(&root, 0) {
		return d
	}
	d.value(Node{root.Content[0]}, reflect.ValueOf(dst).Elem())
	return d
}

// Plain reads the YAML of others, which no struct of ours describes, into maps
// with text keys, lists and scalars: one value a document of the stream.
func Plain(data []byte) ([]any, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("read YAML: it has %d bytes, the limit is %d", len(data), MaxBytes)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var out []any
	for {
		var v any
		err := dec.Decode(&v)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
		}
		out = append(out, v)
	}
}

// Report adds a problem at pos. The hint may be empty.
func (d *Document) Report(pos Pos, code, hint, format string, args ...any) {
	p := diag.Problem{File: d.File, Line: pos.Line, Column: pos.Column, Code: code, Hint: hint, Message: fmt.Sprintf(format, args...)}
	if pos.Line > 0 && pos.Line <= len(d.lines) && !d.hidden[pos.Line] {
		p.Source = strings.TrimSuffix(d.lines[pos.Line-1], "\r")
	}
	d.Problems = append(d.Problems, p)
}

// OneOf reports a text that is set and none of those that are known.
func (d *Document) OneOf(t Text, what string, known ...string) {
	if t.Value == "" || slices.Contains(known, t.Value) {
		return
	}
	hint := "use one of " + strings.Join(known, ", ")
	if near := diag.Nearest(t.Value, known); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	d.Report(t.Pos, "unknown-"+what, hint, "unknown %s %q", what, t.Value)
}

// ReportHidden is Report for a line that holds a secret: no problem shows it.
func (d *Document) ReportHidden(pos Pos, code, hint, format string, args ...any) {
	if d.hidden == nil {
		d.hidden = map[int]bool{}
	}
	d.hidden[pos.Line] = true
	d.Report(pos, code, hint, format, args...)
	for i := range d.Problems {
		if d.Problems[i].Line == pos.Line {
			d.Problems[i].Source = ""
		}
	}
}

// syntax turns the library's message, which carries a line but no column, into
// a problem at the first character of that line.
func (d *Document) syntax(err error) {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	pos := Pos{Line: 1, Column: 1}
	if m := regexp.MustCompile(`^line (\d+): (.*)$`).FindStringSubmatch(message); m != nil {
		pos.Line, _ = strconv.Atoi(m[1])
		message = m[2]
		if pos.Line <= len(d.lines) {
			line := d.lines[pos.Line-1]
			pos.Column = len(line) - len(strings.TrimLeft(line, " \t")) + 1
		}
	}
	d.Report(pos, "syntax", "check the indentation, and quote values with : # { [ or a leading * & ! % @", "not valid YAML: %s", message)
}

// tame refuses what makes a small file large or endless.
func (d *Document) tame(n *yaml.Node, depth int) bool {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		d.Report(Pos{n.Line, n.Column}, "alias", "write the value out", "anchors and aliases are not taken")
		return false
	}
	if depth > maxDepth {
		d.Report(Pos{n.Line, n.Column}, "too-deep", "", "nested deeper than %d levels", maxDepth)
		return false
	}
	for _, c := range n.Content {
		if !d.tame(c, depth+1) {
			return false
		}
	}
	return true
}

// Replaceable is a struct whose required keys may be left out when others are there.
type Replaceable interface {
	// Instead returns the keys of which one may stand in the place of a required key.
	Instead() map[string][]string
}
