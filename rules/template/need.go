package template

import (
	"strings"
	"unicode"
)

// The number of different words that make a place vary: for names, at most, and one
// that no place has.
const (
	few   = 3
	most  = 8
	never = most + 1
)

// need returns how many different words make a place one that varies. Names vary
// sooner than other words, and what tells how something went never does.
func (s *sentence) need(p int) int {
	word, others := s.words[p], s.constant()-1
	if others < 1 || p == 0 || word == Variable || isState(word) {
		return never
	}
	before := s.words[p-1]
	switch {
	case introduces(before) && strings.TrimSpace(s.between[p]) == "":
		return 2
	case len(word) > 1 && strings.ToUpper(word) == word && strings.ToLower(word) != word:
		return most // states and events are often written so
	case isName(word) || s.isEnclosed(p):
		return few + 2*max(0, 2-others)
	case others < 2:
		return most
	}
	return 5
}

// names returns the places of names that other words introduce.
func (s *sentence) names() (out []int) {
	for p := range s.places() {
		if s.need(p) < few {
			out = append(out, p)
		}
	}
	return out
}

// constant is the number of words that stay.
func (s *sentence) constant() (n int) {
	for _, w := range s.words {
		if w != Variable {
			n++
		}
	}
	return n
}

// isEnclosed reports whether a place stands alone in quotes or brackets.
func (s *sentence) isEnclosed(p int) bool {
	return strings.HasSuffix(s.between[p], `"`) && strings.HasPrefix(s.between[p+1], `"`) ||
		strings.HasSuffix(s.between[p], `'`) && strings.HasPrefix(s.between[p+1], `'`) ||
		strings.HasSuffix(s.between[p], `[`) && strings.HasPrefix(s.between[p+1], `]`) ||
		strings.HasSuffix(s.between[p], `(`) && strings.HasPrefix(s.between[p+1], `)`)
}

// isName reports whether a word looks like an identifier: camelCase, or with a sign
// in it.
func isName(word string) bool {
	if strings.ContainsAny(word, `_.-$@\/#`) || strings.Contains(word, Variable) {
		return true
	}
	lower := false
	for _, r := range word {
		if lower && unicode.IsUpper(r) {
			return true
		}
		lower = unicode.IsLower(r)
	}
	return false
}

// introduces reports whether a name follows a word.
func introduces(word string) bool {
	switch strings.ToLower(word) {
	case "user", "from", "name", "host", "hostname", "device", "file", "path", "class", "interface", "domain", "account",
		"group", "container", "image", "pod", "volume":
		return true
	}
	return false
}

// isState reports whether a word tells how something went, or what is done.
func isState(word string) bool {
	switch strings.ToLower(word) {
	case "enable", "disable", "enabled", "disabled", "active", "inactive", "activated", "deactivated", "true", "false",
		"on", "off", "yes", "no", "not", "ok", "error", "errors", "success", "successful", "succeeded", "failed", "failure", "fail",
		"start", "stop", "started", "stopped", "starting", "stopping", "up", "down", "open", "close", "opened", "closed",
		"read", "write", "get", "put", "post", "delete", "set", "begin", "end", "done", "complete", "completed", "running",
		"connected", "disconnected", "connect", "disconnect", "add", "remove", "added", "removed", "create", "created",
		"warning", "warn", "info", "debug", "fatal", "critical", "panic", "enter", "exit", "lock", "unlock", "locked",
		"unlocked", "valid", "invalid", "online", "offline", "alive", "dead", "healthy", "unhealthy", "degraded", "ready",
		"full", "empty", "in", "out", "timeout", "lost", "found", "null", "none", "unknown", "denied", "refused", "corrupt", "corrupted":
		return true
	}
	return false
}
