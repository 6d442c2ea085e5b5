// Package record makes records of lines: it reads their time, joins lines that
// belong together, and takes their fields apart. All of it is done for the few
// lines that a rule asks for, never on the hot path.
package record

import (
	"time"
)

// ahead is how far a time without a date may lie in the future before it is
// taken for yesterday's; a time without a year has a day.
const ahead = 30 * time.Minute

// maxHead is how far into a record its time is looked for, in bytes; in JSON, whose
// members have no order, it is maxJSON.
const (
	maxHead = 512
	maxJSON = 8 << 10
)

// Clock reads the times of one source's records. It learns the layout that the
// source uses and tries that one first. It is not safe for concurrent use.
//
// It knows RFC 3339 and ISO 8601 with any separator, RFC 3164 and RFC 5424, the
// common log format, RFC 1123 and ctime, klog, day-first and month-first dates,
// TAI64N, and seconds, milli-, micro- and nanoseconds since the epoch.
type Clock struct {
	// Zone is that of times that do not name theirs. Default UTC.
	Zone *time.Location
	// Layouts are layouts of the source's own, as of [time.Parse]; they are
	// looked for at the record's beginning, before all others.
	Layouts []string

	learned *layout
}

// Time returns the time that a record carries, and its place in the record. near
// is when the record arrived: it gives the year or the day that the time lacks.
// The place is empty when the record carries no time.
func (c *Clock) Time(record []byte, near time.Time) (t time.Time, place Place) {
	head := maxHead
	if len(record) > 0 && record[0] == '{' {
		head = maxJSON
	}
	record = record[:min(len(record), head)]
	if t, place := c.own(record, near); place.Len() > 0 {
		return t, place
	}
	if c.learned != nil {
		if t, place := c.learned.find(record, near, c.zone()); place.Len() > 0 {
			return t, place
		}
	}
	if !mayCarry(record) {
		return time.Time{}, Place{}
	}
	for i := range layouts {
		l := &layouts[i]
		found, at := l.find(record, near, c.zone())
		if at.Len() > 0 && (place.Len() == 0 || at.Start < place.Start || at.Start == place.Start && at.Len() > place.Len()) {
			t, place, c.learned = found, at, l
			if l.sure {
				break
			}
		}
	}
	return t, place
}

// Place is a range of bytes.
type Place struct{ Start, End int }

// Len is the number of bytes.
func (p Place) Len() int { return p.End - p.Start }

func (c *Clock) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// own tries the source's own layouts. Their times end where a shorter or longer
// text would not parse, which is tried from the layout's length outwards.
func (c *Clock) own(record []byte, near time.Time) (time.Time, Place) {
	for _, l := range c.Layouts {
		for _, n := range []int{len(l), len(l) + 1, len(l) - 1, len(l) + 2, len(l) - 2, len(l) + 3, len(l) - 3} {
			if n <= 0 || n > len(record) {
				continue
			}
			t, err := time.ParseInLocation(l, string(record[:n]), c.zone())
			if err != nil {
				continue
			}
			if t.Year() == 0 {
				t = withYear(near, func(y int) time.Time {
					return time.Date(y, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
				})
			}
			return t, Place{0, n}
		}
	}
	return time.Time{}, Place{}
}

// withYear finds the year of a date that has none: the one that puts it last
// before tomorrow.
func withYear(near time.Time, at func(year int) time.Time) time.Time {
	t := at(near.Year() + 1)
	for y := near.Year(); t.After(near.Add(24 * time.Hour)); y-- {
		t = at(y)
	}
	return t
}
