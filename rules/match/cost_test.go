package match_test

import (
	"strings"
	"testing"
	"time"

	"github.com/thirdline/thirdline/rules/match"
)

// TestWhatAPatternTakesIsMeasured with a clock by which each decision takes a
// millisecond: one of so many is looked at, and stands for all.
func TestWhatAPatternTakesIsMeasured(t *testing.T) {
	s, err := match.New([]match.Expr{{Contains: "needle"}, {Contains: "other", Regexp: `other \d+`}, {Contains: "nothing"}})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Duration(0)
	s.Time(func() time.Duration { now += time.Millisecond; return now })
	chunk := []byte(strings.Repeat("a needle\nthe other 7\nfine\n", 64))
	for range 100 {
		s.Scan(chunk, nil)
	}
	var took time.Duration
	for p := range 2 {
		c := s.Cost(p)
		took += c.Took
		if want := time.Duration(c.Verifications) * time.Millisecond; c.Took < want/4 || c.Took > 4*want {
			t.Errorf("pattern %d took %v for %d decisions", p, c.Took, c.Verifications)
		}
	}
	if want := 12800 * time.Millisecond; took < want-time.Second || took > want+time.Second {
		t.Errorf("all took %v, not about %v", took, want)
	}
	if c := s.Cost(2); c.Took != 0 {
		t.Errorf("what is on no line took %v", c.Took)
	}
}
