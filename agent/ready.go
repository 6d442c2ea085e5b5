package agent

import (
	"fmt"
	"time"
)

// What an agent that is ready does not exceed.
const (
	stallAfter = 30 * time.Second // without a turn of the pipeline
	lagAfter   = time.Minute      // that something written waits to be read
	spoolFull  = 10_000           // events that wait for one destination
)

// problems says in words for a person what keeps the agent from being ready:
// the pipeline stands still, a source is behind, or a spool fills.
func (s *Status) problems(now time.Time, idle time.Duration) []string {
	all := []string{}
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if still := now.Sub(s.Turned); s.stalled(now, idle) {
		say("the pipeline has not turned for %v; what stands here of sources and rules is of then", still.Round(time.Second))
	}
	for _, w := range s.Sources {
		if behind := time.Duration(w.LagSeconds * float64(time.Second)); behind > lagAfter {
			say("source %s is %v and %d bytes behind", w.Source, behind.Round(time.Second), w.LagBytes)
		}
	}
	for _, d := range s.Destinations {
		if d.Waiting > spoolFull {
			say("%d events wait for destination %s", d.Waiting, d.Name)
		}
	}
	return all
}

// stalled reports whether the pipeline should have turned since it did.
func (s *Status) stalled(now time.Time, idle time.Duration) bool {
	return now.Sub(s.Turned) > max(stallAfter, 3*idle)
}
