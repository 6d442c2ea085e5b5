package redact

import (
	"bytes"
	"slices"
	"strings"
)

// strength is how sure the name of a key makes us that its value is a secret.
type strength int

const (
	sure     strength = iota + 1 // password: any value
	likely                       // token: a value that can be one
	cookie                       // a session: a long value
	wholeRow                     // a header whose whole value is a secret
)

// names are what keys that hold secrets end in, in lower case and without _ - .
// A word with alone set counts only as a word of its own within the key.
var names = map[string]struct {
	strength strength
	alone    bool
}{
	"password": {sure, false}, "passwd": {sure, false}, "passphrase": {sure, false}, "pwd": {sure, true}, "pass": {sure, true}, "passwort": {sure, false},
	"storepass": {sure, false}, "keypass": {sure, false}, "userpass": {sure, false}, "dbpass": {sure, false}, "pw": {sure, true}, "requirepass": {sure, false},
	"secret": {likely, false}, "token": {likely, false}, "apikey": {likely, false}, "accesskey": {likely, false}, "secretkey": {likely, false},
	"privatekey": {likely, false}, "accountkey": {likely, false}, "signingkey": {likely, false}, "encryptionkey": {likely, false}, "licensekey": {likely, false},
	"masterkey": {likely, false}, "authkey": {likely, false}, "credential": {likely, false}, "credentials": {likely, false}, "signature": {cookie, false}, "sig": {cookie, true},
	"sessionid": {cookie, false}, "sessid": {cookie, false}, "sid": {cookie, true}, "session": {cookie, true}, "otp": {sure, true},
	"cvv": {sure, true}, "cvc": {sure, true}, "authorization": {wholeRow, false}, "cookie": {wholeRow, false},
}

// ending is a name, as a key is looked up by its last letter.
type ending struct {
	text     string
	strength strength
	alone    bool
}

// endings has the longest first.
var endings = func() (t [256][]ending) {
	for text, n := range names {
		last := text[len(text)-1]
		t[last] = append(t[last], ending{text, n.strength, n.alone})
	}
	for _, list := range t {
		slices.SortFunc(list, func(a, b ending) int { return len(b.text) - len(a.text) })
	}
	return t
}()

// signAt returns the length of the sign at i that parts a key from its value:
// = : > => %3D %3A \u003d, or 0.
func signAt(text string, i int) int {
	rest := text[i:]
	switch {
	case rest[0] == '=' && strings.HasPrefix(rest, "=>"):
		return 2
	case rest[0] == ':' && strings.HasPrefix(rest, ":="):
		return 2
	case rest[0] == ':' && (strings.HasPrefix(rest, "://") || strings.HasPrefix(rest, `:\/\/`)):
		return 0
	case rest[0] == '=' || rest[0] == ':' || rest[0] == '>':
		return 1
	case hasPrefixFold(rest, "%3d"), hasPrefixFold(rest, "%3a"):
		return 3
	case hasPrefixFold(rest, `\u003d`), hasPrefixFold(rest, `\u003a`):
		return 6
	}
	return 0
}

// pair finds the value of a key that names a secret. The sign between them has n
// bytes at i.
func pair(text string, i, n int) (span, bool) {
	key, start, ok := keyBefore(text, i)
	if !ok {
		return span{}, false
	}
	s, known := strengthOf(key)
	if !known {
		return span{}, false
	}
	if text[i] == '>' {
		return element(text, i, start, s)
	}
	kind := Password
	if s == cookie || s == wholeRow && strings.HasSuffix(strings.ToLower(key), "cookie") {
		kind = Session
	} else if s != sure {
		kind = Token
	}
	v := valueAt(text, i, n)
	if s == wholeRow {
		v = v.row(text)
	}
	return span{v.start, v.end, kind}, v.plausible(text, i, start, s)
}

// element finds the text of an XML element that is named for a secret.
func element(text string, i, start int, s strength) (span, bool) {
	if start == 0 || text[start-1] != '<' {
		return span{}, false
	}
	end := strings.IndexByte(text[i:], '<')
	if end < 2 || s == wholeRow {
		return span{}, false
	}
	v := strings.TrimSpace(text[i+1 : i+end])
	at := i + 1 + strings.Index(text[i+1:], v)
	return span{at, at + len(v), Password}, v != "" && !placeholder(v)
}

