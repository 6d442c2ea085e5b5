package redact

import (
	"cmp"
	"slices"
	"strings"
)

// What a byte can begin, or end the key of.
const (
	atPrefix  = 1 << iota // a token with a known prefix, or an IBAN
	atSign                // = : > and the % of an encoded one: a key stands before
	atDigit               // a card or an address
	atDash                // a PEM header or a flag
	atAddress             // the @ of an e-mail address
	atColon               // a URL's scheme stands before
	atKeyword             // a word that announces a secret
	atHex                 // an IPv6 address, when those are looked for
)

var starters = func() (t [256]uint8) {
	for _, p := range prefixes {
		t[p.text[0]] |= atPrefix
	}
	t['e'] |= atPrefix // JWT
	for c := 'A'; c <= 'Z'; c++ {
		t[c] |= atPrefix // IBAN
	}
	for c := '0'; c <= '9'; c++ {
		t[c] |= atDigit
	}
	for _, c := range "abcdefABCDEF" {
		t[c] |= atHex
	}
	for _, c := range "=:>%\\" {
		t[c] |= atSign
	}
	for _, k := range announcers {
		t[k.text[0]] |= atKeyword
		t[k.text[0]-'a'+'A'] |= atKeyword
	}
	t['-'] |= atDash
	t['@'] |= atAddress
	t[':'] |= atColon
	t['%'] |= atColon
	return t
}()

// inWord are the bytes of words.
var inWord = func() (t [256]bool) {
	for c := range t {
		t[c] = isWord(byte(c))
	}
	return t
}()

// find returns what is to be removed from text, in order and apart.
func find(text string, r *Redactor) []span {
	var found []span
	add := func(s span, ok bool) bool {
		if ok && s.end > s.start && !marked(text[s.start:]) {
			found = append(found, s)
		}
		return ok
	}
	escape := -8 // where the last escape began: a word may begin behind it
	for i := 0; i < len(text); i++ {
		what := starters[text[i]]
		if what == 0 || what&^(atPrefix|atDigit|atKeyword|atHex) == 0 && i > 0 && inWord[text[i-1]] && i-escape > 6 {
			continue
		}
		if text[i] == '%' || text[i] == '\\' {
			escape = i
		}
		if what&atDash != 0 && i+5 < len(text) && text[i+1] == '-' {
			if s, ok := pem(text, i); ok {
				add(s, true)
				i = max(i, s.end-1)
				continue
			}
			add(flag(text, i))
		}
		if what&atSign != 0 {
			if n := signAt(text, i); n > 0 && add(pair(text, i, n)) {
				i = max(i, found0(found, i)-1)
				continue
			}
		}
		if what&atColon != 0 {
			add(userinfo(text, i))
		}
		if what&atAddress != 0 && r.email {
			add(email(text, i))
		}
		if (what&(atPrefix|atDigit|atKeyword) != 0 || what&atHex != 0 && r.address) && begins(text, i) {
			i = word(text, i, what, r, add)
		} else if r.address && text[i] == ':' && i+1 < len(text) && text[i+1] == ':' && begins(text, i) {
			add(address(text, i))
		}
	}
	return merge(found)
}

// found0 returns where the last finding ends when it lies after i.
func found0(found []span, i int) int {
	if n := len(found); n > 0 && found[n-1].start > i {
		return found[n-1].end
	}
	return i + 1
}

// word looks for what begins at the word at i, and returns its last byte.
func word(text string, i int, what uint8, r *Redactor, add func(span, bool) bool) int {
	try := func(s span, ok bool) bool {
		if ok {
			add(s, true)
			i = max(i, s.end-1)
		}
		return ok
	}
	switch {
	case what&atPrefix != 0 && try(token(text, i)):
	case what&atPrefix != 0 && try(iban(text, i)):
	case what&atDigit != 0 && try(card(text, i)):
	case what&atKeyword != 0 && try(announced(text, i)):
	case r.address && (what&atDigit != 0 || isHex(text[i])) && try(address(text, i)):
	case what&atDigit != 0:
		for i+1 < len(text) && isDigit(text[i+1]) {
			i++ // what is inside a number begins nothing
		}
	}
	return i
}

// merge sorts findings and joins those that overlap; the first names the kind.
func merge(found []span) []span {
	slices.SortStableFunc(found, func(a, b span) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	out := found[:0]
	for _, s := range found {
		if n := len(out); n > 0 && s.start < out[n-1].end {
			out[n-1].end = max(out[n-1].end, s.end)
			continue
		}
		out = append(out, s)
	}
	return out
}

// begins reports whether a word begins at i: nothing that belongs to it stands
// before, but for an escape such as %3D, \n or \u003d.
func begins(text string, i int) bool {
	if i == 0 || !isWord(text[i-1]) {
		return true
	}
	switch {
	case i >= 3 && text[i-3] == '%' && isHex(text[i-2]) && isHex(text[i-1]):
		return true
	case i >= 2 && text[i-2] == '\\' && strings.IndexByte("nrtu", text[i-1]) >= 0:
		return true
	case i >= 6 && text[i-6] == '\\' && text[i-5] == 'u':
		return true
	}
	return false
}

// run returns the end of the bytes from i on that are in class.
func run(text string, i int, class func(byte) bool) int {
	for i < len(text) && class(text[i]) {
		i++
	}
	return i
}

func isDigit(c byte) bool  { return c-'0' < 10 }
func isUpper(c byte) bool  { return c-'A' < 26 }
func isLetter(c byte) bool { return c|0x20-'a' < 26 }
func isAlnum(c byte) bool  { return isDigit(c) || isLetter(c) }
func isWord(c byte) bool   { return isAlnum(c) || c == '_' }
func isHex(c byte) bool    { return isDigit(c) || c|0x20-'a' < 6 }
func isBase(c byte) bool   { return isWord(c) || c == '-' }
func isBase64(c byte) bool { return isAlnum(c) || c == '+' || c == '/' || c == '=' }
func isOpaque(c byte) bool {
	return isBase(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '='
}
func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// lowerASCII keeps every byte where it is: [strings.ToLower] moves what follows a byte
// that is no UTF-8.
func lowerASCII(text string) string {
	b := []byte(text)
	for i, c := range b {
		if isUpper(c) {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// hasPrefixFold compares in ASCII; prefix is lower case.
func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}
