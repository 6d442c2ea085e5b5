package match_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/rules/match"
)

// grammar makes random expressions that cover RE2, and lines they are near to.
type grammar struct{ *rand.Rand }

func (g grammar) pick(from ...string) string { return from[g.Intn(len(from))] }

func (g grammar) text() string {
	return g.pick("a", "b", "B", "err", "Error", "fail", "disk failing", "task blocked", "k", "K", "\u212a", "s", "S", "\u017f", "1", "42", " ", "_", "é", "É", "ß", "日", "\ufffd", "\x00", ":", "[x]")
}

func (g grammar) expression(depth int) string {
	if depth == 0 || g.Intn(4) == 0 {
		return g.atom()
	}
	switch sub := g.expression(depth - 1); g.Intn(8) {
	case 0:
		return "(?:" + sub + ")" + g.pick("?", "*", "+", "??", "*?", "+?", "{2}", "{0}", "{0,2}", "{1,3}?", "{2,}", "{3}")
	case 1:
		return "(?:" + sub + "|" + g.expression(depth-1) + ")"
	case 2:
		return "(" + sub + ")"
	case 3:
		return "(?" + g.pick("i", "s", "m", "U", "is", "-i", "imsU", "-s", "i-m") + ":" + sub + ")"
	default:
		return sub + g.expression(depth-1)
	}
}

func (g grammar) atom() string {
	if g.Intn(2) == 0 {
		return regexp.QuoteMeta(g.text())
	}
	return g.pick(".", "[ab]", "[^a]", "[a-zA-Z]", "[[:alpha:]]", `\d`, `\D`, `\w`, `\W`, `\s`, `\S`, `\b`, `\B`, "^", "$", `\A`, `\z`, "(?m:^)", "(?m:$)", "[^\n]", `\pL`, `\p{Greek}`, `\P{Lu}`, `\pN`, "[[:^digit:]]", "[k-t]", "[^\\x00-\\x7f]", `[\d ]{2}`, `\x{FFFD}`, "[é-日]", `\Q[x]\E`, "")
}

func (g grammar) expr(depth int) match.Expr {
	e := match.Expr{Fold: g.Intn(2) == 0}
	switch g.Intn(5) {
	case 0:
		e.Contains = g.pick("err", "fail", "k", "Ks", "a", "42", "é", "1 ", "\x00", "isk fail") + g.pick("", "or", "s", "b", "ing")
	default:
		e.Regexp = g.expression(3)
	}
	if depth > 0 && g.Intn(3) == 0 {
		for range 1 + g.Intn(2) {
			list := []*[]match.Expr{&e.All, &e.Any, &e.Not}[g.Intn(3)]
			*list = append(*list, g.expr(depth-1))
		}
	}
	return e
}

func (g grammar) chunk(pieces int) []byte {
	var out []byte
	for range pieces {
		switch g.Intn(6) {
		case 0:
			out = append(out, g.pick("\n", "\n", "\r\n", "\r", "\n\n")...)
		case 1:
			out = append(out, byte(g.Intn(256)))
		default:
			out = append(out, g.text()...)
		}
	}
	return out
}

// FuzzMatch holds a Set, also one starved of memory and of literals, and one fed
// in chunks, against the plain loop.
func FuzzMatch(f *testing.F) {
	for seed := range int64(60) {
		f.Add(seed, []byte("error: fail\r\nK\xffs\u212a"))
	}
	f.Fuzz(func(t *testing.T, seed int64, tail []byte) { differ(t, seed, 250, tail) })
}

// TestManyPairs compares 5*10^4 (line, pattern) pairs, the same each time, or as
// many as THIRDLINE_PAIRS says, others each time.
func TestManyPairs(t *testing.T) {
	want, pieces, first := 50_000, 250, int64(1)
	if v, err := strconv.Atoi(os.Getenv("THIRDLINE_PAIRS")); err == nil {
		want, pieces, first = v, 10_000, time.Now().UnixNano()
	}
	pairs, hits := 0, 0
	for seed := first; pairs < want && !t.Failed(); seed++ {
		p, h := differ(t, seed, pieces, nil)
		pairs, hits = pairs+p, hits+h
	}
	t.Logf("%d pairs, %d of them hits", pairs, hits)
	if hits == 0 {
		t.Error("no pair was a hit: the comparison says nothing")
	}
}

