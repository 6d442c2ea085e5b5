// Package template finds what of log lines stays and what varies: the line
//
//	Nov 25 07:38:15 web1 sshd[4711]: Failed password for root from 192.0.2.7 port 40022 ssh2
//
// has the template
//
//   - web* sshd[*]: Failed password for root from * port * ssh*
//
// [Of] decides by what a line alone shows: numbers, times, addresses, paths and the
// values of key=value pairs vary. [Known] decides by what came before: a word that
// changes while the words around it stay, such as a user's name, varies too.
//
// Both are deterministic: the same lines in the same order give the same templates.
package template

import "strings"

// Variable stands in a template for what varies.
const Variable = "*"

// The bounds of a template: so much of a line is looked at, so many of its words
// and signs are kept. A longer word varies.
const (
	maxLine   = 2048
	maxTokens = 96
	maxWord   = 64
)

// token is a word, a sign or a Variable.
type token struct {
	text   string
	spaced bool // a space stands before it
}

// Of returns the template of a line: its words and signs, with one space for any
// white space and [Variable] for what varies. Only the first line of a record of
// several lines, and of it the first 2,048 bytes and 96 words and signs, are looked at.
func Of(line string) string {
	line = line[:min(len(line), maxLine)]
	if end := strings.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	var b strings.Builder
	b.Grow(len(line))
	var room [maxTokens]token // not on the heap: this is done for every line of a flood
	for n, t := range tokens(line, room[:0]) {
		if t.spaced && n > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
	}
	return b.String()
}

// tokens cuts a line into words and signs, and appends these to out.
func tokens(line string, out []token) []token {
	spaced := false
	for i := 0; i < len(line) && len(out) < maxTokens; {
		if line[i] <= ' ' || line[i] == 0x7f {
			spaced = true
			i++
			continue
		}
		n, text := next(line[i:], out, spaced || i == 0 || isSign(line[i-1]))
		out = push(out, token{text, spaced})
		spaced = false
		i += n
	}
	return out
}

// next returns the length and the template of what a text begins with. begins tells
// that no word goes on here.
func next(s string, before []token, begins bool) (n int, text string) {
	if n := valueLength(s, before); n > 0 {
		return n, Variable
	}
	if begins {
		if n := max(pathLength(s), chainLength(s)); n > 0 {
			return n, Variable
		}
	}
	if isSign(s[0]) {
		return 1, s[:1]
	}
	for n < len(s) && s[n] > ' ' && s[n] != 0x7f && !isSign(s[n]) {
		n++
	}
	end := n
	for end > 0 && (s[end-1] == '.' || s[end-1] == '!' || s[end-1] == '?') {
		end--
	}
	if end == 0 { // a row of dots is one sign
		return n, s[:1]
	}
	return end, maskWord(s[:end])
}

// push appends a token. What belongs to a number before or after it varies with it.
func push(out []token, t token) []token {
	last := len(out) - 1
	if t.text != Variable {
		if last >= 0 && out[last].text == Variable && (isUnit(t.text) || isDateWord(t.text)) {
			return out
		}
		return append(out, t)
	}
	for last >= 0 && isDateWord(out[last].text) {
		t.spaced = out[last].spaced
		out, last = out[:last], last-1
	}
	switch {
	case last >= 0 && out[last].text == Variable:
		return out
	case last >= 1 && out[last-1].text == Variable && joins(out[last], t):
		return out[:last]
	}
	return append(out, t)
}

// joins reports whether a sign joins the Variable before it with the one behind it,
// as in 12:30:00, 192.0.2.7:443 or 1, 2, 3.
func joins(sign, behind token) bool {
	if sign.spaced || len(sign.text) != 1 {
		return false
	}
	return sign.text == "," || !behind.spaced && strings.Contains(":=|;<>/-+.", sign.text)
}