// keyBefore returns the identifier that ends before i, over quotes and blanks.
func keyBefore(text string, i int) (key string, start int, ok bool) {
	end := i
	for n := 0; end > 0 && n < 8; n++ {
		c := text[end-1]
		if c == ' ' || c == '\t' || c == '"' || c == '\'' || c == '\\' || c == ']' || c == '`' || c == '*' {
			end--
			continue
		}
		if end >= 3 && text[end-3] == '%' && (hasPrefixFold(text[end-3:], "%22") || hasPrefixFold(text[end-3:], "%20")) {
			end -= 3
			continue
		}
		break
	}
	if end == 0 || !isLetter(text[end-1]) || strings.IndexByte("deyntslwgp vc", text[end-1]|0x20) < 0 {
		return "", 0, false // no name of a secret ends like this
	}
	start = end
	for start > 0 && end-start < 64 && (isBase(text[start-1]) || text[start-1] == '.') {
		start--
	}
	// an escape before the key is no part of it: %26password, \npassword
	if start >= 1 && text[start-1] == '%' && end-start > 2 {
		start += 2
	} else if start >= 1 && text[start-1] == '\\' && end-start > 1 {
		start++
	}
	return text[start:end], start, true
}

// strengthOf looks a key up by what it ends in.
func strengthOf(key string) (strength, bool) {
	var buf [64]byte
	plain := buf[:0]
	var from [64]int
	for k := range len(key) {
		if c := key[k]; c != '_' && c != '-' && c != '.' && len(plain) < len(buf) {
			from[len(plain)] = k
			if isLetter(c) {
				c |= 0x20
			}
			plain = append(plain, c)
		}
	}
	if len(plain) == 0 {
		return 0, false
	}
	for _, e := range endings[plain[len(plain)-1]] {
		if !bytes.HasSuffix(plain, []byte(e.text)) {
			continue
		}
		at := from[len(plain)-len(e.text)]
		if e.alone && at > 0 && isLetter(key[at-1]) && (!isUpper(key[at]) || isUpper(key[at-1])) {
			return 0, false // compass is no pass
		}
		return e.strength, true
	}
	return 0, false
}

// value is what follows a sign.
type value struct {
	start, end    int
	quoted, blank bool // blank: something stands between the sign and the value
	broken        bool // a line break does
}

// quotes are how a text can be quoted, the most escaped first.
var quotes = []string{`\\\"`, `\"`, `\'`, `"`, `'`, "`", "%22", "%27"}

func valueAt(text string, i, n int) value {
	at := i + n
	v := value{}
	for at < len(text) && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' && !v.broken && at-i < 12) {
		v.blank = true
		v.broken = v.broken || text[at] == '\n'
		at++
	}
	if next := skipBreak(text, at); next > at && !v.broken && text[at] == '\\' {
		v.broken, v.blank, at = true, true, next
	}
	for _, q := range quotes {
		if strings.HasPrefix(text[at:], q) {
			at += len(q)
			end := closing(text, at, q)
			return value{at, end, true, v.blank, v.broken}
		}
	}
	v.start = at
	encoded := text[i] == '%'
	v.end = at
	for v.end < len(text) && !ends(text, v.end, encoded) {
		v.end++
	}
	return v
}

// closing finds the quote that ends a value, not one that a backslash escapes.
// Where there is none the value ends with its line.
func closing(text string, at int, q string) int {
	for k := at; k < len(text); k++ {
		switch {
		case text[k] == '\n' && k-at > 0 && !strings.Contains(text[k:min(len(text), k+200)], q):
			return k
		case strings.HasPrefix(text[k:], q):
			return k
		case text[k] == '\\' && q[0] != '\\' && q[0] != '%':
			k++
		}
	}
	return len(text)
}

// ends reports whether an unquoted value ends at k.
func ends(text string, k int, encoded bool) bool {
	switch c := text[k]; c {
	case ' ', '\t', '\n', '\r', '"', '\'', '&', ';', '<', '`':
		return true
	case ')', ']', '}', ',':
		rest := text[k+1:]
		if rest == "" || isSpace(rest[0]) || rest[0] == '"' || strings.IndexByte(")]},;", rest[0]) >= 0 {
			return true
		}
		next := run(rest, 0, isWord)
		return next > 0 && next < len(rest) && (rest[next] == '=' || rest[next] == ':')
	case '\\':
		return k+1 < len(text) && strings.IndexByte(`n"rt\u`, text[k+1]) >= 0
	case '%':
		return encoded && (hasPrefixFold(text[k:], "%26") || hasPrefixFold(text[k:], "%22") || hasPrefixFold(text[k:], "%20") || hasPrefixFold(text[k:], "%0a"))
	}
	return false
}

