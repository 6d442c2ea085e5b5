package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/thirdline/thirdline/rules"
)

// acts is what decides, beside the routes, when incidents of a rule are told.
type acts struct {
	// Opening is when the first event goes.
	Opening   string `json:"opening"`
	GroupWait string `json:"group_wait,omitempty"`
	// Updates are the pauses before each of them while the problem goes on; the last
	// repeats.
	Updates  []string `json:"updates"`
	Cooldown string   `json:"cooldown,omitempty"`
	Calm     string   `json:"calm,omitempty"`
	Storm    stormOf  `json:"storm"`
	// MutedBy are rules whose open incidents mute those of this one, Mutes those that
	// this one mutes.
	MutedBy []muting `json:"muted_by,omitempty"`
	Mutes   []muting `json:"mutes,omitempty"`
}

type stormOf struct {
	Above  int    `json:"above"`
	Within string `json:"within"`
}

// muting is the other rule, and the fields that both incidents have alike.
type muting struct {
	Rule  string   `json:"rule"`
	Equal []string `json:"equal,omitempty"`
}

func (m muting) String() string {
	if len(m.Equal) == 0 {
		return m.Rule
	}
	return fmt.Sprintf("%s (same %s)", m.Rule, strings.Join(m.Equal, ", "))
}

func actsOf(set *rules.Set, r *rules.Rule) acts {
	above, within := r.Storm()
	a := acts{Opening: "at once", Storm: stormOf{above, brief(within)}}
	for _, d := range []struct {
		of time.Duration
		to *string
	}{{r.Incident.GroupWait, &a.GroupWait}, {r.Cooldown, &a.Cooldown}, {r.Incident.Calm, &a.Calm}} {
		if d.of > 0 {
			*d.to = brief(d.of)
		}
	}
	for n := 0; ; n++ {
		pause := brief(r.UpdateAfter(n))
		if n > 0 && pause == a.Updates[n-1] {
			break
		}
		a.Updates = append(a.Updates, pause)
	}
	for _, other := range set.Rules {
		for n := range r.Inhibit {
			if r.Inhibit[n].Selects(r, other) {
				a.Mutes = append(a.Mutes, muting{other.ID.Value, texts(r.Inhibit[n].Equal)})
			}
		}
		for n := range other.Inhibit {
			if other.Inhibit[n].Selects(other, r) {
				a.MutedBy = append(a.MutedBy, muting{other.ID.Value, texts(other.Inhibit[n].Equal)})
			}
		}
	}
	return a
}

// said are lines for people: a head and a text each.
func (a *acts) said(r *rules.Rule) (out [][2]string) {
	say := func(head, format string, args ...any) {
		out = append(out, [2]string{head, fmt.Sprintf(format, args...)})
	}
	if a.GroupWait == "" {
		say("tells", "of it at once")
	} else {
		say("tells", "of it at once; other keys join it for %s and are told then", a.GroupWait)
	}
	say("updates", "%s while it goes on", updatesOf(r))
	if a.Calm != "" {
		say("calm", "flaps when it is back within %s of its end, and then ends only after so long", a.Calm)
	}
	say("storm", "more than %d of its incidents in %s are one", a.Storm.Above, a.Storm.Within)
	for _, m := range []struct {
		head, format string
		list         []muting
	}{{"muted", "while one of these is open: %s", a.MutedBy}, {"mutes", "while it is open: %s", a.Mutes}} {
		var names []string
		for _, other := range m.list {
			names = append(names, other.String())
		}
		if len(names) > 0 {
			say(m.head, m.format, strings.Join(names, ", "))
		}
	}
	return out
}

// updatesOf says when updates go: the pauses grow, or are the rule's own.
func updatesOf(r *rules.Rule) string {
	if every := r.Incident.UpdateEvery; every > 0 {
		return "every " + brief(every)
	}
	var at time.Duration
	var times []string
	n := 0
	for ; r.UpdateAfter(n) != r.UpdateAfter(n+1); n++ {
		at += r.UpdateAfter(n)
		times = append(times, brief(at))
	}
	return fmt.Sprintf("after %s, then every %s", strings.Join(times, ", "), brief(r.UpdateAfter(n)))
}

// brief writes a duration without its zeros.
func brief(d time.Duration) string {
	text := d.String()
	for _, zero := range []struct{ tail, unit string }{{"m0s", "m"}, {"h0m", "h"}} {
		if strings.HasSuffix(text, zero.tail) {
			text = strings.TrimSuffix(text, zero.tail) + zero.unit
		}
	}
	return text
}
