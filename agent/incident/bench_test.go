package incident_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent/incident"
)

// manyOpen is how many incidents the benchmarks hold open.
const manyOpen = 100_000

func many(b *testing.B) (*life, time.Time) {
	l := newLife(b)
	stored := map[string]incident.Incident{}
	for n := range manyOpen {
		key := fmt.Sprintf("d%06d", n)
		fp := incident.Fingerprint("h", "disk", []string{key})
		stored[fp] = incident.Incident{
			Fingerprint: fp, Rule: "disk", Title: "disk " + key, Key: map[string]string{"dev": key}, Severity: "error",
			Status: incident.Open, Generation: 1, Sequence: 1, Count: 1, Reported: 1, Opened: l.now, LastSeen: l.now, LastEvent: l.now,
		}
	}
	l.m = incident.NewManager("h", l.set, stored)
	return l, l.now
}

// BenchmarkTick is a turn of the agent with 100,000 open incidents of which one is
// hit, and one ends.
func BenchmarkTick(b *testing.B) {
	l, now := many(b)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		now = now.Add(time.Microsecond)
		l.m.Detect(match(l.r, fmt.Sprintf("d%06d", n%manyOpen)), now)
		l.m.Expire(now, now)
		l.m.Tick(now)
		l.m.Saved()
	}
}

// BenchmarkRecover ends and reopens one of 100,000.
func BenchmarkRecover(b *testing.B) {
	l, now := many(b)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		fields := map[string]string{"dev": fmt.Sprintf("d%06d", n%manyOpen)}
		if len(l.m.Recover(l.r, fields, incident.Place{}, now)) != 1 {
			b.Fatal("not resolved")
		}
		l.m.Detect(match(l.r, fields["dev"]), now)
		l.m.Saved()
	}
}
