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
