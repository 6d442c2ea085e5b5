package redact

import "strings"

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
	if placeholder(t) || v.filledIn(text) {
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

// filledIn reports whether a value begins with the brackets of a template, which end
// it: ${DB_PASSWORD} and {{ .Password }} hold what another program puts there.
func (v value) filledIn(text string) bool {
	const longest = 48
	for _, b := range [][2]string{{"${", "}"}, {"{{", "}}"}, {"$(", ")"}} {
		rest, ok := strings.CutPrefix(text[v.start:], b[0])
		if !ok {
			continue
		}
		name, after, ok := strings.Cut(rest[:min(len(rest), longest)], b[1])
		return ok && !strings.ContainsAny(name, "=:,\n") && (after == "" || ends(after, 0, false))
	}
	return false
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
	case "null", "nil", "none", "true", "false", "yes", "no", "undefined", "unset", "empty", "redacted", "hidden", "masked", "filtered", "secret", "password", "token", "changed", "required", "invalid", "expired", "missing", "(null)", "-", "?", "n/a", "string", "bearer", "basic",
		"amd64", "arm64", "armhf", "i386", "ppc64el", "riscv64", "s390x": // of the package passwd
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
