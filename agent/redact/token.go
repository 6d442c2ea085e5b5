package redact

import "strings"

// prefix is a token that can be known by how it begins.
type prefix struct {
	text     string
	class    func(byte) bool
	min, max int // bytes after text
}

// prefixes are the published token formats of their issuers. Longer ones stand
// before those that begin like them.
var prefixes = []prefix{
	{"AKIA", isAlnum, 16, 16},
	{"ASIA", isAlnum, 16, 16},
	{"ABIA", isAlnum, 16, 16},
	{"ACCA", isAlnum, 16, 16},
	{"AIza", isBase, 35, 35},
	{"AGE-SECRET-KEY-1", isAlnum, 58, 58},
	{"ATATT3", isOpaque, 60, 400},
	{"github_pat_", isWord, 40, 100},
	{"ghp_", isAlnum, 36, 255},
	{"gho_", isAlnum, 36, 255},
	{"ghu_", isAlnum, 36, 255},
	{"ghs_", isAlnum, 36, 255},
	{"ghr_", isAlnum, 36, 255},
	{"glpat-", isBase, 20, 64},
	{"glrt-", isBase, 20, 64},
	{"gldt-", isBase, 20, 64},
	{"glptt-", isBase, 20, 64},
	{"glsa_", isWord, 32, 64},
	{"xoxa-", isBase, 12, 255},
	{"xoxb-", isBase, 12, 255},
	{"xoxe-", isBase, 12, 255},
	{"xoxp-", isBase, 12, 255},
	{"xoxr-", isBase, 12, 255},
	{"xoxs-", isBase, 12, 255},
	{"xapp-", isBase, 12, 255},
	{"sk_live_", isAlnum, 16, 255},
	{"sk_test_", isAlnum, 16, 255},
	{"rk_live_", isAlnum, 16, 255},
	{"rk_test_", isAlnum, 16, 255},
	{"whsec_", isBase64, 16, 255},
	{"sk-", isBase, 32, 255},
	{"npm_", isAlnum, 36, 36},
	{"pypi-AgE", isBase, 16, 400},
	{"rubygems_", isHex, 48, 48},
	{"dckr_pat_", isBase, 20, 64},
	{"hf_", isAlnum, 30, 64},
	{"ya29.", isBase, 20, 400},
	{"SG.", isOpaque, 60, 80},
	{"SK", isHex, 32, 32},
	{"key-", isHex, 32, 32},
	{"dop_v1_", isHex, 64, 64},
	{"doo_v1_", isHex, 64, 64},
	{"hvs.", isBase, 20, 255},
	{"hvb.", isBase, 20, 400},
	{"shpat_", isHex, 32, 32},
	{"shpss_", isHex, 32, 32},
	{"shpca_", isHex, 32, 32},
	{"sq0atp-", isBase, 22, 22},
	{"sq0csp-", isBase, 43, 43},
	{"tskey-", isBase, 16, 128},
	{"PMAK-", isBase, 40, 80},
	{"NRAK-", isAlnum, 27, 27},
	{"dapi", isHex, 32, 32},
	{"lin_api_", isAlnum, 40, 40},
	{"pul-", isHex, 40, 40},
	{"hooks.slack.com/services/", isOpaque, 20, 128},
	{"discord.com/api/webhooks/", isOpaque, 40, 128},
}

// byLetter has the prefixes by their first byte.
var byLetter = func() (t [256][]prefix) {
	for _, p := range prefixes {
		t[p.text[0]] = append(t[p.text[0]], p)
	}
	return t
}()

// token finds a token with a known prefix, or a JWT, at i. One that the end of a
// line cut in two is found with its rest.
func token(text string, i int) (span, bool) {
	if s, ok := jwt(text, i); ok {
		return s, true
	}
	rest := text[i:]
	for _, p := range byLetter[text[i]] {
		if !strings.HasPrefix(rest, p.text) {
			continue
		}
		start := i + len(p.text)
		end := run(text, start, p.class)
		n := end - start
		if n < p.min && n >= 6 {
			if next := skipBreak(text, end); next > end {
				stop := run(text, next, p.class)
				n += stop - next
				end = stop
			}
		}
		if n >= p.min && n <= p.max && mixed(text[start:end]) {
			return span{i, end, Token}, true
		}
	}
	return span{}, false
}

// skipBreak skips one line break, also an escaped one, and what indents the next
// line.
func skipBreak(text string, i int) int {
	at := i
	switch {
	case at < len(text) && text[at] == '\n':
		at++
	case strings.HasPrefix(text[at:], "\r\n"), strings.HasPrefix(text[at:], `\n`):
		at += 2
	case strings.HasPrefix(text[at:], "\\\n"):
		at += 2
	default:
		return i
	}
	return run(text, at, func(c byte) bool { return c == ' ' || c == '\t' })
}

// jwt is three base64url parts, the first of which is a JSON object (RFC 7519).
func jwt(text string, i int) (span, bool) {
	if !strings.HasPrefix(text[i:], "eyJ") {
		return span{}, false
	}
	end, dots := i, 0
	for end < len(text) {
		stop := run(text, end, isBase)
		if next := skipBreak(text, stop); next > stop && dots < 3 && next < len(text) && isBase(text[next]) && stop-i >= 20 && opaque(text[next:run(text, next, isOpaque)]) {
			end = next
			continue
		}
		end = stop
		if dots == 2 || end >= len(text) || text[end] != '.' {
			break
		}
		dots++
		end++
	}
	return span{i, end, Token}, dots >= 1 && end-i >= 24
}

// mixed reports whether s can be random: words of one case without a digit are
// not, and neither is one character over and over.
func mixed(s string) bool {
	var digit, upper, lower bool
	seen := map[byte]bool{}
	for k := range len(s) {
		digit = digit || isDigit(s[k])
		upper = upper || isUpper(s[k])
		lower = lower || isLetter(s[k]) && !isUpper(s[k])
		seen[s[k]] = true
	}
	return len(seen) >= 5 && (digit || upper && lower)
}

// opaque reports whether s looks random enough to be the rest of a token.
func opaque(s string) bool { return len(s) >= 8 && mixed(s) }
