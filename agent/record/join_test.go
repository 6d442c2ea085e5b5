package record_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/agent/record"
)

func split(text string) (lines [][]byte) {
	for l := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		lines = append(lines, []byte(l))
	}
	return lines
}

func TestJoin(t *testing.T) {
	for _, tc := range []struct {
		preset, text string
		want         []int
	}{
		{"auto", "one\ntwo\n  three\n", []int{0, 1, 2}},
		{"java", "a\nx.FooException: no\n\tat A.b(A.java:1)\nCaused by: x.Bar: why\n\tat C.d(C.java:2)\n\t... 1 more\nb\n", []int{0, 1, 6}},
		{"java", "FooException: thrice\nnot a frame\nb\n", []int{0, 1, 2}},
		{"dotnet", "System.Exception: no\n   at A.B() in a.cs:1\n--- End of stack trace from previous location ---\n   at C.D()\nb\n", []int{0, 4}},
		{"go", "panic: one\n\ngoroutine 1 [running]:\nmain.main()\n\t/a.go:1 +0x1\nexit status 2\npanic: two\nb\n", []int{0, 6, 7}},
		{"python", "Traceback (most recent call last):\n  File \"a\", line 1\n    x()\nKeyError: 'a'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"a\", line 2\nValueError: b\nc\n", []int{0, 10}},
		{"php", "PHP Fatal error:  Uncaught Exception: no in /a.php:3\nStack trace:\n#0 {main}\n  thrown in /a.php on line 3\nb\n", []int{0, 4}},
		{"ruby", "a.rb:1:in 'x': no (RuntimeError)\n\tfrom a.rb:2:in 'y'\na.rb:1:in 'x': no (RuntimeError)\n\tfrom a.rb:2:in 'y'\n", []int{0, 2}},
		{"go", "FooException: no\n\tat A.b(A.java:1)\n", []int{0, 1}},
		{"auto", "", []int{0}},
	} {
		j, err := record.NewJoiner(tc.preset)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, j.Starts(split(tc.text))); diff != "" {
			t.Errorf("%s:\n%s\n%s", tc.preset, tc.text, diff)
		}
	}
	if _, err := record.NewJoiner("cobol"); err == nil || !strings.Contains(err.Error(), "there are auto") {
		t.Errorf("err = %v", err)
	}
}

func TestModes(t *testing.T) {
	for _, tc := range []struct {
		start, condition string
		mode             record.Mode
		text             string
		want             []int
	}{
		{`^\S`, `^\s+`, record.ContinueThrough, "a\nb\n c\n d\ne\n", []int{0, 1, 4}},
		{`\\$`, `\\$`, record.ContinuePast, "a\nb \\\nc \\\nd\ne\n", []int{0, 1, 4}},
		{``, `^START`, record.HaltBefore, "a\nb\nSTART c\nd\nSTART e\n", []int{0, 2, 4}},
		{``, `;$`, record.HaltWith, "a\nb;\nc;\nd\n", []int{0, 2, 3}},
	} {
		j, err := record.NewPatternJoiner(regexp.MustCompile(tc.start), regexp.MustCompile(tc.condition), tc.mode)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, j.Starts(split(tc.text))); diff != "" {
			t.Errorf("%s:\n%s", tc.mode, diff)
		}
	}
	if _, err := record.NewPatternJoiner(nil, nil, "halt"); err == nil {
		t.Error("a mode that is none was taken")
	}
}

func TestAround(t *testing.T) {
	j, err := record.NewJoiner("auto")
	if err != nil {
		t.Fatal(err)
	}
	lines := split("a\nx.FooException: no\n\tat A.b(A.java:1)\n\tat A.c(A.java:2)\nb\n")
	for at, want := range map[int][2]int{0: {0, 1}, 1: {1, 4}, 2: {1, 4}, 3: {1, 4}, 4: {4, 5}} {
		if first, end := j.Around(lines, at); first != want[0] || end != want[1] {
			t.Errorf("line %d: %d to %d, want %v", at, first, end, want)
		}
	}
}

// TestTracesOfOthers joins real traces, with the records that their collectors
// expect.
func TestTracesOfOthers(t *testing.T) {
	auto, err := record.NewJoiner("auto")
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]record.Mode{"ContinueThrough": record.ContinueThrough, "ContinuePast": record.ContinuePast, "HaltBefore": record.HaltBefore, "HaltWith": record.HaltWith}
	score := map[string][2]int{}
	for _, c := range corpus[struct {
		Name, Lang string
		Lines      []string
		Rule       struct{ Start, Condition, Mode string }
		Expect     struct {
			Records [][2]int
			Texts   []string
		}
	}](t, "corpora/multiline/cases.jsonl") {
		if c.Lang == "container" {
			score[c.Lang] = [2]int{containers(t, c.Lines, c.Expect.Texts), 1}
			continue
		}
		j := auto
		if c.Name == "only go enabled" {
			j, err = record.NewJoiner("go")
		}
		if c.Rule.Mode != "" {
			j, err = record.NewPatternJoiner(regexp.MustCompile(c.Rule.Start), regexp.MustCompile(c.Rule.Condition), modes[c.Rule.Mode])
		}
		if err != nil {
			t.Fatal(err)
		}
		var want []int
		for _, r := range c.Expect.Records {
			want = append(want, r[0])
		}
		s := score[c.Lang]
		s[1]++
		if diff := cmp.Diff(want, j.Starts(split(strings.Join(c.Lines, "\n")))); diff != "" {
			t.Errorf("%s, %s: %s", c.Lang, c.Name, diff)
		} else {
			s[0]++
		}
		score[c.Lang] = s
	}
	t.Log("joined as expected, by language:", fmt.Sprint(score))
}

// containers joins lines of containerd's by the patterns that the case's collector is
// configured with in its test, not in the case: it reports 1 when they are as expected.
func containers(t *testing.T, lines, want []string) int {
	t.Helper()
	j, err := record.NewPatternJoiner(regexp.MustCompile(`^\[DEBUG\]`), regexp.MustCompile(`^\d+ cont`), record.ContinueThrough)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := (&record.Shape{Format: record.CRI, Joiner: j}).Text(nil, []byte(strings.Join(lines, "\n")+"\n"))
	joined := split(string(text))
	starts := append(j.Starts(joined), len(joined))
	var got []string
	for n := range starts[1:] {
		got = append(got, string(bytes.Join(joined[starts[n]:starts[n+1]], []byte("\n"))))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("container: %s", diff)
		return 0
	}
	return 1
}

func FuzzJoin(f *testing.F) {
	f.Add("panic: x\n\ngoroutine 1 [running]:\n\ta\n")
	f.Add("a.b.CException: x\n  m\n\tat x {\n}\n\nNode.js v2\n")
	f.Add("/a.js:1\nx\n^\n\nE\n at b {\n}\n\nNode.js v20\n")
	f.Add("thread 'a' panicked at x\nm\nnote: y\n")
	auto, err := record.NewJoiner("auto")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := split(text)
		starts := auto.Starts(lines)
		for n, s := range starts {
			if n == 0 && s != 0 || n > 0 && s <= starts[n-1] || s >= len(lines) {
				t.Fatalf("%q: starts %v of %d lines", text, starts, len(lines))
			}
		}
	})
}
