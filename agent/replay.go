package agent

import (
	"time"

	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules"
)

// Replay folds bytes that are already there into incidents. It is the pipeline
// of the agent without its files, its store and its clock: what opens here would
// have opened there. It is not safe for concurrent use.
type Replay struct{ p *pipeline }

// NewReplay returns a replay of set on a host. tags are those of each source; a
// chunk without a source and a path is shown to every rule. step is told every
// step of every incident but updates: they belong to the delivery.
func NewReplay(host string, set *rules.Set, tags map[string][]string, step func(incident.Step)) *Replay {
	return &Replay{&pipeline{
		set: set, tags: tags, clocks: map[string]*record.Clock{},
		views:     map[viewKey]*rules.View{{}: set.View(rules.Source{Any: true})},
		incidents: incident.NewManager(host, set, nil),
		tell:      func(s incident.Step, _ []byte, _ time.Time) { step(s) },
	}}
}

// Read folds a chunk of whole lines. arrived is the time of the records that
// carry none, and the latest that one can carry.
func (r *Replay) Read(c tail.Chunk, arrived time.Time) { r.p.match(c, arrived) }

// Pass lets the clock go on to now.
func (r *Replay) Pass(now time.Time) {
	for _, step := range r.p.incidents.Expire(now, now) {
		r.p.tell(step, nil, now)
	}
}

// Incident returns an incident as it stands, or nil.
func (r *Replay) Incident(fingerprint string) *incident.Incident {
	return r.p.incidents.Changed()[fingerprint]
}
