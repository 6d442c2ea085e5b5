// Package field takes a record apart into named fields: JSON, logfmt, key=value,
// syslog of RFC 3164 and 5424, access logs of nginx and Apache, klog, and CSV.
//
// Nothing is parsed before a field is asked for, and then the record is parsed
// once. A value is the text that stands in the record, with its escapes decoded;
// the only exceptions are syslog.facility and syslog.severity, which are computed.
// A field that is empty by its format (JSON's null, an access log's "-") is not
// there. Of two fields with one name the first counts.
//
// Whatever the bytes are, there is an answer and no panic; at most [MaxFields]
// fields of a record are seen.
package field

import "strings"

// MaxFields is how many fields of one record are seen.
const MaxFields = 256

// Fields are those of one record. The zero value has none and is ready for Reset.
// They are not safe for concurrent use.
type Fields struct {
	format *Format
	text   []byte
	parsed bool
	pairs  []pair
	names  []byte // where names are composed
}

type pair struct {
	known       string // the name, where the format gives it; else name
	name, value []byte
	escapes     escapes
}

func (p *pair) is(name string) bool {
	if p.known != "" {
		return p.known == name
	}
	return string(p.name) == name
}

// escapes says how special characters of a value are written.
type escapes byte

const (
	plain      escapes = iota // as they are
	backslash                 // as in JSON; logfmt's are the same
	structured                // a backslash before ", \ and ], as in RFC 5424
	doubled                   // a quote twice, as in CSV
)

// Reset turns to another record. text is kept and must not change until the next
// Reset. A nil format is [Auto].
func (f *Fields) Reset(format *Format, text []byte) {
	f.format, f.text, f.parsed = format, text, false
	f.pairs, f.names = f.pairs[:0], f.names[:0]
}

// Value returns the field with this name.
func (f *Fields) Value(name string) ([]byte, bool) {
	f.parse()
	for i := range f.pairs {
		if f.pairs[i].is(name) {
			return f.pairs[i].decoded(), true
		}
	}
	return nil, false
}

// Text is [Fields.Value] as valid UTF-8.
func (f *Fields) Text(name string) (string, bool) {
	v, ok := f.Value(name)
	return strings.ToValidUTF8(string(v), "\ufffd"), ok
}

// Names returns the names of all fields, in the order of the record.
func (f *Fields) Names() []string {
	f.parse()
	seen := make(map[string]bool, len(f.pairs))
	out := make([]string, 0, len(f.pairs))
	for _, p := range f.pairs {
		if name := p.known + string(p.name); !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

func (f *Fields) parse() {
	if f.parsed {
		return
	}
	f.parsed = true
	if f.format == nil {
		f.auto(f.text)
		return
	}
	f.format.parse(f, f.text)
}

func (f *Fields) add(name, value []byte, e escapes) {
	if len(f.pairs) < MaxFields {
		f.pairs = append(f.pairs, pair{name: name, value: value, escapes: e})
	}
}

// put adds a field that the format names. An empty value, or "-", is none.
func (f *Fields) put(name string, value []byte) {
	if len(value) > 0 && string(value) != "-" && len(f.pairs) < MaxFields {
		f.pairs = append(f.pairs, pair{known: name, value: value})
	}
}