func differ(t *testing.T, seed int64, pieces int, tail []byte) (pairs, hits int) {
	t.Helper()
	g := grammar{rand.New(rand.NewSource(seed))}
	var exprs []match.Expr
	for range 1 + g.Intn(6) {
		exprs = append(exprs, g.expr(2))
	}
	s, err := match.New(exprs)
	if err != nil { // repeats of repeats can exceed the parser's limit
		return 0, 0
	}
	chunk := append(g.chunk(g.Intn(pieces)), tail...)
	want := plain(exprs, chunk)
	compare := func(kind string, got []match.Hit) {
		t.Helper()
		if !slices.Equal(want, got) {
			t.Errorf("seed %d, %s, exprs %+v\nchunk %q\nhits (-plain +set):\n%s", seed, kind, exprs, chunk, cmp.Diff(want, got))
		}
	}
	compare("whole", s.Scan(chunk, nil))
	compare("again", s.Scan(chunk, nil))
	compare("in chunks", inChunks(g, s, chunk))
	starved, err := match.New(exprs)
	if err != nil {
		t.Fatal(err)
	}
	starved.Starve(seed%2 == 0)
	compare("starved", starved.Scan(chunk, nil))
	lines := bytes.Count(chunk, []byte("\n")) + 1
	return lines * len(exprs), len(want)
}

// inChunks scans chunk cut at random line ends.
func inChunks(g grammar, s *match.Set, chunk []byte) (hits []match.Hit) {
	for start := 0; start < len(chunk); {
		end := start + 1 + g.Intn(len(chunk)-start)
		if i := bytes.IndexByte(chunk[end-1:], '\n'); i >= 0 {
			end += i
		} else {
			end = len(chunk)
		}
		first := len(hits)
		hits = s.Scan(chunk[start:end], hits)
		for i := first; i < len(hits); i++ {
			hits[i].Start += start
			hits[i].End += start
		}
		start = end
	}
	return hits
}

// A reader's chunks may end anywhere; what is not a whole line waits for the next.
func TestChunksMayEndAnywhere(t *testing.T) {
	exprs := []match.Expr{{Contains: "disk failing"}, {Regexp: `(?i)^error .*\d$`}, {Regexp: `[a-z]\b.`}, {Not: []match.Expr{{Contains: "quiet"}}}, {Contains: "é\r"}}
	chunk := []byte("a disk failing\r\nERROR \xff 7\r\n\n\x00quiet\r\r\ndisk fail\ning é\r\r\n\r\ndisk failing\r")
	want := plain(exprs, chunk)
	s, err := match.New(exprs)
	if err != nil {
		t.Fatal(err)
	}
	for at := range len(chunk) + 1 {
		whole := bytes.LastIndexByte(chunk[:at], '\n') + 1
		got := s.Scan(chunk[:whole], nil)
		first := len(got)
		got = s.Scan(chunk[whole:], got)
		for i := first; i < len(got); i++ {
			got[i].Start += whole
			got[i].End += whole
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("chunk ends at %d, hits (-plain +set):\n%s", at, diff)
		}
	}
}

// Texts are found at every place of the filter's grid, at the seams of its strips
// and blocks, and at the very end.
func TestTextsAreFoundAtEveryPlace(t *testing.T) {
	exprs := []match.Expr{{Contains: "disk failing"}, {Regexp: `(?i)panic: \d\d`}, {Regexp: `"x[0-9]`}, {Contains: "qz"}, {Regexp: `[xyz]{3}\d+q`}}
	needles := []string{"disk failing", "PaNiC: 42", `"x7`, "qz", "xyz12q"}
	for last := range exprs { // the shorter the texts, the finer the grid
		s, err := match.New(exprs[:last+1])
		if err != nil {
			t.Fatal(err)
		}
		for _, seam := range []int{0, 16 << 10, 32 << 10, 64 << 10, 80 << 10} {
			for shift := range 44 {
				for n, needle := range needles[:last+1] {
					at := max(0, seam-22) + shift
					for _, end := range []string{"", "\n", "........................\r\n."} {
						chunk := []byte(strings.Repeat(".", at) + needle + end)
						hits := s.Scan(chunk, nil)
						if len(hits) != 1 || hits[0].Pattern != n || hits[0].Start != 0 {
							t.Fatalf("%q at %d before %q: hits %v", needle, at, end, hits)
						}
					}
				}
			}
		}
	}
}

