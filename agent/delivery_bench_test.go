package agent_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/webhook"
)

const spooledEvents = 10_000

// BenchmarkDrain empties a spool of ten thousand events of two thousand incidents
// into a local endpoint that answers at once. It fails when the events of an
// incident come out of order.
func BenchmarkDrain(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s := spoolOf(b, spooledEvents)
		taken, came := atomic.Int64{}, make(chan struct{})
		url := takes(b, func(e shipper.Event) {
			if n := int(taken.Add(1)); n == spooledEvents {
				close(came)
			}
		})
		b.StartTimer()
		stop := ships(b, s, url)
		<-came
		b.StopTimer()
		stop()
		if n, err := s.Spooled("d"); n != 0 || err != nil {
			b.Fatalf("%d events are left, %v", n, err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(spooledEvents*b.N)/b.Elapsed().Seconds(), "events/s")
}

// takes is an endpoint that answers at once; it holds each incident to its order.
func takes(b *testing.B, take func(shipper.Event)) string {
	b.Helper()
	last := make([]atomic.Int64, spooledEvents)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			b.Error(err)
		}
		var e shipper.Event
		if err := json.Unmarshal(data, &e); err != nil {
			b.Error(err)
		}
		if n := e.Data.Fields["n"]; n != "" {
			var incident int
			if _, err := fmt.Sscan(n, &incident); err != nil || last[incident].Swap(int64(e.Data.Sequence)) >= int64(e.Data.Sequence) {
				b.Errorf("%s came out of order, %v", e.ID, err)
			}
		}
		take(e)
	}))
	b.Cleanup(server.Close)
	return server.URL
}

// spoolOf makes a store with n events of n/5 incidents.
func spoolOf(b *testing.B, n int) *store.Store {
	b.Helper()
	s, err := store.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Commit(func(batch store.Batch) error {
		for i := range n {
			incident := i % (n / 5)
			e := shipper.NewEvent(shipper.Updated, time.Now(), shipper.Incident{
				Fingerprint: fmt.Sprintf("%032x", incident), Generation: 1, Sequence: i/(n/5) + 1, Status: "open", Rule: "disk", Title: "disk fails",
				Severity: "critical", Host: shipper.Host{Name: "h"}, Count: 1, Fields: map[string]string{"n": fmt.Sprint(incident)},
				Snapshot: &shipper.Snapshot{File: "/var/log/app.log", Before: slices.Repeat([]string{strings.Repeat("x", 80)}, 10), Match: "bad"},
			})
			data, err := json.Marshal(e)
			if err != nil {
				return err
			}
			if err := batch.Enqueue("d", data); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	return s
}

// ships runs a shipper to the endpoint.
func ships(b *testing.B, s *store.Store, url string) (stop func()) {
	b.Helper()
	w, err := webhook.New(webhook.Options{URL: url})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- shipper.New("d", w, s, slog.New(slog.DiscardHandler)).Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
}

// BenchmarkLatency measures from the append of a matching line to the endpoint
// having the event, on a quiet host: one line after the other, 500 of them.
func BenchmarkLatency(b *testing.B) {
	const lines = 500
	var all []time.Duration
	for b.Loop() {
		came := make(chan shipper.Event, 1)
		dir := b.TempDir()
		log := filepath.Join(dir, "app.log")
		stop := follows(b, dir, log, takes(b, func(e shipper.Event) { came <- e }))
		for n := range lines {
			time.Sleep(5 * time.Millisecond) // quiet again
			began := time.Now()
			appendLine(b, log, fmt.Sprintf("bad d%04d\n", n))
			if e := <-came; e.Data.Key["dev"] != fmt.Sprintf("d%04d", n) {
				b.Fatalf("event of %v came for line %d", e.Data.Key, n)
			}
			all = append(all, time.Since(began))
		}
		stop()
	}
	slices.Sort(all)
	at := func(p float64) float64 { return float64(all[int(p*float64(len(all)-1))].Microseconds()) / 1000 }
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(at(1), "max-ms")
}

func appendLine(b *testing.B, file, line string) {
	b.Helper()
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := f.WriteString(line); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

// follows starts an agent on a log that is there, with one rule.
func follows(b *testing.B, dir, log, url string) (stop func()) {
	b.Helper()
	appendLine(b, log, "")
	file := filepath.Join(dir, "rules.yaml")
	rule := strings.NewReplacer("after: 2}", "after: 0}", "incident: {", "incident: {storm: {above: 100000}, ").Replace(disk)
	if err := os.WriteFile(file, []byte(rule), 0o600); err != nil {
		b.Fatal(err)
	}
	set, problems := rules.Load([]string{file}, nil)
	if err := problems.Err(); err != nil {
		b.Fatal(err)
	}
	s, err := store.Open(filepath.Join(dir, "state"))
	if err != nil {
		b.Fatal(err)
	}
	w, err := webhook.New(webhook.Options{URL: url})
	if err != nil {
		b.Fatal(err)
	}
	a, err := agent.New(agent.Options{
		Host: shipper.Host{Name: "h"}, Rules: set, Sources: []agent.Source{{Source: tail.Source{Name: "s", Include: []string{log}}}},
		Backends: map[string]shipper.Backend{"d": w}, Store: s, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	}
}
