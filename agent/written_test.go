package agent

import (
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent/record"
)

// TestARecordsTimeIsBelievedWhereItCanBe: a backlog may be as old as it likes, a
// live record may not, and none may come from the future.
func TestARecordsTimeIsBelievedWhereItCanBe(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, line string
		ended      time.Time // when everything had been read last
		want       string
		skewed     int64
	}{
		{"backlog", "2020-01-01T00:00:00Z x", time.Time{}, "2020-01-01T00:00:00Z", 0},
		{"live", "2026-11-24T11:59:58Z x", now.Add(-time.Second), "2026-11-24T11:59:58Z", 0},
		{"live and old", "2026-11-24T11:50:00Z x", now.Add(-time.Second), "", 1},
		{"after a stall", "2026-11-24T11:50:00Z x", now.Add(-time.Hour), "2026-11-24T11:50:00Z", 0},
		{"a little ahead", "2026-11-24T12:00:01Z x", time.Time{}, "", 0},
		{"future", "2026-11-24T13:00:00Z x", time.Time{}, "", 1},
		{"none", "x", time.Time{}, "", 0},
	} {
		p := &pipeline{clocks: map[string]*record.Clock{}, ended: c.ended, skewed: map[string]int64{}}
		got := ""
		if at := p.written("s", []byte(c.line), now); !at.IsZero() {
			got = at.UTC().Format(time.RFC3339)
		}
		if got != c.want || p.skewed["s"] != c.skewed {
			t.Errorf("%s: %q, not %q; %d skewed", c.name, got, c.want, p.skewed["s"])
		}
	}
}