// row widens the value of a header to the end of its line or quotation, without
// the word for its scheme.
func (v value) row(text string) value {
	for _, scheme := range []string{"basic ", "bearer ", "token ", "digest ", "negotiate ", "ntlm ", "apikey ", "aws4-hmac-sha256 "} {
		if hasPrefixFold(text[v.start:], scheme) {
			v.start += len(scheme)
		}
	}
	if v.quoted {
		return v
	}
	v.end = v.start
	for v.end < len(text) && text[v.end] != '\n' && text[v.end] != '"' && text[v.end] != '\'' && !strings.HasPrefix(text[v.end:], `\n`) && !strings.HasPrefix(text[v.end:], `\r`) {
		v.end++
	}
	return v
}

// plausible reports whether a value can be a secret where it stands: behind the
// key that begins at start and the sign at i.
func (v value) plausible(text string, i, start int, s strength) bool {
	if v.end <= v.start {
		return false
	}
	t := text[v.start:v.end]
	if placeholder(t) {
		return false
	}
	switch s {
	case cookie:
		return len(t) >= 12 && mixed(t)
	case wholeRow:
		return len(t) >= 6 && mixed(t)
	case likely:
		if v.broken {
			return len(t) >= 12 && mixed(t)
		}
		return len(t) >= 6 && !number(t) && (odd(t) || !v.blank && len(t) >= 12 && !strings.ContainsAny(t, "/ ") || v.quoted && len(t) >= 12 && !strings.Contains(t, " "))
	}
	if v.quoted || !v.blank && (text[i] == '=' || text[i] == '%' || text[i] == '\\') {
		return true
	}
	if v.broken {
		return odd(t)
	}
	alone := v.end == len(text) || text[v.end] == '\n' || text[v.end] == '\r' || strings.HasPrefix(text[v.end:], `\n`)
	return odd(t) || alone && !prose[strings.ToLower(strings.TrimRight(t, ".,!"))]
}

// odd reports whether t is no word of a sentence.
func odd(t string) bool {
	if len(t) < 4 || strings.HasPrefix(t, "/") && strings.Count(t, "/") > 1 {
		return false
	}
	t = strings.TrimRight(t, ".,;:!?)")
	var digit, symbol, turn bool
	for k := range len(t) {
		digit = digit || isDigit(t[k])
		symbol = symbol || !isAlnum(t[k]) && t[k] != '-' && t[k] != '_' && t[k] != '.' && t[k] != '\'' && t[k] < 0x80 && t[k] != '(' && t[k] != '/'
		turn = turn || k > 0 && isUpper(t[k]) && !isUpper(t[k-1])
	}
	return digit && !number(t) || symbol || turn && len(t) >= 8
}

// number reports whether t is a count, a duration or a time, and not a secret.
func number(t string) bool {
	digits := 0
	for k := range len(t) {
		switch c := t[k]; {
		case isDigit(c):
			digits++
		case strings.IndexByte(".:-+/%smhdunkMGKiBTZ,", c) < 0:
			return false
		}
	}
	return digits > 0 && len(t) <= 24
}

// prose are words that follow "password:" in sentences.
var prose = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq("required invalid incorrect missing expired empty unset none null nil wrong denied failed failure ok changed set unknown true false yes no " +
		"rejected accepted mismatch error updated reset rotated valid enabled disabled absent present hidden default unchanged optional success successful") {
		m[w] = true
	}
	return m
}()

// placeholder reports whether t stands for a value instead of being one.
func placeholder(t string) bool {
	low := strings.ToLower(t)
	switch low {
	case "null", "nil", "none", "true", "false", "yes", "no", "undefined", "unset", "empty", "redacted", "hidden", "masked", "filtered", "secret", "password", "token", "changed", "required", "invalid", "expired", "missing", "(null)", "-", "?", "n/a", "string", "bearer", "basic":
		return true
	}
	if marked(t) {
		return true
	}
	if strings.Trim(t, "*•.xX#-_?") == "" {
		return true
	}
	for _, pair := range []string{"${}", "$()", "<>", "{{}}", "[]", "%()s", "{}", "%{}", "()"} {
		half := (len(pair) + 1) / 2
		if pair == "%()s" {
			half = 2
		}
		if strings.HasPrefix(t, pair[:half]) && strings.HasSuffix(t, pair[half:]) && len(t) < 48 && !strings.ContainsAny(t[half:len(t)-len(pair[half:])], "=:,") {
			return true
		}
	}
	if t[0] == '$' && run(t, 1, isWord) == len(t) && strings.ToUpper(t) == t {
		return true
	}
	return len(t) <= 3 && t[0] == '%'
}
