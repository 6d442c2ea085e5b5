package record

import "bytes"

// What stands here says in a few nanoseconds what a line cannot be, so that the
// expressions of traces and times are tried on few. Each is true too often, never too
// seldom.

// mayBegin reports whether a trace may begin with line, which next follows.
func mayBegin(line, next []byte) bool {
	switch {
	case len(line) == 0:
		return false
	case isBlank(line[0]), len(next) > 0 && isBlank(next[0]): // frames follow
		return true
	}
	for _, text := range []string{"Exception", "Error", "Throwable", "Failure", " error: ", "panic", "runtime: ", "Traceback", "Unhandled exception:", ".rb:"} {
		if bytes.Contains(line, []byte(text)) {
			return true
		}
	}
	return isDotted(line) || isPlace(line)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isDotted is for `a.b.C: message`.
func isDotted(line []byte) bool {
	head, _, found := bytes.Cut(line, []byte(": "))
	return found && bytes.IndexByte(head, '.') > 0 && bytes.IndexByte(head, ' ') < 0
}

// isPlace is for `/app.js:12`.
func isPlace(line []byte) bool {
	return isDigit(line[len(line)-1]) && bytes.IndexByte(line, ':') > 0 && bytes.IndexByte([]byte("/nfABCDEFGHIJKLMNOPQRSTUVWXYZ"), line[0]) >= 0
}

// mayTell reports whether a time may stand at the beginning of a line: the day's
// digits come behind a month's name at the latest.
func mayTell(line []byte) bool {
	return bytes.IndexFunc(line[:min(len(line), 24)], func(r rune) bool { return r >= '0' && r <= '9' }) >= 0
}

// mayCarry reports whether a record may carry a time: hours, minutes and seconds, a
// date of eight digits, seconds since the epoch, or a label of TAI64N.
func mayCarry(record []byte) bool {
	run := 0 // digits before i
	for i, c := range record {
		if isDigit(c) {
			run++
			continue
		}
		if run > 0 && (c == ':' && isClock(record[i+1:]) || mayBeDate(record[i-run:i])) {
			return true
		}
		run = 0
	}
	return mayBeDate(record[len(record)-run:]) || len(record) > 0 && record[0] == '@'
}

// isClock is for `MM:SS`.
func isClock(b []byte) bool {
	return len(b) >= 5 && isDigit(b[0]) && isDigit(b[1]) && b[2] == ':' && isDigit(b[3]) && isDigit(b[4])
}

// mayBeDate is for YYYYMMDD, and seconds since the epoch with or without smaller units.
func mayBeDate(digits []byte) bool {
	return len(digits) == 8 && digits[0] <= '2' || len(digits) >= 10 && digits[0] == '1'
}
