package redact

import (
	"encoding/base64"
	"strings"
)

// userinfo finds the password of a URL (RFC 3986, 3.2.1), also of an encoded
// one, behind the scheme's colon at i.
func userinfo(text string, i int) (span, bool) {
	rest := text[i:]
	at, colon, host := 0, ":", "@"
	switch {
	case strings.HasPrefix(rest, "://"):
		at = i + 3
	case strings.HasPrefix(rest, `:\/\/`):
		at = i + 5
	case hasPrefixFold(rest, "%3a%2f%2f"):
		at, colon, host = i+9, "%3a", "%40"
	default:
		return span{}, false
	}
	if i == 0 || !isAlnum(text[i-1]) {
		return span{}, false
	}
	end := at
	for end < len(text) && end-at < 512 && !isSpace(text[end]) && strings.IndexByte("\"'<>`,", text[end]) < 0 {
		end++
	}
	part := lowerASCII(text[at:end])
	a := strings.Index(part, host)
	if a < 0 {
		return span{}, false
	}
	path := len(part)
	if p := strings.IndexByte(part[a:], '/'); p >= 0 {
		path = a + p
	}
	a = max(a, strings.LastIndex(part[:path], host)) // p@ss@host
	c := strings.Index(part, colon)
	if c < 0 || c > a {
		secret := text[at : at+a] // a token instead of a name
		return span{at, at + a, Password}, len(secret) >= 16 && mixed(secret) && !strings.Contains(secret, "/")
	}
	from := c + len(colon)
	port := run(part, from, isDigit)
	if from == a || port < len(part) && part[port] == '/' || placeholder(text[at+from:at+a]) {
		return span{}, false // host:port/path@x
	}
	return span{at + from, at + a, Password}, true
}

// pem finds a private key (RFC 7468) that begins at i, or ends there when its
// beginning was cut off.
func pem(text string, i int) (span, bool) {
	rest := text[i:]
	const begin, end = "-----BEGIN ", "-----END "
	switch {
	case strings.HasPrefix(rest, begin):
		head := rest[:min(len(rest), 80)]
		if !strings.Contains(head, "PRIVATE KEY") {
			return span{}, false
		}
		if to := strings.Index(rest, end); to >= 0 && to < 64<<10 {
			after := to + len(end)
			if dashes := strings.Index(rest[after:min(len(rest), after+64)], "-----"); dashes >= 0 {
				after += dashes + 5
			}
			return span{i, i + after, PrivateKey}, true
		}
		return span{i, keyLines(text, i+len(begin)), PrivateKey}, true
	case strings.HasPrefix(rest, end) && strings.Contains(rest[:min(len(rest), 80)], "PRIVATE KEY"):
		start := i
		for start > 0 && isKey(text[start-1]) {
			start--
		}
		stop := i + len(end) + strings.Index(rest[len(end):], "KEY") + 3
		return span{start, run(text, stop, func(c byte) bool { return c == '-' }), PrivateKey}, true
	}
	return span{}, false
}

func isKey(c byte) bool { return isBase64(c) || c == '\n' || c == '\r' || c == '\\' }

// keyLines returns where the lines of a key without an end end.
func keyLines(text string, i int) int {
	i += strings.Index(text[i:], "KEY") + 3
	i = run(text, i, func(c byte) bool { return c == '-' })
	end := i
	for i < len(text) {
		stop := run(text, i, isBase64)
		more := stop < len(text) && (text[stop] == '\n' || text[stop] == '\r' || text[stop] == '\\')
		switch {
		case stop-i >= 16:
			end = stop // a line of the key
		case stop > i && (!more || stop-i > 1): // the one byte is an escape's
			return end
		case stop == i && !more && text[i] != ' ' && text[i] != '\t':
			return end
		}
		i = stop + 1
	}
	return end
}

// flag finds the argument of a flag that is named for a secret: --password x.
func flag(text string, i int) (span, bool) {
	if i > 0 && !isSpace(text[i-1]) && strings.IndexByte("\"'[,`", text[i-1]) < 0 {
		return span{}, false
	}
	end := run(text, i+2, isBase)
	if end == i+2 || end >= len(text) {
		return span{}, false
	}
	s, known := strengthOf(text[i+2 : end])
	if !known || s > likely {
		return span{}, false
	}
	at := end
	// "--password","x" in a list of arguments; --password \ over two lines
	for at < len(text) && at-end < 8 && (isSpace(text[at]) || strings.IndexByte("\"',\\", text[at]) >= 0) {
		at++
	}
	if at == end || at >= len(text) || text[at] == '-' {
		return span{}, false
	}
	stop := at
	for stop < len(text) && !isSpace(text[stop]) && strings.IndexByte("\"',`]", text[stop]) < 0 {
		stop++
	}
	t := text[at:stop]
	return span{at, stop, Password}, t != "" && !placeholder(t) && !prose[t] && (s == sure && (stop == len(text) || odd(t) || text[end] != ' ' || len(t) > 3) || opaque(t))
}

// announcer is a word that a secret follows. The text is in lower case.
type announcer struct {
	text string
	from func(text string, at int) (span, bool)
}

var announcers = []announcer{
	{"basic ", basic},
	{"bearer ", bearer},
	{"password '", quoted},
	{"identified by '", quoted},
	{"identified by password '", quoted},
	{"sshpass -p", argument},
	{"curl -u ", login},
}

func announced(text string, i int) (span, bool) {
	for _, a := range announcers {
		if a.text[0] == text[i]|0x20 && hasPrefixFold(text[i:], a.text) {
			return a.from(text, i+len(a.text))
		}
	}
	return span{}, false
}

// basic is a user and a password in base64 (RFC 7617).
func basic(text string, at int) (span, bool) {
	end := run(text, at, isBase64)
	plain, err := base64.StdEncoding.DecodeString(text[at:end])
	return span{at, end, Password}, err == nil && end-at >= 8 && strings.Contains(string(plain), ":")
}

func bearer(text string, at int) (span, bool) {
	end := run(text, at, isOpaque)
	return span{at, end, Token}, end-at >= 16 && mixed(text[at:end])
}

func quoted(text string, at int) (span, bool) {
	end := strings.IndexByte(text[at:], '\'')
	return span{at, at + max(end, 0), Password}, end > 0 && end < 128 && !placeholder(text[at:at+end])
}

func argument(text string, at int) (span, bool) {
	at = run(text, at, func(c byte) bool { return c == ' ' || c == '\'' || c == '"' })
	end := run(text, at, func(c byte) bool { return !isSpace(c) && c != '\'' && c != '"' })
	return span{at, end, Password}, end > at
}

func login(text string, at int) (span, bool) {
	s, ok := argument(text, at)
	colon := strings.IndexByte(text[s.start:s.end], ':')
	return span{s.start + colon + 1, s.end, Password}, ok && colon > 0 && s.start+colon+1 < s.end
}
