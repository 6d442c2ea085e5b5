package redact

import (
	"net/netip"
	"strings"
)

// card finds a payment card number: an issuer's range, its length, and the check
// digit of ISO/IEC 7812-1 (Luhn). Groups are parted by one blank, dash, plus or
// %20.
func card(text string, i int) (span, bool) {
	if i > 0 && (text[i-1] == '.' || text[i-1] == '-' && i > 1 && isAlnum(text[i-2])) {
		return span{}, false
	}
	if text[i] < '2' || text[i] > '6' || i+12 >= len(text) || !isDigit(text[i+3]) {
		return span{}, false // no issuer begins so
	}
	var digits [20]byte
	n, end, groups := 0, i, 1
	for k := i; k < len(text); {
		if isDigit(text[k]) {
			if n == 19 {
				return span{}, false
			}
			digits[n] = text[k] - '0'
			n++
			k++
			end = k
			continue
		}
		skip := 0
		if c := text[k]; c == ' ' || c == '-' || c == '+' {
			skip = 1
		} else if strings.HasPrefix(text[k:], "%20") {
			skip = 3
		}
		if skip == 0 || n < 4 || n > 15 || k+skip >= len(text) || !isDigit(text[k+skip]) {
			break
		}
		groups++
		k += skip
	}
	if end < len(text) && (isWord(text[end]) || text[end] == '-' && end+1 < len(text) && isAlnum(text[end+1]) || text[end] == '.' && end+1 < len(text) && isDigit(text[end+1])) {
		return span{}, false
	}
	if groups > 1 && !grouped(text[i:end]) {
		return span{}, false
	}
	return span{i, end, Card}, issued(digits[:n]) && luhn(digits[:n])
}

// grouped reports whether the groups are those that cards are printed in.
func grouped(t string) bool {
	var sizes []int
	for _, g := range strings.FieldsFunc(strings.ReplaceAll(t, "%20", " "), func(r rune) bool { return r < '0' || r > '9' }) {
		sizes = append(sizes, len(g))
	}
	if len(sizes) == 3 {
		return sizes[0] == 4 && sizes[1] == 6 && (sizes[2] == 5 || sizes[2] == 4)
	}
	for k, s := range sizes {
		if s != 4 && (k < len(sizes)-1 || s > 4) {
			return false
		}
	}
	return len(sizes) >= 4
}

// issued knows the ranges of the large schemes.
func issued(d []byte) bool {
	if len(d) < 13 {
		return false
	}
	two := int(d[0])*10 + int(d[1])
	four := two*100 + int(d[2])*10 + int(d[3])
	switch {
	case d[0] == 4:
		return len(d) == 13 || len(d) == 16 || len(d) == 19
	case two >= 51 && two <= 55, four >= 2221 && four <= 2720, two == 35, four == 6011, two == 65, four/10 >= 644 && four/10 <= 649:
		return len(d) == 16
	case two == 34 || two == 37:
		return len(d) == 15
	case two == 36 || two == 38 || four/10 >= 300 && four/10 <= 305:
		return len(d) == 14
	case two == 62:
		return len(d) >= 16
	}
	return false
}

func luhn(d []byte) bool {
	sum := 0
	for k := range d {
		v := int(d[len(d)-1-k])
		if k%2 == 1 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}

// iban finds an account number of ISO 13616: its check is 1 modulo 97.
func iban(text string, i int) (span, bool) {
	if i+15 > len(text) || !isUpper(text[i]) || !isUpper(text[i+1]) || !isDigit(text[i+2]) || !isDigit(text[i+3]) {
		return span{}, false
	}
	length := ibanLengths[text[i:i+2]]
	if length == 0 {
		return span{}, false
	}
	var plain [34]byte
	n, end := 0, i
	for k := i; k < len(text) && n < length; k++ {
		switch c := text[k]; {
		case isDigit(c) || isUpper(c):
			plain[n] = c
			n++
			end = k + 1
		case c == ' ' && n > 0 && n%4 == 0 && k == end:
		default:
			return span{}, false
		}
	}
	if n != length || end < len(text) && isWord(text[end]) {
		return span{}, false
	}
	rest := 0
	for k := range n {
		c := plain[(k+4)%n]
		if isDigit(c) {
			rest = (rest*10 + int(c-'0')) % 97
		} else {
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	return span{i, end, IBAN}, rest == 1
}

// ibanLengths are those of the registry of ISO 13616.
var ibanLengths = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28,
	"EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
	"IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15,
	"PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "XK": 20,
}

// email finds the address around the @ at i.
func email(text string, i int) (span, bool) {
	start := i
	for start > 0 && i-start < 64 && (isBase(text[start-1]) || strings.IndexByte(".+'", text[start-1]) >= 0) {
		start--
	}
	for start < i && !isWord(text[start]) {
		start++
	}
	end := run(text, i+1, func(c byte) bool { return isBase(c) || c == '.' })
	for end > i+1 && !isLetter(text[end-1]) {
		end--
	}
	domain := text[i+1 : end]
	dot := strings.LastIndexByte(domain, '.')
	return span{start, end, Email}, start < i && dot > 0 && len(domain)-dot > 2 && run(domain, dot+1, isLetter) == len(domain)
}

// address finds an IP address that begins at i. Loopback and unspecified ones
// are nobody's.
func address(text string, i int) (span, bool) {
	end := run(text, i, func(c byte) bool { return isHex(c) || c == ':' || c == '.' })
	for end > i && (text[end-1] == '.' || text[end-1] == ':' && !strings.HasSuffix(text[i:end], "::")) {
		end--
	}
	if colon := strings.IndexByte(text[i:end], ':'); colon > 0 && strings.Count(text[i:i+colon], ".") == 3 {
		end = i + colon // address:port
	}
	if end-i < 3 || end < len(text) && isWord(text[end]) || i > 0 && text[i-1] == '.' {
		return span{}, false
	}
	a, err := netip.ParseAddr(text[i:end])
	return span{i, end, Address}, err == nil && !a.IsLoopback() && !a.IsUnspecified()
}
