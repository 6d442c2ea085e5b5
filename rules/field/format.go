package field

import (
	"slices"
	"strings"

	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// The names of the formats. CSV needs columns.
const (
	Auto     = "auto"
	JSON     = "json"
	Logfmt   = "logfmt"
	KeyValue = "keyvalue"
	Syslog   = "syslog"
	Access   = "access"
	Klog     = "klog"
	CSV      = "csv"
	None     = "none"
)

// Format is how the records of a source are taken apart. The zero Format is
// [Auto]. It is immutable once it is decoded.
type Format struct {
	// Name is one of the names above; empty is Auto.
	Name string
	// Columns are CSV's, and Separator is what stands between its cells.
	Columns   []string
	Separator byte
}

// table is how CSV is written in YAML.
type table struct {
	CSV       []yamldoc.Text `yaml:"csv,required"`
	Separator yamldoc.Text   `yaml:"separator"`
}

var (
	_ yamldoc.Value     = (*Format)(nil)
	_ yamldoc.Described = (*Format)(nil)
)

func names() []string {
	return []string{Auto, JSON, Logfmt, KeyValue, Syslog, Access, Klog, None}
}

// DecodeYAML implements [yamldoc.Value]: a name, or the columns of CSV as in
// {csv: [time, level, text], separator: ";"}.
func (f *Format) DecodeYAML(d *yamldoc.Document, n yamldoc.Node) {
	if n.IsMapping() {
		f.decodeTable(d, n)
		return
	}
	text, ok := n.Text(d)
	if !ok {
		return
	}
	if f.Name = text; slices.Contains(names(), text) {
		return
	}
	hint := "use one of " + strings.Join(names(), ", ") + ", or {csv: [COLUMN, ...]}"
	if near := diag.Nearest(text, names()); near != "" {
		hint = "did you mean \"" + near + "\"?"
	}
	if text == CSV {
		hint = "name its columns: {csv: [time, level, message]}"
	}
	d.Report(n.Pos(), "unknown-fields", hint, "fields cannot be read as %q", text)
}

func (f *Format) decodeTable(d *yamldoc.Document, n yamldoc.Node) {
	var t table
	n.Into(d, &t)
	f.Name, f.Separator = CSV, ','
	seen := map[string]bool{}
	for _, c := range t.CSV {
		if seen[c.Value] && c.Value != "-" {
			d.Report(c.Pos, "duplicate-column", "give it a name of its own, or - to leave it out", "column %q stands here a second time", c.Value)
		}
		seen[c.Value] = true
		f.Columns = append(f.Columns, c.Value)
	}
	if t.CSV != nil && len(t.CSV) == 0 {
		d.Report(n.Pos(), "no-columns", "name them in their order; - leaves one out", "there are no columns")
	}
	switch s := t.Separator.Value; {
	case s == `\t` || s == "tab":
		f.Separator = '\t'
	case len(s) == 1 && s != `"`:
		f.Separator = s[0]
	case t.Separator.Line > 0:
		d.Report(t.Separator.Pos, "bad-separator", `use one character, or tab`, "%q cannot stand between columns", s)
	}
}

// JSONSchema implements [yamldoc.Described].
func (*Format) JSONSchema(of func(any) any) any {
	return map[string]any{"anyOf": []any{map[string]any{"enum": names()}, of(table{})}}
}

func (f *Format) parse(into *Fields, s []byte) {
	switch f.Name {
	case None:
	case JSON:
		into.json(s)
	case Logfmt:
		into.logfmt(s)
	case KeyValue:
		into.keyValue(s)
	case Syslog:
		into.syslog(s)
	case Access:
		into.access(s)
	case Klog:
		into.klog(s)
	case CSV:
		into.csv(s, f.Columns, f.Separator)
	default:
		into.auto(s)
	}
}
