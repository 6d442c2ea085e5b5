package agent

import (
	"fmt"
	"time"
)

// What an agent that is ready does not exceed.
const (
	stallAfter = 30 * time.Second // without a turn of the pipeline
	lagAfter   = time.Minute      // that something written waits to be read
	spoolFull  = 0.8              // of the spool's limit
	downAfter  = 5 * time.Minute  // that a destination takes nothing
)

// problems says in words for a person what keeps the agent from being ready:
// the pipeline stands still, a source is behind, the spool fills, or a destination
// is down.
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
		if d.Paused {
			say("destination %s is paused, because it refuses the credentials; %d events wait: %s", d.Name, d.Waiting, d.LastError)
			continue
		}
		if down := now.Sub(d.Down); !d.Down.IsZero() && down > downAfter {
			say("destination %s has been down for %v with %d events waiting: %s", d.Name, down.Round(time.Second), d.Waiting, d.LastError)
		}
	}
	if float64(s.SpoolBytes) > spoolFull*float64(s.SpoolLimit) && s.SpoolLimit > 0 {
		say("the spool holds %d of %d bytes; when it is full, updates of incidents are merged", s.SpoolBytes, s.SpoolLimit)
	}
	return all
}

// stalled reports whether the pipeline should have turned since it did.
func (s *Status) stalled(now time.Time, idle time.Duration) bool {
	return now.Sub(s.Turned) > max(stallAfter, 3*idle)
}
