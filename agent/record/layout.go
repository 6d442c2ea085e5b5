package record

import (
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// layout is one way to write a time. The named groups of its expression are the
// parts: Y year, y year of the century, m month, b month's name, d day, H M S,
// f fraction, p AM or PM, z zone, e seconds since the epoch, u its smaller units,
// t TAI64N.
type layout struct {
	name string
	expr *regexp.Regexp
	// quick finds the plainest forms at a record's start, as expr does; nil is no such.
	quick func(record []byte) (p pieces, end int, ok bool)
	// sure tells that what looks like this is a time: nothing else is tried.
	sure bool
}

const (
	clockTime = `(?P<H>\d\d):(?P<M>\d\d):(?P<S>\d\d)(?:[.,](?P<f>\d{1,9}))?`
	zoneAfter = `(?: ?(?P<z>Z\b|UTC\b|GMT\b|[+-](?:0\d|1[0-4]):?(?:00|15|30|45)\b))?`
	monthName = `(?P<b>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}`
	zoneName  = `(?P<z>UTC|GMT|[ECMP][SD]T|CES?T|EES?T|WES?T|MSK)`
)

// layouts in the order in which a tie is decided.
var layouts = []layout{
	{name: "iso", quick: isoAtStart, expr: compile(`(?:^|[^\d.])(?P<Y>(?:19|20)\d\d)[-/.:](?P<m>\d\d)[-/.:](?P<d>\d\d)(?:[T_\t-]| {1,2}| - )(?P<H>\d{1,2}):(?P<M>\d\d):(?P<S>\d\d)(?:[.,](?P<f>\d{1,9}))?` + zoneAfter)},
	{name: "clf", expr: compile(`(?P<d>\d\d)[-/]` + monthName + `[-/](?P<Y>\d{4})[: ]` + clockTime + zoneAfter)},
	{name: "rfc1123", expr: compile(`\b(?P<d>\d{1,2}) ` + monthName + ` (?P<Y>\d{4}) ` + clockTime + `(?: ` + zoneName + `| ?(?P<z>[+-]\d{4})\b)?`)},
	{name: "ctime", expr: compile(`\b` + monthName + ` +(?P<d>\d{1,2}),? ` + clockTime + `(?: ` + zoneName + `)? (?P<Y>(?:19|20)\d\d)\b`)},
	{name: "month day year", expr: compile(`\b` + monthName + ` +(?P<d>\d{1,2}),? (?P<Y>(?:19|20)\d\d),? ` + clockTime)},
	{name: "syslog", expr: compile(`\b(?:` + zoneName + ` )?` + monthName + ` +(?P<d>\d{1,2}) ` + clockTime)},
	{name: "month-day-year", expr: compile(`\b` + monthName + `-(?P<d>\d\d)-(?P<y>\d\d) ` + clockTime)},
	{name: "month/day/year", expr: compile(`\b(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<Y>(?:19|20)\d\d)(?:,?(?: -)? |-)(?P<H>\d{1,2}):(?P<M>\d\d):(?P<S>\d\d)(?:[.,](?P<f>\d{1,9}))?(?: (?P<p>[AP]M)\b)?`)},
	{name: "month/day/yr", expr: compile(`^\W?(?P<m>[01]\d)/(?P<d>[0-3]\d)/(?P<y>\d\d) ` + clockTime)},
	{name: "day-month-year", expr: compile(`\b(?P<d>\d\d)[-.](?P<m>\d\d)[-.](?P<Y>(?:19|20)\d\d) ` + clockTime + zoneAfter)},
	{name: "compact", expr: compile(`(?:^|\D)(?P<Y>(?:19|20)\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)[T -](?P<H>\d\d):?(?P<M>\d\d):?(?P<S>\d\d)(?:[.,](?P<f>\d{1,9}))?` + zoneAfter)},
	{name: "klog", expr: compile(`^[IWEF](?P<m>[01]\d)(?P<d>[0-3]\d) ` + clockTime)},
	{name: "mysql", expr: compile(`^(?P<y>\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d) +(?P<H>\d{1,2}):(?P<M>\d\d):(?P<S>\d\d)`)},
	{name: "logcat", expr: compile(`^\W?(?P<m>[01]\d)-(?P<d>[0-3]\d) ` + clockTime)},
	{name: "tai64n", expr: compile(`^@(?P<t>[0-9a-f]{24})\b`)},
	{name: "epoch", expr: compile(`(?:^|[(\[=:" ])(?P<e>1\d{9})(?:[.,](?P<f>\d{1,9})\b|(?P<u>\d{9}|\d{6}|\d{3})\b|\b)`)},
	{name: "time", expr: compile(`^\W?` + clockTime)},
}

func compile(expr string) *regexp.Regexp { return regexp.MustCompile(expr) }

// find returns the first time of this layout and where it stands.
func (l *layout) find(record []byte, near time.Time, zone *time.Location) (time.Time, Place) {
	if l.quick != nil {
		if p, end, ok := l.quick(record); ok {
			return placed(&p, Place{0, end}, near, zone)
		}
	}
	at := l.expr.FindSubmatchIndex(record)
	if at == nil {
		return time.Time{}, Place{}
	}
	place := Place{at[1], at[1]}
	text := string(record[at[0]:at[1]])
	var p pieces
	for i, name := range l.expr.SubexpNames() {
		if name != "" && at[2*i] >= 0 {
			p[name[0]-'A'] = text[at[2*i]-at[0] : at[2*i+1]-at[0]]
			place.Start = min(place.Start, at[2*i])
		}
	}
	return placed(&p, place, near, zone)
}

// placed returns the time that its parts make, and the place; nothing where they are
// no time.
func placed(p *pieces, place Place, near time.Time, zone *time.Location) (time.Time, Place) {
	t, ok := assemble(p, near, zone)
	if !ok {
		return time.Time{}, Place{}
	}
	return t, place
}

// pieces are the parts of a time by the letters that name their groups.
type pieces ['z' - 'A' + 1]string

// assemble makes a time of its parts; it reports whether they are one.
func assemble(p *pieces, near time.Time, zone *time.Location) (time.Time, bool) {
	if p['t'-'A'] != "" {
		return tai64n(p['t'-'A'])
	}
	if p['e'-'A'] != "" {
		return time.Unix(number(p['e'-'A']), nanoseconds(p['f'-'A']+p['u'-'A'])).In(zone), true
	}
	if z := p['z'-'A']; z != "" {
		zone = zoneOf(z)
	}
	month, day := time.Month(number(p['m'-'A'])), int(number(p['d'-'A']))
	if p['b'-'A'] != "" {
		month = time.Month(strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", p['b'-'A'])/3 + 1)
	}
	if month > 12 && day <= 12 {
		month, day = time.Month(day), int(month) // the two orders of day and month
	}
	hour, minute, second := int(number(p['H'-'A'])), int(number(p['M'-'A'])), int(number(p['S'-'A']))
	if p['p'-'A'] != "" {
		hour %= 12
		if p['p'-'A'] == "PM" {
			hour += 12
		}
	}
	if month > 12 || day > 31 || hour > 24 || minute > 59 || second > 60 {
		return time.Time{}, false
	}
	at := func(year int) time.Time {
		return time.Date(year, month, day, hour, minute, second, int(nanoseconds(p['f'-'A'])), zone)
	}
	switch {
	case p['Y'-'A'] != "":
		return at(int(number(p['Y'-'A']))), month > 0 && day > 0
	case p['y'-'A'] != "":
		return at(2000 + int(number(p['y'-'A']))), month > 0 && day > 0
	case month > 0:
		return withYear(near, at), day > 0
	}
	near = near.In(zone)
	month, day = near.Month(), near.Day()
	t := at(near.Year())
	if t.After(near.Add(ahead)) {
		t = t.AddDate(0, 0, -1)
	}
	return t, true
}

// number reads digits, of which the expressions have made sure.
func number(digits string) int64 {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// nanoseconds reads the digits of a fraction.
func nanoseconds(fraction string) int64 {
	return number((fraction + "000000000")[:9])
}

// zoneOf reads +01:00, -0500, Z, and the names that mean one thing only: those of
// RFC 5322 section 4.3 and of Europe.
func zoneOf(z string) *time.Location {
	if z == "Z" {
		return time.UTC
	}
	if z[0] != '+' && z[0] != '-' {
		return namedZone(z)
	}
	digits := strings.ReplaceAll(z[1:], ":", "")
	seconds := int(number(digits[:2])*3600 + number(digits[2:])*60)
	if z[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone("", seconds)
}

// namedZone is UTC where a name is not known.
func namedZone(z string) *time.Location {
	hours := map[string]int{
		"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
		"WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
	}
	if h, ok := hours[z]; ok {
		return time.FixedZone(z, h*3600)
	}
	return time.UTC
}

// tai64n reads a label of https://cr.yp.to/libtai/tai64.html. As all who write it
// do, it takes TAI to be ten seconds ahead of Unix time.
func tai64n(label string) (time.Time, bool) {
	raw, err := hex.DecodeString(label)
	if err != nil || raw[0] != 0x40 {
		return time.Time{}, false
	}
	seconds, nano := int64(0), int64(0)
	for _, b := range raw[1:8] {
		seconds = seconds<<8 | int64(b)
	}
	for _, b := range raw[8:] {
		nano = nano<<8 | int64(b)
	}
	return time.Unix(seconds-10, nano), true
}
