package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/control"
)

const backlogBytes = 128 << 20

// BenchmarkBacklog measures what the program takes while it reads an access log of
// 128 MiB that was written while it was down: one on which nothing happens, and one
// with an incident every few hundred records.
func BenchmarkBacklog(b *testing.B) {
	for _, c := range []struct {
		name string
		step time.Duration // between two records
	}{{"busy", 10 * time.Millisecond}, {"incidents", 10 * time.Second}} {
		b.Run(c.name, func(b *testing.B) {
			dir := b.TempDir()
			writeAccessLog(b, filepath.Join(dir, "access.log"), c.step)
			conf := fmt.Sprintf(backlogConfig, dir)
			if err := os.WriteFile(dir+"/thirdline.yaml", []byte(conf), 0o600); err != nil {
				b.Fatal(err)
			}
			if err := os.CopyFS(dir+"/rules", os.DirFS("../../../examples/rules")); err != nil {
				b.Fatal(err)
			}
			l := startLoad(b, dir, "--config", dir+"/thirdline.yaml")
			began, own, threads := time.Now(), 0.0, 0.0
			for b.Loop() {
				for !hasRead(b, dir+"/state") {
					own, threads = max(own, l.says(b, "RssAnon")/1024), max(threads, l.says(b, "Threads"))
					time.Sleep(20 * time.Millisecond)
				}
			}
			b.ReportMetric(backlogBytes/1e6/time.Since(began).Seconds(), "MB/s")
			b.ReportMetric(l.says(b, "VmHWM")/1024, "MiB-peak")
			b.ReportMetric(own, "MiB-own") // without what is mapped from files
			b.ReportMetric(threads, "threads")
		})
	}
}

const backlogConfig = `state: %[1]s/state
rules: [rules]
sources: [{name: web, include: ['%[1]s/*.log'], start: beginning}]
destinations: [{name: file, file: {path: '%[1]s/events'}}]
`

// writeAccessLog writes requests of which, by turns of 60 records, none and half fail
// and are slow.
func writeAccessLog(b *testing.B, path string, step time.Duration) {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	at := time.Now().Add(-backlogBytes / 160 * step).UTC()
	for n, size := 0, 0; size < backlogBytes; n++ {
		status, took := 200, float64(n%97)/100
		if n/60%2 == 1 && n%2 == 1 {
			status, took = 502, took+3
		}
		wrote, err := fmt.Fprintf(w, "10.0.%d.%d - - [%s] \"GET /api/v1/items/%d?q=%d HTTP/1.1\" %d %d \"-\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\" rt=%.3f\n",
			n%250, n%249, at.Format("02/Jan/2006:15:04:05 -0700"), n%9973, n, status, n%50021, took)
		if err != nil {
			b.Fatal(err)
		}
		size, at = size+wrote, at.Add(step)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

// hasRead tells that an agent has read all that its sources have.
func hasRead(b *testing.B, state string) bool {
	b.Helper()
	client, err := control.Dial(state)
	if err != nil {
		return false // it is not up yet
	}
	var s agent.Status
	if err := client.Call(b.Context(), http.MethodGet, "/status", nil, &s); err != nil {
		b.Fatal(err)
	}
	return len(s.Sources) > 0 && s.Sources[0].Bytes > 0 && s.Sources[0].LagBytes == 0
}
