package match_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/thirdline/thirdline/rules/match"
)

const block = 1 << 20

// BenchmarkCorpus scans THIRDLINE_CORPUS/corpus.log with each of the rule files
// rules_*.txt beside it, an expression a line, in blocks of whole lines.
func BenchmarkCorpus(b *testing.B) {
	dir := os.Getenv("THIRDLINE_CORPUS")
	if dir == "" {
		b.Skip("THIRDLINE_CORPUS names no folder with corpus.log and rules_*.txt")
	}
	files, err := filepath.Glob(filepath.Join(dir, "rules_*.txt"))
	if err != nil || len(files) == 0 {
		b.Fatal("no rules_*.txt in", dir, err)
	}
	corpus, err := os.ReadFile(filepath.Join(dir, "corpus.log")) //nolint:gosec // a benchmark's own argument
	if err != nil {
		b.Fatal(err)
	}
	for _, file := range files {
		b.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(b *testing.B) {
			s := setOf(b, readLines(b, file)...)
			lines := 0
			b.SetBytes(int64(len(corpus)))
			for b.Loop() {
				lines = scanAll(s, corpus)
			}
			b.ReportMetric(float64(lines), "lines")
		})
	}
}

// scanAll counts the lines that some pattern holds for.
func scanAll(s *match.Set, corpus []byte) (lines int) {
	var hits []match.Hit
	for len(corpus) > 0 {
		end := len(corpus)
		if end > block {
			if i := bytes.IndexByte(corpus[block:], '\n'); i >= 0 {
				end = block + i + 1
			}
		}
		hits = s.Scan(corpus[:end], hits[:0])
		last := -1
		for _, h := range hits {
			if h.Start != last {
				lines++
				last = h.Start
			}
		}
		corpus = corpus[end:]
	}
	return lines
}

func readLines(tb testing.TB, path string) (lines []string) {
	tb.Helper()
	data, err := os.ReadFile(path) //nolint:gosec // a benchmark's own argument
	if err != nil {
		tb.Fatal(err)
	}
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		lines = append(lines, s.Text())
	}
	return lines
}

func setOf(tb testing.TB, patterns ...string) *match.Set {
	tb.Helper()
	exprs := make([]match.Expr, 0, len(patterns))
	for _, p := range patterns {
		exprs = append(exprs, match.Expr{Regexp: p})
	}
	s, err := match.New(exprs)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

const accessLine = "10.0.0.7 - - [24/Nov/2026:10:00:00 +0000] \"GET /index.html HTTP/1.1\" 200 512 error=none\n"

// worst names the cases in which literals do not help.
var worst = []struct {
	name     string
	patterns []string
	line     string
}{
	{"literal-on-every-line", []string{`error=\w+ fatal`}, accessLine},
	{"ten-literals-on-every-line", []string{`error=x`, `HTTP/2`, `GET /a`, `Nov/2027`, `index\.php`, `\+0000\] "PUT`, `html .*" 500`, `200 513`, `10\.0\.0\.8`, `none fatal`}, accessLine},
	{"all-lines-match", []string{`GET /`}, accessLine},
	{"dot-star", []string{`.*`}, accessLine},
	{"error-or-fail-folded", []string{`(?i)error|fail(ed|ure)?`}, accessLine},
	{"no-literal", []string{`\d\d\d\d-\d\d`, `[xyz]{3}\w+q`}, accessLine},
	{"lines-of-64-KiB", []string{`error=\w+ fatal`, `panic: .+`}, strings.Repeat(accessLine[:80], 800) + "\n"},
}

// BenchmarkWorst has the plain loop as its own measure beside each case.
func BenchmarkWorst(b *testing.B) {
	for _, w := range worst {
		chunk := bytes.Repeat([]byte(w.line), max(1, block/len(w.line)))
		b.Run(w.name+"/set", func(b *testing.B) {
			s := setOf(b, w.patterns...)
			b.SetBytes(int64(len(chunk)))
			cpu := cpuTime(b)
			for b.Loop() {
				scanAll(s, chunk)
			}
			b.ReportMetric(float64(b.N*len(chunk))/1e6/(cpuTime(b)-cpu).Seconds(), "MB/cpu-s")
		})
		b.Run(w.name+"/plain", func(b *testing.B) {
			var all []*regexp.Regexp
			for _, p := range w.patterns {
				all = append(all, regexp.MustCompile(p))
			}
			b.SetBytes(int64(len(chunk)))
			cpu := cpuTime(b)
			for b.Loop() {
				for line := range bytes.Lines(chunk) {
					for _, re := range all {
						re.Match(line[:len(line)-1])
					}
				}
			}
			b.ReportMetric(float64(b.N*len(chunk))/1e6/(cpuTime(b)-cpu).Seconds(), "MB/cpu-s")
		})
	}
}

// cpuTime is what the process has used; unlike the time of day it means something on
// a busy machine.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkFiles scans on as many cores as -cpu says, a file each, with one Set.
func BenchmarkFiles(b *testing.B) {
	s := setOf(b, `disk failing`, `panic: (.+)`, `(?i)out of memory`)
	chunk := bytes.Repeat([]byte(accessLine), block/len(accessLine))
	b.SetBytes(int64(len(chunk)))
	b.RunParallel(func(pb *testing.PB) {
		var hits []match.Hit
		for pb.Next() {
			hits = s.Scan(chunk, hits[:0])
		}
	})
}

func BenchmarkNew1000(b *testing.B) {
	var patterns []string
	for i := range 1000 {
		patterns = append(patterns, fmt.Sprintf(`component%d\[([0-9]+)\]: (failed|crashed) (with|after) .+ in unit%d`, i*7919%1000, i))
	}
	for b.Loop() {
		setOf(b, patterns...)
	}
}
