package rules

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones by name, also where the system has none

	"github.com/thirdline/thirdline/rules/yamldoc"
)

// Hours are spans of the week. A moment is in them when it is in one of them.
type Hours []Span

// Span is a part of some days.
type Span struct {
	Pos yamldoc.Pos `yaml:",pos"`
	// Days are names (mon) and ranges of them (mon-fri); without any it is every day.
	Days []yamldoc.Text `yaml:"days"`
	// Times are as 22:00-06:00, up to but without the end; one that ends before it
	// begins goes on into the next day. Without any it is the whole day.
	Times []yamldoc.Text `yaml:"times"`
	// Zone is an IANA name. Default UTC.
	Zone yamldoc.Text `yaml:"zone"`

	days  [7]bool // on which a time begins
	times []minutes
	zone  *time.Location
}

// minutes of a day, from included, to not.
type minutes struct{ from, to int }

const wholeDay = 24 * 60

var timesShape = regexp.MustCompile(`^([01]?[0-9]|2[0-3]):([0-5][0-9])-([01]?[0-9]|2[0-4]):([0-5][0-9])$`)

// Contains reports whether t is in the hours.
func (h Hours) Contains(t time.Time) bool {
	return slices.ContainsFunc(h, func(s Span) bool { return s.contains(t) })
}

func (s *Span) contains(t time.Time) bool {
	t = t.In(s.zone)
	now, today := t.Hour()*60+t.Minute(), int(t.Weekday())
	yesterday := (today + 6) % 7
	for _, m := range s.times {
		if s.days[today] && now >= m.from && now < m.to {
			return true
		}
		if s.days[yesterday] && now+wholeDay < m.to { // begun yesterday
			return true
		}
	}
	return false
}

// read makes the span from its texts, and reports what is wrong with them.
func (s *Span) read(d *yamldoc.Document) {
	for _, t := range s.Days {
		if !s.day(t.Value) {
			d.Report(t.Pos, "bad-days", "write mon tue wed thu fri sat sun, or a range such as mon-fri", "%q is no day of the week", t.Value)
		}
	}
	if len(s.Days) == 0 {
		s.days = [7]bool{true, true, true, true, true, true, true}
	}
	for _, t := range s.Times {
		m, ok := readTimes(t.Value)
		if !ok {
			d.Report(t.Pos, "bad-times", "write '09:00-17:30', in quotes; 22:00-06:00 goes on into the next day", "%q is no part of a day", t.Value)
		}
		s.times = append(s.times, m)
	}
	if len(s.Times) == 0 {
		s.times = []minutes{{0, wholeDay}}
	}
	zone, err := time.LoadLocation(s.Zone.Value)
	if err != nil || s.Zone.Value == "Local" {
		d.Report(s.Zone.Pos, "unknown-zone", "write an IANA name such as Europe/Berlin", "there is no time zone %q", s.Zone.Value)
		zone = time.UTC
	}
	s.zone = zone
}

func (s *Span) day(text string) bool {
	names := strings.Fields("sun mon tue wed thu fri sat")
	first, last, ranged := strings.Cut(strings.ToLower(text), "-")
	from, to := slices.Index(names, first), slices.Index(names, last)
	if !ranged {
		to = from
	}
	if from < 0 || to < 0 {
		return false
	}
	for day := from; ; day = (day + 1) % 7 {
		if s.days[day] = true; day == to {
			return true
		}
	}
}

func readTimes(text string) (minutes, bool) {
	m := timesShape.FindStringSubmatch(text)
	if m == nil {
		return minutes{}, false
	}
	var n [4]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1]) // the expression took digits only
	}
	out := minutes{n[0]*60 + n[1], n[2]*60 + n[3]}
	if out.to <= out.from {
		out.to += wholeDay
	}
	return out, out.to-out.from <= wholeDay && n[2]*60+n[3] <= wholeDay
}

// hours checks that the file has the hours that are named.
func (r *resolver) hours(names []yamldoc.Text) []Hours {
	var out []Hours
	for _, t := range names {
		if _, ok := r.doc.Hours[t.Value]; !ok {
			r.unknown(t, "hours", slices.Sorted(maps.Keys(r.doc.Hours)))
			continue
		}
		out = append(out, r.doc.Hours[t.Value])
	}
	return out
}

// readHours makes the file's hours ready.
func (r *resolver) readHours() {
	for _, name := range slices.Sorted(maps.Keys(r.doc.Hours)) {
		list := r.doc.Hours[name]
		for i := range list {
			list[i].read(r.d)
		}
		if len(list) == 0 {
			r.d.Report(r.doc.Pos, "empty-list", "name a span: [{days: [mon-fri], times: ['09:00-17:00']}]", "hours %q are empty", name)
		}
	}
}

// Quiet returns why nothing of the rule is sent at a time; "" when it is. What
// happens then is recorded all the same.
func (r *Rule) Quiet(at time.Time) string {
	if r.Observes() {
		return "the rule observes"
	}
	for n, h := range r.mute {
		if h.Contains(at) {
			return "muted: " + r.Mute[n].Value
		}
	}
	if len(r.active) > 0 && !slices.ContainsFunc(r.active, func(h Hours) bool { return h.Contains(at) }) {
		return "outside of its active hours"
	}
	return ""
}

const observe = "observe"

// Observes reports whether the rule lives and sends nothing.
func (r *Rule) Observes() bool { return r.Mode.Value == observe }

// Sends says in words when the rule sends anything; nothing where it always does.
func (r *Rule) Sends() string {
	var parts []string
	if r.Enabled != nil && !*r.Enabled {
		return "nothing: it is switched off"
	}
	if r.Observes() {
		return "nothing: it observes"
	}
	if len(r.Active) > 0 {
		parts = append(parts, "in the hours "+names(r.Active)+" only")
	}
	if len(r.Mute) > 0 {
		parts = append(parts, "not in the hours "+names(r.Mute))
	}
	return strings.Join(parts, ", and ")
}

func names(list []yamldoc.Text) string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = t.Value
	}
	return strings.Join(out, ", ")
}
