package template

import "strings"

func isDigit(c byte) bool  { return c-'0' < 10 }
func isLetter(c byte) bool { return c|0x20-'a' < 26 }
func isHex(c byte) bool    { return isDigit(c) || (c|0x20)-'a' < 6 }

// isSign reports whether a byte separates words and is none.
func isSign(c byte) bool {
	switch c {
	case '(', ')', '[', ']', '{', '}', '<', '>', ',', ';', ':', '=', '"', '\'', '|', '&', '`':
		return true
	}
	return false
}

// isDateWord reports whether a word is part of a time.
func isDateWord(s string) bool {
	switch s {
	case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun",
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
		"UTC", "GMT", "CET", "CEST", "EST", "EDT", "PST", "PDT", "AM", "PM":
		return true
	}
	return false
}

// isUnit reports whether a word is what the number before it counts.
func isUnit(s string) bool {
	switch s {
	case "B", "KB", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "K", "M", "G", "%",
		"ns", "us", "ms", "s", "sec", "secs", "Hz", "kHz", "MHz", "GHz", "kbps", "Mbps":
		return true
	}
	return false
}

// maskWord returns a word as it stands in a template: itself, a Variable, or for a
// name with a number, such as eth0, the name and a Variable.
func maskWord(s string) string {
	if len(s) > maxWord {
		return Variable
	}
	numbered := strings.IndexFunc(s, func(r rune) bool { return '0' <= r && r <= '9' })
	if numbered < 0 {
		if isHostName(s) || strings.Count(s, "/") > 1 {
			return Variable
		}
		return s
	}
	end := strings.TrimRight(s, "0123456789")
	if numbered == len(end) && len(end) >= 2 && len(s)-len(end) < 6 && isLetter(s[0]) && !strings.ContainsAny(end, "/.") && !isAllHex(end) {
		return end + Variable
	}
	return Variable
}

// isAllHex reports whether a word is made of hexadecimal digits alone, as the
// beginning of a checksum may be.
func isAllHex(s string) bool {
	for i := range len(s) {
		if !isHex(s[i]) {
			return false
		}
	}
	return len(s) > 3
}

// isHostName reports whether a word is the name of a host in a domain that is
// common, and so no name of a class or of a file.
func isHostName(s string) bool {
	dot := strings.LastIndexByte(s, '.')
	if dot < 1 || strings.ToLower(s) != s {
		return false
	}
	switch s[dot+1:] {
	case "com", "org", "net", "edu", "gov", "mil", "int", "io", "info", "biz", "local", "lan", "internal", "localdomain",
		"au", "br", "ca", "cn", "de", "eu", "fr", "hk", "in", "it", "jp", "kr", "nl", "pl", "ru", "tw", "uk", "us":
		return true
	}
	return false
}

// pathLength returns how long the path or URL is that a text begins with; 0 for none.
func pathLength(s string) int {
	switch {
	case strings.HasPrefix(s, "./"), strings.HasPrefix(s, "~/"), len(s) > 1 && s[0] == '/' && s[1] > ' ' && !isSign(s[1]):
	case len(s) > 2 && isLetter(s[0]) && s[1:3] == `:\`:
	case schemeLength(s) > 0:
	default:
		return 0
	}
	n := strings.IndexAny(s, " \t\"'<>|`")
	if n < 0 {
		n = len(s)
	}
	return len(strings.TrimRight(s[:n], ").,;:]}"))
}

// schemeLength returns how long the scheme of a URL is, without its ://.
func schemeLength(s string) int {
	n := 0
	for n < len(s) && (isLetter(s[n]) || n > 0 && (isDigit(s[n]) || s[n] == '+' || s[n] == '-' || s[n] == '.')) {
		n++
	}
	if n > 0 && strings.HasPrefix(s[n:], "://") {
		return n
	}
	return 0
}

// chainLength returns how long the chain of hexadecimal numbers is that a text
// begins with, such as an IPv6 or a hardware address; 0 for none.
func chainLength(s string) int {
	n, colons := 0, 0
	for n < len(s) && (isHex(s[n]) || s[n] == ':') {
		if s[n] == ':' {
			colons++
		}
		n++
	}
	if n < len(s) && (isLetter(s[n]) || s[n] == '_') {
		return 0
	}
	whole := strings.TrimRight(s[:n], ":")
	if colons -= n - len(whole); colons < 2 || len(whole) < 5 {
		return 0
	}
	return len(whole)
}

// valueLength returns how long the value of a pair key=value is, where the tokens
// before are its beginning; 0 for none. What a key such as state or error names
// belongs to the template.
func valueLength(s string, before []token) int {
	last := len(before) - 1
	if last < 1 || before[last].text != "=" || before[last].spaced || !isLetter(before[last-1].text[0]) || tells(before[last-1].text) {
		return 0
	}
	if s[0] == '"' || s[0] == '\'' {
		if end := strings.IndexByte(s[1:], s[0]); end >= 0 {
			return end + 2
		}
		return 0
	}
	n := strings.IndexAny(s, " \t,;)]}\"|>&")
	if n < 0 {
		n = len(s)
	}
	return n
}

// tells reports whether the value of a key says what happened.
func tells(key string) bool {
	switch strings.ToLower(key) {
	case "level", "lvl", "severity", "loglevel", "msg", "message", "event", "err", "error", "reason", "status", "state",
		"action", "op", "method", "type", "cause", "result":
		return true
	}
	return false
}
