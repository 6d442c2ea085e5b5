package agent

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/thirdline/thirdline/agent/diagnostic"
	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/condition"
	"github.com/thirdline/thirdline/shipper"
)

// stored is what the last run left in the store.
type stored struct {
	positions  map[string]tail.Position
	since      map[string]time.Time // by source
	incidents  map[string]incident.Incident
	watched    map[string]watched // by source
	conditions map[string]condition.Saved
}

func restore(s *store.Store) (was stored, err error) {
	if was.positions, err = store.Load[tail.Position](s, store.Positions); err != nil {
		return was, fmt.Errorf("restore positions: %w", err)
	}
	if was.since, err = store.Load[time.Time](s, store.Sources); err != nil {
		return was, fmt.Errorf("restore sources: %w", err)
	}
	if was.incidents, err = store.Load[incident.Incident](s, store.Incidents); err != nil {
		return was, fmt.Errorf("restore incidents: %w", err)
	}
	if was.watched, err = store.Load[watched](s, store.Watched); err != nil {
		return was, fmt.Errorf("restore what was watched: %w", err)
	}
	if was.conditions, err = store.Load[condition.Saved](s, store.Conditions); err != nil {
		return was, fmt.Errorf("restore conditions: %w", err)
	}
	return was, nil
}

// sources is how records are read, by the name of their source.
type sources struct {
	followed, beside []tail.Source // beside are read for the context of others
	tags             map[string][]string
	shapes           map[string]*record.Shape
	formats          map[string]*rules.Format
	clocks           map[string]*record.Clock
	described        map[string]json.RawMessage
	skewed           map[string]int64
}

// sources goes on with each source where the last run left it.
func (was stored) sources(list []Source) sources {
	out := sources{
		tags: map[string][]string{}, shapes: map[string]*record.Shape{}, formats: map[string]*rules.Format{},
		clocks: map[string]*record.Clock{}, described: map[string]json.RawMessage{}, skewed: map[string]int64{},
	}
	for _, s := range list {
		s.Since, s.Counts = was.since[s.Name], was.watched[s.Name].Counts
		out.skewed[s.Name] = was.watched[s.Name].Skewed
		if s.Clock != nil {
			out.clocks[s.Name] = s.Clock
		}
		if out.shapes[s.Name] = s.Shape; s.Shape != nil {
			s.Framing, s.Wait = s.Shape, record.FlushAfter
		}
		out.tags[s.Name], out.formats[s.Name], out.described[s.Name] = s.Tags, s.Fields, s.Described
		if s.OnlyContext {
			out.beside = append(out.beside, s.Source)
		} else {
			out.followed = append(out.followed, s.Source)
		}
	}
	return out
}

// newPipeline puts the pipeline together. Its wake and log are still to be set.
func newPipeline(o Options, was stored, s sources, follower *tail.Follower) (p *pipeline, err error) {
	p = &pipeline{
		Looker: Looker{o.Rules, s, map[viewKey]*rules.View{}},
		host:   o.Host, skewed: s.skewed, zone: time.Local, saidSkew: map[string]bool{}, logs: map[string]logs{},
		ailments: newAilments(was.incidents), health: func() []shipper.Health { return nil },
		stillness: newStillness(o.Sources, was.incidents), incidents: incident.NewManager(o.Host.Name, o.Rules, was.incidents),
		follower: follower, streams: newStreams(o.Sources), store: o.Store, destinations: slices.Sorted(maps.Keys(o.Backends)), routes: o.Routes,
		idle: o.TurnWithin, redactor: o.Redact, keepGone: o.KeepGone, lostAfter: o.LostAfter,
		asks: make(chan *ask, maxAsks), gone: make(chan struct{}), own: ownMark(), suppressed: newSuppressed(),
	}
	p.tell = p.emit
	p.incidents.Bound(o.Limits)
	if p.detect, err = newDetector(o.Rules, o.Host.Name, was.conditions); err != nil {
		return nil, err
	}
	if p.book, err = newBook(o.Store); err != nil {
		return nil, err
	}
	if p.evidence, err = newEvidence(o.Store, o.Changed); err != nil {
		return nil, fmt.Errorf("restore evidence: %w", err)
	}
	p.gatherer = newGatherer(o, p.evidence.changes, follower.Wake)
	p.evidence.runner = diagnostic.New(o.Diagnostics, follower.Wake)
	p.evidence.texts.load(o.Rules)
	if p.evidence.trimmer, err = newTrimmer(o.MaxSnapshot); err != nil {
		return nil, fmt.Errorf("set up compression: %w", err)
	}
	return p, nil
}
