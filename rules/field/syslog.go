package field

import (
	"bytes"
	"strconv"
	"strings"
)

// The names of syslog's numbers (RFC 5424, section 6.2.1).
const (
	severities = "emerg alert crit err warning notice info debug"
	facilities = "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock local0 local1 local2 local3 local4 local5 local6 local7"
)

// syslog adds the header of a line of syslog and returns its message; ok is false
// when the line has none.
func (f *Fields) syslog(s []byte) (message []byte, ok bool) {
	rest, pri, found := priority(s)
	if found && bytes.HasPrefix(rest, []byte("1 ")) {
		return f.syslog5424(rest[2:], pri)
	}
	at := stamp(rest)
	if at == 0 {
		return nil, false
	}
	after := rest[at+1:]
	host, after, ok := bytes.Cut(after, []byte(" "))
	tag, message, colon := bytes.Cut(after, []byte(":"))
	if !ok || len(host) == 0 || !colon || !f.isTag(tag) {
		return nil, false
	}
	f.pri(pri)
	f.put("timestamp", rest[:at])
	f.put("hostname", host)
	f.tag(tag)
	message = bytes.TrimPrefix(message, []byte(" "))
	f.put("message", message)
	return message, true
}

// priority cuts <N> off.
func priority(s []byte) (rest, pri []byte, ok bool) {
	if len(s) == 0 || s[0] != '<' {
		return s, nil, false
	}
	n := bytes.IndexByte(s, '>')
	if n < 2 || n > 4 {
		return s, nil, false
	}
	if v, err := strconv.ParseUint(string(s[1:n]), 10, 8); err != nil || v > 191 {
		return s, nil, false
	}
	return s[n+1:], s[1:n], true
}

func (f *Fields) pri(pri []byte) {
	v, err := strconv.ParseUint(string(pri), 10, 8)
	if err != nil {
		return // there is none
	}
	f.put("pri", pri)
	f.put("syslog.facility", []byte(strings.Fields(facilities)[v/8]))
	f.put("syslog.severity", []byte(strings.Fields(severities)[v%8]))
}

// stamp returns the length of the time that s begins with, which a blank follows:
// RFC 3164's, or the one of RFC 3339 that today's daemons write. 0 is none.
func stamp(s []byte) int {
	if isMonth(s) && (isShape(s[3:], " dd dd:dd:dd ") || isShape(s[3:], "  d dd:dd:dd ")) {
		return 15
	}
	if !isShape(s, "dddd-dd-ddTdd:dd:dd") {
		return 0
	}
	return max(bytes.IndexByte(s[:min(len(s), 36)], ' '), 0)
}

func isMonth(s []byte) bool {
	return len(s) > 3 && strings.Contains("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", string(s[:3])) && s[0] != ' ' && s[1] != ' ' && s[2] != ' '
}

// isTag reports whether s can be `program[pid]`.
func (f *Fields) isTag(s []byte) bool {
	return len(s) > 0 && len(s) <= 128 && (bytes.IndexByte(s, ' ') < 0 || bytes.HasSuffix(s, []byte("]")))
}

func (f *Fields) tag(s []byte) {
	program, pid, ok := bytes.Cut(s, []byte("["))
	f.put("program", program)
	if ok {
		f.put("pid", bytes.TrimSuffix(pid, []byte("]")))
	}
}

// syslog5424 takes what follows the version: five words, the structured data, the
// message.
func (f *Fields) syslog5424(s, pri []byte) (message []byte, ok bool) {
	words := bytes.SplitN(s, []byte(" "), 6)
	if len(words) < 6 {
		return nil, false
	}
	f.pri(pri)
	for i, name := range []string{"timestamp", "hostname", "program", "pid", "msgid"} {
		f.put(name, words[i])
	}
	rest := words[5]
	if bytes.HasPrefix(rest, []byte("-")) {
		rest = rest[1:]
	} else {
		for len(rest) > 0 && rest[0] == '[' {
			if rest, ok = f.element(rest[1:]); !ok {
				break
			}
		}
	}
	message = bytes.TrimPrefix(bytes.TrimPrefix(rest, []byte(" ")), []byte("\ufeff"))
	f.put("message", message)
	return message, true
}

// element adds the parameters of one element of structured data under the name of
// the element, as in exampleSDID@32473.iut.
func (f *Fields) element(s []byte) (rest []byte, ok bool) {
	n := bytes.IndexAny(s, " ]")
	if n <= 0 {
		return s, false
	}
	id := s[:n]
	for s = s[n:]; len(s) > 0 && s[0] == ' '; {
		name, after, ok := bytes.Cut(s[1:], []byte("="))
		if !ok || len(after) == 0 || after[0] != '"' {
			return s, false
		}
		value, after, ok := quoted(after)
		if !ok {
			return s, false
		}
		f.add(f.name(id, name), value, structured)
		s = after
	}
	if len(s) == 0 || s[0] != ']' {
		return s, false
	}
	return s[1:], true
}
