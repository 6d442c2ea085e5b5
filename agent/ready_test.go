package agent

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/shipper"
)

func TestAnAgentIsNotReadyWhen(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for _, test := range []struct {
		name string
		s    Status
		idle time.Duration
		want string
	}{
		{"nothing is wrong", Status{Turned: now.Add(-29 * time.Second)}, time.Second, ""},
		{"the pipeline stands still", Status{Turned: now.Add(-31 * time.Second)}, time.Second, "the pipeline has not turned for 31s"},
		{"it sleeps as long as it may", Status{Turned: now.Add(-31 * time.Second)}, 20 * time.Second, ""},
		{"a source is behind", Status{Turned: now, Sources: []shipper.Watching{{Source: "ok", LagSeconds: 59, LagBytes: 1}, {Source: "app", LagSeconds: 61, LagBytes: 7}}}, 0, "source app is 1m1s and 7 bytes behind"},
		{"the spool fills", Status{Turned: now, SpoolBytes: 81, SpoolLimit: 100}, 0, "the spool holds 81 of 100 bytes"},
		{"the spool is not full", Status{Turned: now, SpoolBytes: 79, SpoolLimit: 100}, 0, ""},
		{"the spool has no limit", Status{Turned: now, SpoolBytes: 79}, 0, ""},
		{"a destination is down", Status{Turned: now, Destinations: []DestinationStatus{
			{Name: "ok", Health: shipper.Health{Down: now.Add(-4 * time.Minute)}},
			{Name: "desk", Waiting: 3, Health: shipper.Health{Down: now.Add(-6 * time.Minute), LastError: "refused"}},
		}}, 0, "destination desk has been down for 6m0s with 3 events waiting: refused"},
	} {
		got := strings.Join(test.s.problems(now, test.idle), "\n")
		if got, _, _ = strings.Cut(got, ";"); got != test.want {
			t.Errorf("%s: %s", test.name, cmp.Diff(test.want, got))
		}
	}
}
