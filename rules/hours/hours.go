// Package hours tells whether a time lies in the hours that people name, such as
// `mon-fri 08:00-18:00 Europe/Berlin`.
//
// It has no clock. Days and times are those of the clock on the wall of the zone;
// without a zone, of UTC, so that the same rules mean the same on every host.
package hours

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones by name, also where the system has none
)

// Hours are some days of the week, from one time of the day to another. The zero
// Hours contain nothing.
type Hours struct {
	text       string
	days       [7]bool
	start, end int // minutes; an end before the start is one of the next day
	zone       *time.Location
}

const (
	day   = 24 * 60 // minutes
	usage = "write days, times and a zone, each of which may be left out: mon-fri 08:00-18:00 Europe/Berlin"
)

// Error is what is wrong with a text, and what to write instead.
type Error struct{ Problem, Remedy string }

// Error implements error.
func (e *Error) Error() string { return e.Problem + "; " + e.Remedy }

func wrong(remedy, format string, args ...any) error {
	return &Error{fmt.Sprintf(format, args...), remedy}
}

var names = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Parse reads days (`mon-fri`, `sat,sun`), times (`22:00-06:00` ends on the next day)
// and an IANA zone, in this order. What is left out is every day, the whole day, and
// UTC. An error is an [*Error].
func Parse(s string) (Hours, error) {
	h := Hours{text: s, end: day, zone: time.UTC}
	parts := strings.Fields(s)
	if len(parts) == 0 {
		return Hours{}, wrong(usage, "these hours are empty")
	}
	every := true
	if strings.ContainsRune("smtwf", rune(parts[0][0])) {
		if err := h.parseDays(parts[0]); err != nil {
			return Hours{}, err
		}
		parts, every = parts[1:], false
	}
	for d := range h.days {
		h.days[d] = h.days[d] || every
	}
	if len(parts) > 0 && parts[0][0] >= '0' && parts[0][0] <= '9' {
		if err := h.parseTimes(parts[0]); err != nil {
			return Hours{}, err
		}
		parts = parts[1:]
	}
	if len(parts) > 1 {
		return Hours{}, wrong(usage, "%q is too much", strings.Join(parts[1:], " "))
	}
	if len(parts) == 1 {
		zone, err := time.LoadLocation(parts[0])
		if err != nil || parts[0] == "Local" {
			return Hours{}, wrong("write an IANA name such as Europe/Berlin", "no time zone is called %q", parts[0])
		}
		h.zone = zone
	}
	return h, nil
}

func (h *Hours) parseDays(s string) error {
	for part := range strings.SplitSeq(s, ",") {
		first, last, isRange := strings.Cut(part, "-")
		from, to := weekday(first), weekday(last)
		if !isRange {
			to = from
		}
		if from < 0 || to < 0 {
			return wrong("write mon tue wed thu fri sat sun, a range such as mon-fri, or a list such as sat,sun", "%q names no days", part)
		}
		for d := from; ; d = (d + 1) % 7 {
			h.days[d] = true
			if d == to {
				break
			}
		}
	}
	return nil
}

func weekday(s string) int {
	for d, name := range names {
		if s == name {
			return d
		}
	}
	return -1
}

func (h *Hours) parseTimes(s string) error {
	from, to, ok := strings.Cut(s, "-")
	var err error
	if ok {
		if h.start, err = minutes(from); err == nil {
			h.end, err = minutes(to)
		}
	}
	if !ok || err != nil || h.start == day {
		return wrong("write 08:00-18:00; 22:00-06:00 goes on into the next day", "%q names no times", s)
	}
	if h.start == h.end {
		return wrong("leave the times out for the whole day", "%q begins where it ends", s)
	}
	return nil
}

func minutes(s string) (int, error) {
	hour, minute, ok := strings.Cut(s, ":")
	h, err := strconv.ParseUint(hour, 10, 8)
	if err != nil {
		return 0, err
	}
	m, err := strconv.ParseUint(minute, 10, 8)
	if err != nil {
		return 0, err
	}
	n := int(h)*60 + int(m)
	if !ok || m > 59 || n > day || len(minute) != 2 {
		return 0, strconv.ErrRange
	}
	return n, nil
}

// Contain reports whether t lies in the hours. The end is not in them.
func (h Hours) Contain(t time.Time) bool {
	if h.zone == nil {
		return false
	}
	t = t.In(h.zone)
	at, today := t.Hour()*60+t.Minute(), int(t.Weekday())
	if h.start < h.end {
		return h.days[today] && at >= h.start && at < h.end
	}
	return h.days[today] && at >= h.start || h.days[(today+6)%7] && at < h.end
}

// String gives the hours as they were written.
func (h Hours) String() string { return h.text }
