package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/shipper"
)

// shownRules is how many rules a person is shown, those that cost the most.
const shownRules = 10

// printStatus prints a status for a person.
func printStatus(w io.Writer, s agent.Status, now time.Time, colour bool) error {
	fmt.Fprintf(w, "%s on %s, running for %s, %s open, store %s\n", paint(colour, bold, "thirdline "+diag.Safe(s.Version)), diag.Safe(s.Host),
		since(s.Started, now), count(s.Incidents.Open, "incident"), bytesOf(s.StoreBytes))
	for _, problem := range s.Problems {
		fmt.Fprintf(w, "%s %s\n", paint(colour, red, "problem:"), diag.Safe(problem))
	}
	r := s.Reload
	fmt.Fprintf(w, "rules of generation %d since %s\n", r.Generation, r.Since.Local().Format(time.DateTime))
	if r.LastError != "" {
		fmt.Fprintf(w, "%s newer rules were refused: %s\n", paint(colour, red, "problem:"), diag.Safe(r.LastError))
	}
	printQuiet(w, s, now)
	for _, source := range s.Sources {
		if source.Gaps > 0 {
			fmt.Fprintf(w, "%s in the logs of %s since %s: something may have been missed; the agent's log said what\n",
				count(int(source.Gaps), "gap"), diag.Safe(source.Source), source.Since.Local().Format(time.DateTime))
		}
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nSOURCE\tFILES\tREAD\tLINES\tBEHIND\tLAST READ")
	for _, source := range s.Sources {
		printSource(t, source, now)
	}
	fmt.Fprintln(t, "\nRULE\tSEVERITY\tMATCHES\tTRIED\tCPU\tOPEN")
	rules := s.Costliest()
	for _, r := range rules[:min(len(rules), shownRules)] {
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%.1fs\t%d\n", diag.Safe(r.ID), r.Severity, r.Matches, r.Verifications, r.Seconds, r.Open)
	}
	if more := len(rules) - shownRules; more > 0 {
		fmt.Fprintf(t, "(%d more: --json shows all)\n", more)
	}
	fmt.Fprintln(t, "\nDESTINATION\tWAITING\tDEAD\tDELIVERED\tLAST\tSTATE")
	for _, d := range s.Destinations {
		printDestination(t, d, now)
	}
	return t.Flush()
}

// printQuiet says of what nothing is sent: rules that observe, and silences.
func printQuiet(w io.Writer, s agent.Status, now time.Time) {
	var observing []string
	for _, r := range s.Rules {
		if r.Observing {
			observing = append(observing, diag.Safe(r.ID))
		}
	}
	if len(observing) > 0 {
		fmt.Fprintf(w, "observing, nothing is sent: %s\n", strings.Join(observing, ", "))
	}
	for _, q := range s.Silences {
		about := make([]string, len(q.Matchers))
		for n, m := range q.Matchers {
			about[n] = diag.Safe(m.String())
		}
		fmt.Fprintf(w, "silence %s for %s more on %s, %s held back: %s (%s)\n", q.ID, since(now, q.Ends), strings.Join(about, " "),
			count(int(q.Held), "event"), diag.Safe(q.Comment), diag.Safe(q.Author))
	}
}

func printSource(w io.Writer, source shipper.Watching, now time.Time) {
	behind, last := "0 B", "never"
	if source.LagBytes > 0 {
		behind = fmt.Sprintf("%s, %s", bytesOf(source.LagBytes), time.Duration(source.LagSeconds*float64(time.Second)).Round(time.Second))
	}
	if source.LastRead != nil {
		last = since(*source.LastRead, now) + " ago"
	}
	fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%s\t%s\n", diag.Safe(source.Source), source.Files, bytesOf(source.Bytes), source.Lines, behind, last)
}

func printDestination(w io.Writer, d agent.DestinationStatus, now time.Time) {
	last, state := "never", "up"
	if !d.LastSuccess.IsZero() {
		last = since(d.LastSuccess, now) + " ago"
	}
	if !d.Down.IsZero() {
		word := "down"
		if d.Paused {
			word = "paused: it refuses the credentials"
		}
		state = fmt.Sprintf("%s for %s, next try in %s: %s", word, since(d.Down, now), max(d.RetryAt.Sub(now), 0).Round(time.Second), diag.Safe(d.LastError))
	}
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\t%s\n", diag.Safe(d.Name), d.Waiting, d.Dead, d.Delivered, last, state)
}

// since says for a person how long ago a time was.
func since(t, now time.Time) string {
	d := max(now.Sub(t), 0)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd%02dh", int(d.Hours())/24, int(d.Hours())%24)
}

// bytesOf says a number of bytes for a person.
func bytesOf(n int64) string {
	const units = "KMGT"
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n)/1024, 0
	for value >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", value, units[unit])
}