// A literal on every line moves its pattern to the pass that all such share, at
// run time, and changes no hit.
func TestCommonLiteralsMoveOver(t *testing.T) {
	exprs := []match.Expr{{Regexp: `status=\d*[05] ok`}, {Regexp: `status=\d+ .*slow`}, {Contains: "a rare thing", Fold: true}}
	var chunk []byte
	for i := range 160_000 {
		chunk = append(chunk, "status="+strconv.Itoa(100+i%500)+" ok\n"...)
		if i%1000 == 0 {
			chunk = append(chunk, "status=200 was slow, a RARE thing\n"...)
		}
	}
	s, err := match.New(exprs)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plain(exprs, chunk), s.Scan(chunk, nil)); diff != "" {
		t.Errorf("hits (-plain +set):\n%s", diff)
	}
	if c := s.Cost(0); c.Candidates >= c.Verifications || c.Matches != 32_000 || len(s.Literals(0)) != 0 {
		t.Errorf("cost %+v, literals %q: the pattern has not moved over", c, s.Literals(0))
	}
	if rare := s.Cost(2); rare != (match.Cost{Candidates: 160, Verifications: 160, Matches: 160}) {
		t.Errorf("cost of the rare one %+v", rare)
	}
}

func TestNestedRepeatsAreRefused(t *testing.T) {
	_, err := match.New([]match.Expr{{Regexp: `x{3}`}, {Regexp: `(a{100}){100}`}})
	var bad *syntax.Error
	if !errors.As(err, &bad) || bad.Code != syntax.ErrInvalidRepeatSize || !strings.Contains(err.Error(), "up to 1000") {
		t.Errorf("err = %v", err)
	}
}

// Patterns whose states have no end stay within the limit, and exact.
func TestMemoryOfAThousandPatternsIsBounded(t *testing.T) {
	g := grammar{rand.New(rand.NewSource(3))}
	var exprs []match.Expr
	for i := range 1000 {
		exprs = append(exprs, match.Expr{Regexp: fmt.Sprintf(`%c.{%d}[%c-z].*%d`, 'a'+rune(i%26), 3+i%17, 'b'+rune(i%20), i%10)})
	}
	chunk := make([]byte, 6<<10)
	for i := range chunk {
		chunk[i] = "abcdefghijklmnopqrstuvwxyz0123456789 \n"[g.Intn(38)]
	}
	s, err := match.New(exprs)
	if err != nil {
		t.Fatal(err)
	}
	want := plain(exprs, chunk)
	for range 3 {
		if got := s.Scan(chunk, nil); !slices.Equal(want, got) {
			t.Fatalf("%d hits, want %d", len(got), len(want))
		}
		if n := s.Memory(); n > 16<<20 || n < 1<<20 {
			t.Errorf("%d bytes", n)
		}
	}
}

// Literals of many patterns stay within the table's limit, and exact.
func TestManyLongLiterals(t *testing.T) {
	g := grammar{rand.New(rand.NewSource(7))}
	var exprs []match.Expr
	for range 3000 {
		text := make([]byte, 40)
		for k := range text {
			text[k] = byte(33 + g.Intn(90))
		}
		exprs = append(exprs, match.Expr{Contains: string(text)})
	}
	chunk := []byte(exprs[5].Contains + "\n" + exprs[2999].Contains[1:] + "\n" + exprs[77].Contains)
	s, err := match.New(exprs)
	if err != nil {
		t.Fatal(err)
	}
	want := []match.Hit{{Pattern: 5, Start: 0, End: 40}, {Pattern: 77, Start: 81, End: 121}}
	got := s.Scan(chunk, nil)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("hits (-want +got):\n%s", diff)
	}
}
