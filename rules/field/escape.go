package field

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
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

// maxRunes is how many different characters a Literal has.
const maxRunes = 12

// Literal returns a text that stands in a record as it is wherever a field has this
// value, save that the record may hold one of its characters as an escape: see
// [Escaped]. It is the longest part of the value that no format has another escape
// for, or the beginning of that.
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
	different := map[rune]bool{}
	for i, r := range best {
		if different[r] = true; len(different) > maxRunes {
			return best[:i]
		}
	}
	return best
}

// Escaped returns an expression for an escape \u of one of the characters of a
// literal, in either case with fold.
func Escaped(literal string, fold bool) string {
	codes := map[string]bool{}
	for _, r := range literal {
		forms := []rune{r}
		for f := unicode.SimpleFold(r); fold && f != r; f = unicode.SimpleFold(f) {
			forms = append(forms, f)
		}
		for _, f := range forms {
			if high, _ := utf16.EncodeRune(f); high != utf8.RuneError {
				f = high
			}
			codes[hexDigit.ReplaceAllStringFunc(fmt.Sprintf("%04x", f), func(d string) string { return "[" + d + strings.ToUpper(d) + "]" })] = true
		}
	}
	return `\\u(?:` + strings.Join(slices.Sorted(maps.Keys(codes)), "|") + `)`
}

var hexDigit = regexp.MustCompile(`[a-f]`)
