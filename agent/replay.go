package agent

import (
	"time"

	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules"
)

// Replay folds bytes that are already there into incidents. It is the pipeline
// of the agent without its files, its store and its clock: what opens here would
// have opened there. It is not safe for concurrent use.
type Replay struct{ p *pipeline }

// ReplayOptions are what a replay needs. Redact may be nil: then nothing is taken
// out of what fields, titles and keys say, as it is in events.
type ReplayOptions struct {
	Host  string
	Rules *rules.Set
	// Tags of each source. A chunk without a source and a path is shown to every rule.
	Tags map[string][]string
	// Shapes of the sources, as in [Source].
	Shapes map[string]*record.Shape
	// Formats of the sources' records, as in [Source].
	Formats map[string]*rules.Format
	// Clocks of the sources, as in [Source]; Zone is that of the others. Default UTC.
	Clocks map[string]*record.Clock
	Zone   *time.Location
	Redact *redact.Redactor
	// Step is told every step of every incident but updates: they belong to the
	// delivery.
	Step func(incident.Step)
}

// NewReplay returns a replay that has read nothing yet.
func NewReplay(o ReplayOptions) *Replay {
	if o.Clocks == nil {
		o.Clocks = map[string]*record.Clock{}
	}
	p := &pipeline{
		Looker: replayLooker(o.Rules, sources{tags: o.Tags, shapes: o.Shapes, formats: o.Formats, clocks: o.Clocks}),
		zone:   o.Zone, skewed: map[string]int64{}, redactor: o.Redact,
		incidents: incident.NewManager(o.Host, o.Rules, nil),
		tell:      func(s incident.Step, _ []byte, _ time.Time) { o.Step(s) },
	}
	p.detect, _ = newDetector(o.Rules, o.Host, nil) // nothing that could be unreadable is restored
	return &Replay{p}
}

// replayLooker returns one that shows a chunk without a source and a path to every rule.
func replayLooker(set *rules.Set, from sources) Looker {
	every := set.View(rules.Source{Any: true, Format: from.formats[""]})
	return Looker{set, from, map[viewKey]*rules.View{{}: every}}
}

// Looker returns one that sees what Read would, and may look while others do and
// while the replay folds.
func (r *Replay) Looker() *Looker {
	l := replayLooker(r.p.set, r.p.sources)
	return &l
}

// Read folds a chunk of whole lines. arrived is the time of the records that
// carry none, and the latest that one can carry.
func (r *Replay) Read(c tail.Chunk, arrived time.Time) { r.Fold(r.p.look(c, nil), arrived) }

// Fold is Read for a chunk that a Looker has seen.
func (r *Replay) Fold(s Sight, arrived time.Time) {
	r.p.detect.begin(arrived)
	r.p.fold(s, arrived)
}

// Pass lets the clock go on to now.
func (r *Replay) Pass(now time.Time) {
	r.p.detect.begin(now)
	for _, found := range r.p.detect.tick(now) {
		r.p.detected(found, nil, now)
	}
	for _, step := range r.p.incidents.Expire(now, now) {
		r.p.tell(step, nil, now)
	}
}

// Incident returns an incident as it stands, or nil.
func (r *Replay) Incident(fingerprint string) *incident.Incident {
	return r.p.incidents.Changed()[fingerprint]
}
