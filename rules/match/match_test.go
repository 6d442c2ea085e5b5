package match_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/rules/match"
)

// plain is the specification: each expression on each line.
func plain(exprs []match.Expr, chunk []byte) []match.Hit {
	all := make([]plainExpr, 0, len(exprs))
	for _, e := range exprs {
		all = append(all, newPlain(e))
	}
	var out []match.Hit
	for start := 0; start < len(chunk); {
		end := len(chunk)
		if i := bytes.IndexByte(chunk[start:], '\n'); i >= 0 {
			end = start + i
		}
		line := bytes.TrimSuffix(chunk[start:end], []byte("\r"))
		for p := range all {
			if all[p].holds(line) {
				out = append(out, match.Hit{Pattern: p, Start: start, End: start + len(line)})
			}
		}
		start = end + 1
	}
	return out
}

// plainExpr is an Expr with its expressions compiled.
type plainExpr struct {
	tests         []*regexp.Regexp
	all, any, not []plainExpr
}

func newPlain(e match.Expr) (p plainExpr) {
	flag := ""
	if e.Fold {
		flag = "(?i)"
	}
	if e.Contains != "" {
		p.tests = append(p.tests, regexp.MustCompile(flag+regexp.QuoteMeta(e.Contains)))
	}
	if e.Regexp != "" {
		p.tests = append(p.tests, regexp.MustCompile(flag+"(?:"+e.Regexp+")"))
	}
	for _, part := range []struct {
		from []match.Expr
		to   *[]plainExpr
	}{{e.All, &p.all}, {e.Any, &p.any}, {e.Not, &p.not}} {
		for _, sub := range part.from {
			*part.to = append(*part.to, newPlain(sub))
		}
	}
	return p
}

func (p *plainExpr) holds(line []byte) bool {
	for _, re := range p.tests {
		if !re.Match(line) {
			return false
		}
	}
	holds := func(sub plainExpr) bool { return sub.holds(line) }
	fails := func(sub plainExpr) bool { return !sub.holds(line) }
	return !slices.ContainsFunc(p.all, fails) && !slices.ContainsFunc(p.not, holds) &&
		(len(p.any) == 0 || slices.ContainsFunc(p.any, holds))
}

func check(t *testing.T, exprs []match.Expr, chunk []byte) {
	t.Helper()
	s, err := match.New(exprs)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plain(exprs, chunk), s.Scan(chunk, nil)); diff != "" {
		t.Errorf("exprs %+v\nchunk %q\nhits (-plain +set):\n%s", exprs, chunk, diff)
	}
}

func TestScanEqualsThePlainLoop(t *testing.T) {
	chunk := []byte("error: disk\r\nERROR DISK\n\nKelvin \u212aelvin \u017ftop\nSTOP kill\xff\x00bad\n[x] a.b abab\nlast error")
	for _, exprs := range [][]match.Expr{
		{{Contains: "error"}, {Contains: "error", Fold: true}, {Contains: "kelvin", Fold: true}, {Contains: "stop", Fold: true}},
		{{Regexp: `err(or|ata)`}, {Regexp: `^last`}, {Regexp: `disk$`}, {Regexp: `(?i)disk$`}, {Regexp: `\x{FFFD}`}, {Regexp: `[Kk]ill`}, {Regexp: `(ab){2}`}},
		{{Regexp: `.`}, {Regexp: `^$`}, {}, {Regexp: `\x00`}, {Regexp: `a?b*`}},
		{{Any: []match.Expr{{Contains: "disk"}, {Regexp: "x"}}, Not: []match.Expr{{Contains: "DISK"}}}, {All: []match.Expr{{Contains: "stop"}, {Contains: "kill"}}, Fold: true}},
		{},
	} {
		check(t, exprs, chunk)
	}
}

func TestFieldsComeFromNamedGroups(t *testing.T) {
	s, err := match.New([]match.Expr{{Any: []match.Expr{{Regexp: `block (?P<block>\d+)`}, {Regexp: `rel (?P<rel>\w+)(?P<none>x)?`}}}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	s.Fields(0, []byte("block 7 of rel base"), got)
	if diff := cmp.Diff(map[string]string{"block": "7", "rel": "base"}, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestNewNamesTheBadExpression(t *testing.T) {
	_, err := match.New([]match.Expr{{Contains: "x"}, {Regexp: `a(`}})
	if err == nil || !strings.Contains(err.Error(), "a(") {
		t.Errorf("err = %v", err)
	}
}

func BenchmarkScan20(b *testing.B) {
	var exprs []match.Expr
	for i := range 20 {
		exprs = append(exprs, match.Expr{Regexp: fmt.Sprintf(`component%d\[([0-9]+)\]: (failed|crashed)`, i)})
	}
	s, err := match.New(exprs)
	if err != nil {
		b.Fatal(err)
	}
	chunk := bytes.Repeat([]byte("Nov 24 10:00:00 host app[123]: request served in 12 ms, status=200, all is well\n"), 4096)
	b.SetBytes(int64(len(chunk)))
	for b.Loop() {
		if h := s.Scan(chunk, nil); len(h) != 0 {
			b.Fatal("unexpected hit")
		}
	}
}
