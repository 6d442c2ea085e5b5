package agent

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/shipper"
)

// BenchmarkSnapshot takes whole snapshots of this host: records before, two related
// logs of 64 MB (one by key), facts, changes, redaction, and the check of its size.
// Nothing is kept from one to the next. It reports the 99th percentile, how much of it
// the pipeline is held up, and the share whose search ended for want of time.
func BenchmarkSnapshot(b *testing.B) {
	dir := b.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
		return path
	}
	now := time.Now()
	var lines strings.Builder
	for i := range 400_000 {
		fmt.Fprintf(&lines, "%s host app[%d]: request id=r%d user=u%d took %d ms and nothing happened that is worth a word, password=hunter%d\n",
			now.Add(time.Duration(i-400_000)*10*time.Millisecond).UTC().Format(time.RFC3339Nano), i%100, i, i%50, i%1000, i)
	}
	log, kernel, web := write("app.log", lines.String()+"bad sda for u7\n"), write("kern.log", lines.String()), write("web.log", lines.String())
	set, problems := rules.Load([]string{write("rules.yaml", `
rules:
  - id: disk
    title: "disk {{ .dev }} fails"
    severity: critical
    match: {regex: 'bad (?P<dev>\w+) for (?P<user>\S+)'}
    snapshot: {before: 100, related: [{sources: {tags: [kernel]}, within: 60s}, {sources: {tags: [web]}, within: 60s, by: user}]}
`)}, nil)
	if err := problems.Err(); err != nil {
		b.Fatal(err)
	}
	s, err := store.Open(filepath.Join(dir, "state"))
	if err != nil {
		b.Fatal(err)
	}
	a, err := New(Options{Host: shipper.Host{Name: "h"}, Rules: set, Store: s, Log: slog.New(slog.DiscardHandler), Sources: []Source{
		{Source: tail.Source{Name: "app", Include: []string{log}}},
		{Source: tail.Source{Name: "kernel", Include: []string{kernel}}, Tags: []string{"kernel"}, OnlyContext: true},
		{Source: tail.Source{Name: "web", Include: []string{web}}, Tags: []string{"web"}},
	}})
	if err != nil {
		b.Fatal(err)
	}
	p := a.pipeline
	var file tail.Identity
	logs, _ := p.follower.Held(func(source, _ string) bool { return source == "app" }, time.Time{}, 1)
	file = logs[0].Identity
	end := logs[0].Size
	step := incident.Step{Kind: incident.StepOpened, Match: &incident.Place{File: file, Path: log, Start: end - 15, End: end}}
	step.Incident = incident.Incident{Fingerprint: "f", Rule: "disk", Title: "t", Generation: 1, Opened: now, Fields: map[string]string{"dev": "sda", "user": "u7", "pid": fmt.Sprint(os.Getpid())}}
	var took []time.Duration
	short, held := 0, time.Duration(0)
	for b.Loop() {
		began := time.Now()
		fresh := newGatherer(a.options, &changes{within: changedIn}, p.follower.Wake)
		p.gatherer = fresh
		p.emit(step, []byte("bad sda for u7"), now)
		held += time.Since(began)
		data := &p.drafts[0].data
		j := <-fresh.jobs
		fresh.do(j)
		close(j.done)
		settled := time.Now()
		p.finish()
		held += time.Since(settled)
		p.pending, p.evidence.past = nil, nil
		took = append(took, time.Since(began))
		if len(data.Snapshot.Related) < 50 {
			short++ // the machine was too busy for the whole search
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(short)/float64(len(took)), "cut-short/op")
	b.ReportMetric(float64(held.Microseconds())/1000/float64(len(took)), "pipeline-ms/op")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
