package httpdriver

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/profile"
)

// validFor is how many repetitions a state outlives that is not repeated.
const validFor = 5

// data is what the templates of an operation see.
func (w *work) data(op string) *profile.Data {
	i, limits := &w.e.Data, w.p.Limits
	d := &profile.Data{
		ID: w.id, FP: i.Fingerprint, Marker: w.id + ":" + op, Kind: kind(w.e.Type),
		Title: profile.Cut(limits.Title, profile.Visible(strings.Join(strings.Fields(i.Title), " "))),
		Text:  profile.Cut(limits.Text, account(w.e)),
		Log:   profile.Visible(logOf(i.Snapshot, smaller(limits.Log, w.maxLog))), File: fmt.Sprintf("thirdline-%d-%d.txt", i.Generation, i.Sequence),
		Host: i.Host.Name, Rule: i.Rule, Severity: i.Severity, Tier: i.Tier, Owner: i.Owner, Runbook: i.Runbook, Reason: i.Reason,
		Generation: i.Generation, Sequence: i.Sequence, Count: i.Count,
		Opened: stamp(i.Opened), Time: stamp(w.e.Time), Until: stamp(w.now().Add(validFor * w.p.Resend)), UnixTime: w.e.Time.Unix(),
		V: w.v, S: map[string]string{}, R: map[string]string{}, P: w.rec.Previous,
	}
	maps.Copy(d.R, w.rec.Ticket)
	for name, values := range w.p.Severity {
		d.S[name] = values[i.Severity]
	}
	return d
}

func kind(wire string) string { return wire[strings.LastIndexByte(wire, '.')+1:] }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// smaller returns the smaller of two limits, of which 0 is none.
func smaller(a, b int) int {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// account tells a step in a few lines.
func account(e *shipper.Event) string {
	i := &e.Data
	var b strings.Builder
	say := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", profile.Visible(label), profile.Visible(strings.ReplaceAll(value, "\n", " ")))
		}
	}
	switch e.Type {
	case shipper.Updated:
		fmt.Fprintf(&b, "Still open: seen %d times, last at %s.\n", i.Count, stamp(i.LastSeen))
	case shipper.Resolved:
		fmt.Fprintf(&b, "Resolved (%s): seen %d times, last at %s.\n", i.Reason, i.Count, stamp(i.LastSeen))
	case shipper.Reopened:
		fmt.Fprintf(&b, "Open again: seen at %s.\n", stamp(i.LastSeen))
	}
	if s := i.Snapshot; e.Type == shipper.Resolved && s != nil {
		say("Ended by", s.Match)
	}
	if i.Coalesced > 0 {
		fmt.Fprintf(&b, "%d earlier updates are summed up in this one.\n", i.Coalesced)
	}
	if e.Type == shipper.Opened || e.Type == shipper.Reopened {
		say("Problem", i.Title)
		say("Host", i.Host.Name)
		say("Severity", strings.TrimSpace(i.Severity+" "+i.Tier))
		say("Rule", i.Rule)
		say("Owner", i.Owner)
		if i.Runbook != "" { // the rule's own: it may be a link
			fmt.Fprintf(&b, "Runbook: %s\n", profile.Link(profile.Visible(strings.ReplaceAll(i.Runbook, "\n", " "))))
		}
		say("Known", i.Known)
		say("Before", i.History.Known())
		say("Opened", stamp(i.Opened))
	}
	if n := i.Note; n != nil {
		say("Note", strings.TrimPrefix(n.By+": "+n.Text, ": "))
	}
	for _, k := range slices.Sorted(maps.Keys(i.Fields)) {
		say(k, i.Fields[k])
	}
	return strings.TrimRight(b.String(), "\n")
}

// logOf shows a snapshot, in at most limit runes: what was before is cut first, and
// the match last. It is empty where there are no records.
func logOf(s *shipper.Snapshot, limit int) string {
	if s == nil || s.Match == "" && len(s.Before)+len(s.After) == 0 {
		return ""
	}
	head := s.File
	if s.Line > 0 {
		head = fmt.Sprintf("%s, line %d", s.File, s.Line)
	}
	section := func(name, text string) string {
		if text == "" {
			return ""
		}
		return "--- " + name + "\n" + text + "\n"
	}
	match, before, after := section("match", s.Match), section("before", strings.Join(s.Before, "\n")), section("after", strings.Join(s.After, "\n"))
	rest := section("notes", strings.Join(s.Notes, "\n"))
	if s.Facts != nil {
		if facts, err := json.MarshalIndent(s.Facts, "", "  "); err == nil {
			rest += section("host", string(facts))
		}
	}
	if limit > 0 {
		left := max(limit-utf8.RuneCountInString(head)-1, 0)
		take := func(text string, most int, tail bool) string {
			if text == "" {
				return ""
			}
			if tail {
				text = cutHead(most, text)
			} else {
				text = profile.Cut(max(most, 1), text)
			}
			left -= utf8.RuneCountInString(text)
			return text
		}
		match = take(match, left, false)
		after = take(after, max(left/2, 1), false)
		before = take(before, max(left, 1), true)
		rest = take(rest, max(left, 1), false)
	}
	return strings.TrimRight(head+"\n"+before+match+after+rest, "\n")
}

// cutHead keeps the last runes of a text.
func cutHead(limit int, s string) string {
	r := []rune(s)
	if len(r) <= limit {
		return s
	}
	const mark = "[cut] … "
	return mark + string(r[len(r)-max(limit-utf8.RuneCountInString(mark), 0):])
}
