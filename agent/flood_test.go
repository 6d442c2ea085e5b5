package agent_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules"
)

// BenchmarkFlood folds lines that all match into incidents: the pipeline without
// its files and its store. lines/s is what counts, and B/op, a line's.
func BenchmarkFlood(b *testing.B) {
	head := "rules:\n  - id: flood\n    title: it floods\n    severity: error\n    match: {regex: 'error (?P<code>\\d+) from (?P<src>\\S+)'}\n"
	for name, rest := range map[string]string{
		"match":         "",
		"match-by-key":  "    key: [src]\n",
		"threshold":     "    threshold: {count: 1000, within: 1m}\n",
		"distinct":      "    threshold: {count: 500, within: 1m, distinct: code}\n",
		"threshold-key": "    key: [src]\n    threshold: {count: 100, within: 1m}\n",
		"rate":          "    rate: {above: 1000, within: 1m}\n",
		"metric":        "    metric: {field: code, agg: p95, above: 1000, within: 1m}\n",
		"change":        "    key: [src]\n    change: {field: code}\n",
		"novel":         "    novel: {field: code, learn: 1h}\n",
		"template":      "    novel: {template: true, learn: 1h}\n",
	} {
		b.Run(name, func(b *testing.B) { flood(b, head+rest) })
	}
}

func flood(b *testing.B, source string) {
	file := filepath.Join(b.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		b.Fatal(err)
	}
	set, problems := rules.Load([]string{file}, nil)
	if err := problems.Err(); err != nil {
		b.Fatal(err)
	}
	var chunk bytes.Buffer
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	lines := 0
	for ; chunk.Len() < 240<<10; lines++ {
		at := now.Add(time.Duration(lines) * time.Millisecond)
		fmt.Fprintf(&chunk, "%s web1 app[4711]: error %d from 10.0.%d.%d while handling a request of somebody\n", at.Format("2006-01-02T15:04:05.000Z"), lines%997, lines%3, lines%251)
	}
	replay := agent.NewReplay(agent.ReplayOptions{
		Host: "web1", Rules: set, Redact: redact.New(redact.NewKey(), redact.Internal), Step: func(incident.Step) {},
	})
	as := &tail.File{Live: "/var/log/app.log"}
	b.ReportAllocs()
	read := 0
	for b.Loop() {
		replay.Read(tail.Chunk{File: as, Data: chunk.Bytes(), Offset: int64(read) * int64(chunk.Len())}, now.Add(time.Hour))
		read++
	}
	b.ReportMetric(float64(read*lines)/b.Elapsed().Seconds(), "lines/s")
	b.ReportMetric(0, "ns/op")
}
