package field

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

func (p *pair) decoded() []byte {
	switch p.escapes {
	case backslash:
		return unescape(p.value)
	case structured:
		return unescapeStructured(p.value)
	case doubled:
		return bytes.ReplaceAll(p.value, []byte(`""`), []byte(`"`))
	}
	return p.value
}

// unescape decodes the escapes of JSON (RFC 8259, section 7). What is none stays
// as it is.
func unescape(s []byte) []byte {
	at := bytes.IndexByte(s, '\\')
	if at < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for ; at >= 0; at = bytes.IndexByte(s, '\\') {
		out = append(out, s[:at]...)
		var n int
		out, n = unescapeOne(out, s[at:])
		s = s[at+n:]
	}
	return append(out, s...)
}

// unescapeOne appends what the escape at the beginning of s stands for, and
// returns its length.
func unescapeOne(out, s []byte) ([]byte, int) {
	if len(s) < 2 {
		return append(out, s...), len(s)
	}
	switch c := s[1]; c {
	case '"', '\\', '/':
		return append(out, c), 2
	case 'b':
		return append(out, '\b'), 2
	case 'f':
		return append(out, '\f'), 2
	case 'n':
		return append(out, '\n'), 2
	case 'r':
		return append(out, '\r'), 2
	case 't':
		return append(out, '\t'), 2
	case 'u':
		r, ok := hex4(s[2:])
		if !ok {
			break
		}
		n := 6
		if utf16.IsSurrogate(r) {
			second, ok := rune(0), false
			if bytes.HasPrefix(s[n:], []byte(`\u`)) {
				second, ok = hex4(s[n+2:])
			}
			if r = utf16.DecodeRune(r, second); ok && r != utf8.RuneError {
				n += 6
			}
		}
		return utf8.AppendRune(out, r), n
	}
	return append(out, s[:2]...), 2
}

func hex4(s []byte) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s[:4]), 16, 16)
	return rune(n), err == nil
}

func unescapeStructured(s []byte) []byte {
	if bytes.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\' || s[i+1] == ']') {
			i++
		}
		out = append(out, s[i])
	}
	return out
}

// quoted returns the text between the quote at the beginning of s and the next one
// that no backslash stands before, and what follows; ok is false when there is none.
func quoted(s []byte) (inner, rest []byte, ok bool) {
	q := s[0]
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case q:
			return s[1:i], s[i+1:], true
		}
	}
	return nil, s, false
}

// Computed reports whether the values of a field are not text of the record.
func Computed(name string) bool { return strings.HasPrefix(name, "syslog.") }

// Literal returns a text that stands in a record as it is wherever a field has
// this value, save that a record may hold the text `\u` instead: the longest part of
// the value that no format has another escape for.
func Literal(value string) string {
	best, from := "", 0
	for i := 0; i <= len(value); i++ {
		if i < len(value) && value[i] >= ' ' && value[i] != '"' && value[i] != '\\' && value[i] != '/' && value[i] != ']' {
			continue
		}
		if i-from > len(best) {
			best = value[from:i]
		}
		from = i + 1
	}
	return best
}
