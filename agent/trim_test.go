package agent

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/thirdline/thirdline/shipper"
)

// noise is text that does not compress well.
func noise(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"[r.IntN(64)]
	}
	return string(b)
}

// large is a snapshot of about a megabyte.
func large(match time.Time) *shipper.Snapshot {
	r := rand.New(rand.NewPCG(1, 2))
	s := &shipper.Snapshot{Match: noise(r, 1000)}
	s.Places = []shipper.Place{{File: "a.1", Line: 10}, {File: "a", Line: 1}}
	s.AfterPlaces = []shipper.Place{{File: "a"}}
	for i := range 200 {
		s.Related = append(s.Related, shipper.Related{Time: match.Add(time.Duration(i-150) * time.Second), Text: noise(r, 2000)})
		s.Before = append(s.Before, fmt.Sprintf("%03d %s", i, noise(r, 500)))
		p := &s.Places[i/150]
		p.Offsets = append(p.Offsets, int64(i))
		s.After, s.AfterPlaces[0].Offsets = append(s.After, noise(r, 500)), append(s.AfterPlaces[0].Offsets, int64(i))
	}
	s.Diagnostics = []shipper.Diagnostic{{Name: "a", Output: strings.Repeat(noise(r, 70)+"\n", 10)}, {Name: "b", Output: noise(r, 200_000)}}
	return s
}

// TestWhatIsFarthestIsTrimmedFirst holds the declared order, and that what is kept is
// what is nearest to the match.
func TestWhatIsFarthestIsTrimmedFirst(t *testing.T) {
	match := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for limit, want := range map[int]map[string]int{
		1 << 20:   nil,
		600 << 10: {"related": 100},
		340 << 10: {"related": 200, "before": 150},
		60 << 10:  {"related": 200, "before": 200, "after": 200, "diagnostics": 1},
	} {
		tr, err := newTrimmer(limit)
		if err != nil {
			t.Fatal(err)
		}
		s := large(match)
		tr.trim(s, match)
		if diff := cmp.Diff(want, s.Trimmed); diff != "" {
			t.Errorf("to %d (-want +got):\n%s", limit, diff)
		}
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		encoder, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(encoder.EncodeAll(data, nil)); n > limit {
			t.Errorf("%d bytes, more than %d", n, limit)
		}
		for _, r := range s.Related {
			if want["related"] == 100 && r.Time.Sub(match).Abs() > 51*time.Second {
				t.Errorf("kept a record %v from the match", r.Time.Sub(match))
			}
		}
		places := 0
		for _, p := range s.Places {
			places += len(p.Offsets)
		}
		after := 0
		for _, p := range s.AfterPlaces {
			after += len(p.Offsets)
		}
		if after != len(s.After) {
			t.Errorf("to %d: %d places of %d records after", limit, after, len(s.After))
		}
		if places != len(s.Before) || len(s.Before) > 0 && s.Places[0].Offsets[0] != int64(200-len(s.Before)) {
			t.Errorf("to %d: %d places of %d records, the first at %v", limit, places, len(s.Before), s.Places)
		}
		if want["before"] == 150 && (s.Places[0].File != "a" || s.Places[0].Line != 1) {
			t.Errorf("places %v", s.Places[0])
		}
	}
}

func TestTheMatchIsCutLast(t *testing.T) {
	tr, err := newTrimmer(20 << 10)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	var lines []string
	for i := range 100 {
		lines = append(lines, fmt.Sprintf("%03d %s", i, noise(r, 500)))
	}
	s := &shipper.Snapshot{Match: strings.Join(lines, "\n")}
	tr.trim(s, time.Now())
	if !tr.fits(s) || !strings.HasPrefix(s.Match, "000 ") || !strings.Contains(s.Match, "\n099 ") || s.Trimmed["match"] == 0 {
		t.Errorf("%d bytes, trimmed %v", len(s.Match), s.Trimmed)
	}
}
