package field

import (
	"bytes"
	"strconv"
)

func digits(n int) []byte { return strconv.AppendInt(nil, int64(n), 10) }

// logfmt adds key=value pairs that blanks separate
// (https://brandur.org/logfmt). A word without "=" is a key with an empty value.
func (f *Fields) logfmt(s []byte) {
	for s = blanks(s); len(s) > 0 && len(f.pairs) < MaxFields; s = blanks(s) {
		n := bytes.IndexAny(s, "= \t")
		if n < 0 {
			f.add(s, nil, plain)
			return
		}
		key := s[:n]
		if s[n] != '=' {
			f.add(key, nil, plain)
			s = s[n:]
			continue
		}
		if s = s[n+1:]; len(s) > 0 && s[0] == '"' {
			if inner, rest, ok := quoted(s); ok {
				f.add(key, inner, backslash)
				s = rest
				continue
			}
		}
		end := 0
		for end < len(s) && s[end] != ' ' && s[end] != '\t' {
			end++
		}
		f.add(key, s[:end], plain)
		s = s[end:]
	}
}

// keyValue adds every key=value that stands somewhere in free text. A key is a
// word of letters, digits, dots, dashes and underscores, or such a word in quotes;
// a value ends at a blank, a comma, a semicolon or a closing bracket, or is in
// quotes. Blanks may not stand around "=".
func (f *Fields) keyValue(s []byte) {
	for from := 0; len(f.pairs) < MaxFields; {
		n := bytes.IndexByte(s[from:], '=')
		if n < 0 {
			return
		}
		at := from + n
		from = at + 1
		key := keyBefore(s[:at])
		if len(key) == 0 || from == len(s) {
			continue
		}
		if c := s[from]; c == '"' || c == '\'' {
			if inner, rest, ok := quoted(s[from:]); ok {
				f.add(key, inner, backslash)
				from = len(s) - len(rest)
				continue
			}
		}
		end := from
		for end < len(s) && !isEnd(s[end]) {
			end++
		}
		if end > from && s[from] != '=' {
			f.add(key, s[from:end], plain)
		}
		from = end
	}
}

// keyBefore returns the key that s ends with, or nothing.
func keyBefore(s []byte) []byte {
	if n := len(s); n > 2 && s[n-1] == '"' {
		if open := bytes.LastIndexByte(s[:n-1], '"'); open >= 0 {
			return s[open+1 : n-1]
		}
	}
	at := len(s)
	for at > 0 && isWord(s[at-1]) {
		at--
	}
	return s[at:]
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.' || c == '@' || c == '/'
}

// isEnd reports whether a value without quotes ends at c.
func isEnd(c byte) bool {
	return c == ' ' || c == '\t' || c == ',' || c == ';' || c == ')' || c == ']' || c == '}'
}
