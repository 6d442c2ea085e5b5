package agent

import (
	"time"

	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules"
)

// Replay folds bytes that are already there into incidents. It is the pipeline
// of the agent without its files, its store and its clock: what opens here would
// have opened there. It is not safe for concurrent use.
type Replay struct{ p *pipeline }

// NewReplay returns a replay of set on a host. tags are those of each source;
// step is told every step of every incident.
func NewReplay(host string, set *rules.Set, tags map[string][]string, step func(incident.Step, time.Time)) *Replay {
	return &Replay{&pipeline{
		set: set, tags: tags, views: map[viewKey]*rules.View{}, incidents: incident.NewManager(host, set, nil),
		tell: func(s incident.Step, _ []byte, now time.Time) { step(s, now) },
	}}
}

// Read folds a chunk of whole lines that arrived at a time.
func (r *Replay) Read(c tail.Chunk, arrived time.Time) {
	r.Pass(arrived)
	r.p.match(c, arrived)
}

// Pass lets the clock go on to now, through every moment at which something is due.
func (r *Replay) Pass(now time.Time) {
	for {
		due, ok := r.p.incidents.Due()
		if !ok || due.After(now) {
			return
		}
		for _, step := range r.p.incidents.Tick(due) {
			r.p.tell(step, nil, due)
		}
	}
}

// Incident returns an incident as it stands, or nil.
func (r *Replay) Incident(fingerprint string) *incident.Incident {
	return r.p.incidents.Changed()[fingerprint]
}
