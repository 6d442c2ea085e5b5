package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/shipper"
)

// paint wraps s in an ANSI colour when on.
func paint(on bool, code, s string) string {
	if !on {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

// wordColour of a step.
func wordColour(word string) string {
	switch word {
	case "resolved":
		return green
	case "updated":
		return yellow
	}
	return red
}

// printJSON prints an event as it came, on one line.
func (p *program) printJSON(raw []byte, _ shipper.Event) {
	var line bytes.Buffer
	if err := json.Compact(&line, raw); err == nil {
		fmt.Fprintln(p.stdout, line.String())
	}
}

// printEvent prints an event for a person. Everything in it is untrusted.
func (p *program) printEvent(_ []byte, e shipper.Event) {
	on := p.colour(p.stdout)
	i := e.Data
	word := strings.TrimPrefix(e.Type, "dev.thirdline.incident.")
	head := fmt.Sprintf("%-8s", word)
	fmt.Fprintf(p.stdout, "%s %s %s\n", e.Time.Local().Format("15:04:05"), paint(on, wordColour(word), diag.Safe(head)), paint(on, bold, diag.Safe(i.Title)))
	about := []string{i.Severity, i.Tier, "host " + i.Host.Name, "rule " + i.Rule, fmt.Sprintf("seen %d×", i.Count), i.Reason}
	about = append(about, short(i.Fingerprint)+fmt.Sprintf("/%d/%d", i.Generation, i.Sequence))
	var said []string
	for _, a := range about {
		if a != "" {
			said = append(said, diag.Safe(a))
		}
	}
	fmt.Fprintf(p.stdout, "         %s\n", paint(on, dim, strings.Join(said, " · ")))
	for _, line := range trimmed(append([]string{i.History.Known()}, besideWords(&i)...)...) {
		fmt.Fprintf(p.stdout, "         %s\n", diag.Safe(line))
	}
	if s := i.Snapshot; s != nil {
		printSnapshot(p.stdout, s, on)
	}
	fmt.Fprintln(p.stdout)
}

// besideWords say what stands beside the incident itself.
func besideWords(i *shipper.Incident) (out []string) {
	if n := i.Note; n != nil {
		out = append(out, strings.TrimSpace("note by "+n.By)+": "+n.Text)
	}
	if i.KeysTotal > 0 {
		var keys []string
		for _, key := range i.Keys {
			keys = append(keys, strings.Join(slices.Sorted(maps.Values(key)), " "))
		}
		if more := i.KeysTotal - len(keys); more > 0 {
			keys = append(keys, fmt.Sprintf("and %d more", more))
		}
		out = append(out, plural(i.KeysTotal, "key")+": "+strings.Join(keys, ", "))
	}
	if s := i.Suppressed; s != nil {
		var said []string
		for _, n := range []struct {
			count int64
			what  string
		}{{s.Detections, "detections"}, {s.Returns, "returns"}, {s.Muted, "muted incidents"}, {s.MoreRecords, "records of further keys"}} {
			if n.count > 0 {
				said = append(said, fmt.Sprintf("%d %s", n.count, n.what))
			}
		}
		out = append(out, "not told: "+strings.Join(said, ", "))
	}
	return out
}

func printSnapshot(w io.Writer, s *shipper.Snapshot, on bool) {
	fmt.Fprintf(w, "         %s\n", paint(on, dim, diag.Safe(fmt.Sprintf("%s at byte %d", s.File, s.Offset))))
	for _, l := range s.Before {
		fmt.Fprintf(w, "           %s\n", diag.Safe(l))
	}
	if s.Match != "" {
		fmt.Fprintf(w, "         > %s\n", paint(on, bold, diag.Safe(s.Match)))
	}
	for _, l := range s.After {
		fmt.Fprintf(w, "           %s\n", diag.Safe(l))
	}
	for _, n := range s.Notes {
		fmt.Fprintf(w, "         (%s)\n", diag.Safe(n))
	}
}

// short is enough of a fingerprint to tell incidents apart by eye.
func short(fingerprint string) string {
	return fingerprint[:min(8, len(fingerprint))]
}
