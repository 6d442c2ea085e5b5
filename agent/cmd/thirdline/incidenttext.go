package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/rules/diag"
)

// knownWords says what is wrong with the words given to a flag.
func knownWords(flag string, given, known []string) error {
	for _, word := range given {
		if slices.Contains(known, word) {
			continue
		}
		hint := "use " + strings.Join(known, ", ")
		if near := diag.Nearest(word, known); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return fmt.Errorf("--%s is %q; %s", flag, word, hint)
	}
	return nil
}

// tableOf prints incidents, one a line that fits the terminal.
func (p *program) tableOf(list []agent.IncidentInfo, statuses []string) error {
	if len(list) == 0 {
		fmt.Fprintf(p.stdout, "no incident is %s\n", strings.Join(statuses, " or "))
		return nil
	}
	var rows strings.Builder
	w := tabwriter.NewWriter(&rows, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tSTATUS\tSEVERITY\tTIER\tSEEN\tCOUNT\tRULE\tTITLE")
	for n := range list {
		i := &list[n]
		tier := i.Tier
		if tier == "" {
			tier = "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s ago\t%d\t%s\t%s\n", short(i.Fingerprint), statusOf(i), i.Severity, tier,
			since(i.LastSeen, time.Now()), i.Count, diag.Safe(i.Rule), diag.Safe(i.Title))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print incidents: %w", err)
	}
	width := widthOf(p.stdout)
	for line := range strings.Lines(rows.String()) {
		fmt.Fprintln(p.stdout, fit(strings.TrimRight(line, " \n"), width))
	}
	return nil
}

// statusOf is the status with what is special about it.
func statusOf(i *agent.IncidentInfo) string {
	switch {
	case i.Status == "resolved":
		return i.Status
	case i.MutedBy != "":
		return "muted"
	case i.RuleGone:
		return "open, rule gone"
	case !i.SourceLost.IsZero():
		return "open, source lost"
	case !i.GoodSince.IsZero():
		return "open, flapping"
	}
	return i.Status
}

// widthOf is the width of the terminal that w is, or 0.
func widthOf(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			return width
		}
	}
	return 0
}

// fit cuts a line at a width; 0 is any.
func fit(line string, width int) string {
	if width < 2 || utf8.RuneCountInString(line) <= width {
		return line
	}
	return string([]rune(line)[:width-1]) + "…"
}

// showInfo prints all that is known of an incident. Its texts come from logs.
func (p *program) showInfo(i *agent.IncidentInfo) {
	on := p.colour(p.stdout)
	say := func(head, text string) {
		if text != "" {
			fmt.Fprintf(p.stdout, "  %-9s %s\n", head, diag.Safe(text))
		}
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Local().Format(time.DateTime)
	}
	fmt.Fprintf(p.stdout, "%s\n", paint(on, bold, diag.Safe(i.Title)))
	say("id", fmt.Sprintf("%s, generation %d", i.Fingerprint, i.Generation))
	say("status", strings.Join(trimmed(statusOf(i), i.Reason), ", "))
	say("is", strings.Join(trimmed(i.Severity, i.Tier, i.Owner, "rule "+i.Rule, "host "+i.Host.Name), " · "))
	say("key", pairs(i.Key))
	say("fields", pairs(i.Fields))
	say("seen", fmt.Sprintf("%d×, from %s to %s", i.Count, at(i.Opened), at(i.LastSeen)))
	say("ended", at(i.Ended))
	say("good since", at(i.GoodSince))
	say("no log since", at(i.SourceLost))
	if i.MutedBy != "" {
		say("muted by", short(i.MutedBy))
	}
	if r := i.Place; r != nil {
		say("record", fmt.Sprintf("%s at byte %d (source %s)", r.File, r.Offset, r.Source))
	}
	say("before", i.History.Known())
	for _, line := range besideWords(&i.Incident) {
		say("", line)
	}
	say("runbook", i.Runbook)
	say("known", i.Known)
	for _, n := range i.Notes {
		say("note", strings.Join(trimmed(at(n.Time), n.By), " ")+": "+n.Text)
	}
	for _, name := range slices.Sorted(maps.Keys(i.Told)) {
		say("told", fmt.Sprintf("%s, up to number %d", name, i.Told[name]))
	}
}

func pairs(m map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, k+"="+m[k])
	}
	return strings.Join(out, " ")
}

// saidOf says what was done to an incident.
func (p *program) saidOf(what string) func(*agent.IncidentInfo) {
	word := map[string]string{"resolve": "resolved", "reopen": "reopened", "note": "noted"}[what]
	return func(i *agent.IncidentInfo) {
		fmt.Fprintf(p.stdout, "%s %s: %s\n", word, short(i.Fingerprint), diag.Safe(i.Title))
	}
}
