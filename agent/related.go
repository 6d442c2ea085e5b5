package agent

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/agent/snapshot"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/shipper"
)

// What related logs may cost, so that a storm of incidents delays no detection.
const (
	relatedLogs    = 64                     // searched for one incident
	relatedRecords = 200                    // told in one event
	relatedBytes   = 48 << 10               // of their text
	relatedFor     = 25 * time.Millisecond  // of one search
	relatedShare   = 10                     // one part in so many of the time
	relatedBurst   = 250 * time.Millisecond // that may be spent at once
)

// search is a search for the records of other logs around a match.
type search struct {
	match, at, now time.Time // of the match; what is wanted lies nearest to; of the search
	fields         map[string]string
	file           tail.Identity    // the match's own
	told           map[string]int64 // identity -> offset up to which records were told
	left           int              // followed logs that are not searched
}

// related returns the records of other logs that a job asks for, merged by time. What
// is left out is noted in the job, and in its search each log that was read.
func (g *gatherer) related(j *gathering) []shipper.Related {
	began := time.Now()
	note := func(format string, args ...any) {
		j.found.notes = append(j.found.notes, "related: "+fmt.Sprintf(format, args...))
	}
	if !g.pace.may(began) {
		note("left out, for many incidents came at once")
		return nil
	}
	defer func() { g.pace.spent(time.Since(began)) }()
	s := &j.search
	if s.left > 0 {
		note("%d logs that were written to less recently were not searched", s.left)
	}
	var all []shipper.Related
	seen, told := map[string]bool{}, maps.Clone(s.told)
	for _, want := range j.related {
		for _, r := range g.relatedTo(want, j, told, began.Add(relatedFor), note) {
			if id := fmt.Sprintf("%s\x00%d", r.File, r.Offset); !seen[id] {
				seen[id] = true
				all = append(all, r)
			}
		}
	}
	s.told = told
	return nearest(all, s.match, note)
}

// relatedTo answers one wish of a rule, and notes in told what it has read.
func (g *gatherer) relatedTo(want rules.Related, j *gathering, told map[string]int64, until time.Time, note func(string, ...any)) (all []shipper.Related) {
	s := &j.search
	w := snapshot.Window{
		From: s.match.Add(-want.Within), At: s.at, To: s.match.Add(want.Within), Now: s.now, Records: relatedRecords, Until: until,
		Shown: func(text string) string { return g.redactor.Text(text, redact.Manifest{}) },
	}
	if by := want.By.Value; by != "" {
		value := s.fields[by]
		if value == "" {
			note("the match has no %s to look for", by)
			return nil
		}
		if w.Values = []string{value}; !marked(value) {
			w.Shown = nil // it stands in the log as it is
		}
	}
	wanted := func(source, path string) bool {
		return want.Sources.Selects(rules.Source{Path: path, Tags: j.sources.tags[source]})
	}
	beside, left, problems := tail.Beside(j.sources.beside, wanted, w.From, relatedLogs)
	if left > 0 {
		note("%d logs that were written to less recently were not searched", left)
	}
	for _, err := range problems {
		note("%v", err)
	}
	search := func(l *tail.Log) {
		if l.Identity == s.file || l.Modified.Before(w.From) || !wanted(l.Source, l.Live) {
			return
		}
		id := l.Identity.String()
		all = append(all, g.searchLog(l, j.sources, w, s.told[id], note)...)
		told[id] = l.Size
	}
	for _, l := range j.held {
		search(l)
	}
	for _, l := range beside {
		search(l)
		_ = l.Close() // it was only read
	}
	return all
}

// marked reports whether something was redacted in a value.
func marked(value string) bool {
	m := redact.Manifest{}
	redact.Count(value, m)
	return len(m) > 0
}

// searchLog searches one log from an offset on. Its records are redacted while they
// follow each other, so that a secret of several lines is found.
func (g *gatherer) searchLog(l *tail.Log, from *sources, w snapshot.Window, offset int64, note func(string, ...any)) (out []shipper.Related) {
	log := snapshot.Log{ReaderAt: l, Size: l.Size, Encoding: l.Encoding, Shape: from.shapes[l.Source], Clock: g.clock(from, l.Source), Modified: l.Modified}
	found, said, err := log.Search(w)
	if err != nil {
		note("%s: %v", l.Path, err)
		return nil
	}
	found = slices.DeleteFunc(found, func(r snapshot.Record) bool { return r.Offset < offset })
	if said != "" {
		note("%s: %s", l.Path, said)
	}
	texts := make([]string, len(found))
	for n, r := range found {
		texts[n] = r.Text
	}
	for n, text := range g.redactor.Lines(texts, redact.Manifest{}) {
		r := found[n]
		out = append(out, shipper.Related{Time: r.Time.UTC(), Source: l.Source, File: l.Path, Offset: r.Offset, Text: snapshot.Cut(text)})
	}
	return out
}

// nearest orders records by time and keeps those nearest to the match.
func nearest(all []shipper.Related, at time.Time, note func(string, ...any)) []shipper.Related {
	slices.SortStableFunc(all, func(a, b shipper.Related) int { return cmp.Compare(away(a, at), away(b, at)) })
	n, bytes := 0, 0
	for ; n < len(all) && n < relatedRecords; n++ {
		if bytes += len(all[n].Text); bytes > relatedBytes {
			break
		}
	}
	if n < len(all) {
		note("%d records farther from the match were left out", len(all)-n)
	}
	all = all[:n]
	slices.SortStableFunc(all, func(a, b shipper.Related) int {
		return cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.File, b.File), cmp.Compare(a.Offset, b.Offset))
	})
	return all
}

// away is how far a record is from a match; one without a time is the farthest.
func away(r shipper.Related, at time.Time) time.Duration {
	if r.Time.IsZero() {
		return 1<<63 - 1
	}
	return r.Time.Sub(at).Abs()
}

// pace keeps work to a share of the time. The zero value has its whole burst.
type pace struct {
	used  time.Duration
	since time.Time
}

func (p *pace) may(now time.Time) bool {
	p.used = max(p.used-now.Sub(p.since)/relatedShare, 0)
	p.since = now
	return p.used < relatedBurst
}

func (p *pace) spent(d time.Duration) { p.used += d }
