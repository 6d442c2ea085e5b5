package agent

import (
	"fmt"
	"strings"
	"time"
)

const summarizeEvery = time.Second

// summary is one line on how the agent is, for the service manager.
func (a *Agent) summary() string {
	p := a.pipeline
	sources := len(p.follower.Sources())
	out := fmt.Sprintf("%d rules, %d sources, %d open incidents", len(p.set.Rules), sources, p.incidentStatus().Open)
	var down []string
	for n, h := range a.health() {
		if !h.Down.IsZero() {
			down = append(down, p.destinations[n])
		}
	}
	if len(down) > 0 {
		out += ", not delivered to " + strings.Join(down, ", ")
	}
	if a.reloads.now().LastError != "" {
		out += ", the rules on disk were refused"
	}
	return out
}

// summarize tells the summary where it is not what was told last, at most once a
// second.
func (a *Agent) summarize(now time.Time) {
	p := a.pipeline
	if a.options.Summary == nil {
		p.unsummarized.Store(false)
		return
	}
	if now.Sub(p.summarized) < summarizeEvery {
		return
	}
	p.summarized = now
	p.unsummarized.Store(false)
	if text := a.summary(); text != p.summary {
		p.summary = text
		a.options.Summary(text)
	}
}
