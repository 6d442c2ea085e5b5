package capsule

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/shipper"
)

//go:embed page.html
var pageText string

// view is what the page shows. The template escapes all of it.
type view struct {
	Manifest Manifest
	Incident shipper.Incident // as it stood last
	Opening  *shipper.Snapshot
	Records  Records
	Numbers  []int64 // of the lines before the match
	Later    []int64 // of those after it
	Related  []shipper.Related
	Results  []shipper.Diagnostic
	Steps    []step
	Rule     string
	Missing  []string
	Complete bool
}

// step is an event on the timeline.
type step struct {
	Word, Reason string
	Time         time.Time
	Count        int64
	Notes        []string
	Trimmed      map[string]int
}

// page makes the page by which a capsule is read.
func (c *Capsule) page() ([]byte, error) {
	t, err := template.New(pageFile).Funcs(template.FuncMap{
		"when": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000 UTC") },
		"size": size,
		"join": strings.Join,
		"at": func(i int, list []int64) string {
			if i < len(list) && list[i] > 0 {
				return fmt.Sprint(list[i])
			}
			return ""
		},
	}).Parse(pageText)
	if err != nil {
		return nil, fmt.Errorf("read page's template: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, c.view()); err != nil {
		return nil, fmt.Errorf("make page: %w", err)
	}
	return b.Bytes(), nil
}

func (c *Capsule) view() view {
	v := view{Manifest: c.Manifest, Incident: c.Events[len(c.Events)-1].Data, Records: c.Records(), Rule: c.Rule, Opening: &shipper.Snapshot{}}
	for _, e := range c.Events {
		v.add(e)
	}
	if earlier := c.around().earlier; earlier != nil {
		v.Numbers = numbers(earlier.Places)
	}
	v.Numbers = append(v.Numbers, numbers(v.Opening.Places)...)
	return v
}

// numbers gives the number of each line of places; 0 where it is not known.
func numbers(places []shipper.Place) (out []int64) {
	for _, p := range places {
		for n := range p.Offsets {
			number := int64(0)
			if p.Line > 0 {
				number = p.Line + int64(n)
			}
			out = append(out, number)
		}
	}
	return out
}

func (v *view) add(e agent.Past) {
	s := step{Word: strings.TrimPrefix(e.Type, "dev.thirdline.incident."), Reason: e.Data.Reason, Time: e.Data.LastSeen, Count: e.Data.Count}
	if !e.Time.IsZero() {
		s.Time = e.Time
	}
	if snap := e.Data.Snapshot; snap != nil {
		s.Notes, s.Trimmed = snap.Notes, snap.Trimmed
		if e.Type == shipper.Opened || e.Type == shipper.Reopened {
			v.Opening = snap
		}
		if v.Later == nil {
			v.Later = numbers(snap.AfterPlaces)
		}
		v.Related = append(v.Related, snap.Related...)
		v.Results = append(v.Results, snap.Diagnostics...)
		v.Complete, v.Missing = snap.Complete || v.Complete, snap.Missing
	}
	v.Steps = append(v.Steps, s)
}

// size gives bytes in words.
func size(n uint64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	f, u := float64(n), 0
	for f >= 1024 && u < len(units)-1 {
		f, u = f/1024, u+1
	}
	if u == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", f, units[u])
}
