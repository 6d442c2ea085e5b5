package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// settled is how long a started agent is left alone before it is measured, and
// sampled for how long it then is.
const (
	settled = 20 * time.Second
	sampled = 60 * time.Second
)

// BenchmarkIdle measures the program while it follows files that nobody writes to.
func BenchmarkIdle(b *testing.B) {
	for _, files := range []int{1_000, 10_000} {
		b.Run(fmt.Sprintf("files=%d", files), func(b *testing.B) {
			l := newLoad(b, files)
			for b.Loop() {
				time.Sleep(settled)
				l.measure(b, func() { time.Sleep(sampled) })
			}
		})
	}
}

// BenchmarkSteady measures it while 10,000 lines a second come, each in a write of its
// own.
func BenchmarkSteady(b *testing.B) {
	l := newLoad(b, 1)
	log, err := os.OpenFile(l.logs+"/app-00000.log", os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		b.Fatal(err)
	}
	line := []byte("2026-11-24T10:00:00Z INFO request served path=/api/v1/orders status=200 bytes=5120 ms=12 user=ann\n")
	for b.Loop() {
		l.measure(b, func() {
			began := time.Now()
			for n := 0; time.Since(began) < 20*time.Second; time.Sleep(time.Millisecond) {
				for ; n < int(10_000*time.Since(began).Seconds()); n++ {
					if _, err := log.Write(line); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
	if err := log.Close(); err != nil {
		b.Fatal(err)
	}
}

// load is a real program that runs.
type load struct {
	logs    string
	process *os.Process
}

const loadRules = `rules:
  - {id: panic, title: it panics, severity: critical, tier: L3, match: {contains: 'kernel: panic'}}
  - {id: memory, title: no memory, severity: critical, tier: L3, match: {regex: 'Out of memory: Killed process (?P<pid>\d+)'}}
`

func newLoad(b *testing.B, files int) *load {
	b.Helper()
	dir := b.TempDir()
	logs, rules := filepath.Join(dir, "logs"), filepath.Join(dir, "rules.yaml")
	if err := os.Mkdir(logs, 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(rules, []byte(loadRules), 0o600); err != nil {
		b.Fatal(err)
	}
	for i := range files {
		if err := os.WriteFile(fmt.Sprintf("%s/app-%05d.log", logs, i), fmt.Appendf(nil, "a line of file %d\n", i), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return startLoad(b, logs, "--rules", rules, "--to", "http://127.0.0.1:9/", "--state", dir+"/state", logs+"/*.log")
}

// startLoad runs the program as it is released; the end of the benchmark ends it.
func startLoad(b *testing.B, logs string, args ...string) *load {
	b.Helper()
	program := filepath.Join(b.TempDir(), "thirdline")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	run := exec.Command(program, append([]string{"run"}, args...)...) //nolint:noctx // the end of the benchmark ends it
	run.Stderr = os.Stderr
	if err := run.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := run.Process.Signal(syscall.SIGTERM); err != nil {
			b.Error(err)
		}
		if err := run.Wait(); err != nil {
			b.Error(err)
		}
	})
	return &load{logs, run.Process}
}

// measure reports the share of a core that the program takes during work, and its
// memory after it.
func (l *load) measure(b *testing.B, work func()) {
	b.Helper()
	began, before := time.Now(), l.ran(b)
	work()
	b.ReportMetric(100*float64(l.ran(b)-before)/float64(time.Since(began)), "%core")
	b.ReportMetric(l.says(b, "VmRSS")/1024, "MiB")
}

// says returns the number that the process's status has: KiB, or how many.
func (l *load) says(b *testing.B, name string) (number float64) {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", l.process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "\n"+name+":")
	if _, err := fmt.Sscan(after, &number); err != nil {
		b.Fatalf("%s in the process's status: %v", name, err)
	}
	return number
}

// ran is the time that the program's threads have run.
func (l *load) ran(b *testing.B) (total time.Duration) {
	b.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", l.process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), " ")
		ns, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		total += time.Duration(ns)
	}
	return total
}
