// Package agent is the daemon: it follows files, matches them against rules,
// folds matches into incidents, and has the events about them delivered.
//
// One goroutine is the pipeline: it reads a chunk, matches it, and commits
// positions, incidents and events to the store in one transaction. So a record is
// counted exactly once whatever kills the process, and an event is delivered at
// least once under an id that never changes. Each destination has a goroutine
// that empties its part of the spool.
package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/thirdline/thirdline/agent/diagnostic"
	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/agent/reload"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/condition"
	"github.com/thirdline/thirdline/shipper"
)

// Source is a set of followed files with the tags that rules select it by.
type Source struct {
	tail.Source
	Tags []string
	// Shape says how its lines are made into records; nil is a record a line.
	Shape *record.Shape
	// Fields says how its records are taken apart; nil is found out record by record.
	Fields *rules.Format
	// Clock reads the times of its records; nil takes those without a zone for the
	// host's.
	Clock *record.Clock
	// Stream, where it is set, records into the file that is followed.
	Stream Stream
	// Silent is how long nothing may be written before an incident tells so; 0 means
	// for ever.
	Silent time.Duration
	// OnlyContext sources are not followed: they are read for the context of others.
	OnlyContext bool
}

// Stream records what is no file until ctx ends.
type Stream interface {
	Run(ctx context.Context) error
}

// Options of an Agent. Those without a default are required.
type Options struct {
	Host    shipper.Host
	Rules   *rules.Set
	Sources []Source
	// Backends by the name of their destination.
	Backends map[string]shipper.Backend
	// Routes say which of them are told of an incident; nil is all of all.
	Routes *shipper.Routes
	Store  *store.Store
	// MaxLine is where a longer line is cut, in bytes. Default 1 MiB.
	MaxLine int
	// Redact is what every event passes before it is stored. Without one, secrets
	// are removed under a random key.
	Redact *redact.Redactor
	// KeepGone leaves incidents open whose rule is no longer in the set; else they are
	// resolved.
	KeepGone bool
	// Limits bound what is kept of incidents.
	Limits incident.Limits
	// LostAfter is how long a source may have no file before its incidents say that
	// there is no log to judge by. Default 1 minute.
	LostAfter time.Duration
	// MaxSnapshot is how large a snapshot may be when it is compressed, in bytes.
	// Default 256 KiB.
	MaxSnapshot int
	// Changed says what is told of changes before an incident.
	Changed Changed
	// Diagnostics are the commands that rules may have run.
	Diagnostics []diagnostic.Command
	// Turned, where it is set, is called after every turn of the pipeline, which
	// turns at least every TurnWithin. Default 10 s.
	Turned     func()
	TurnWithin time.Duration
	// State is the directory of the control socket. Without one there is none.
	State string
	// Listen is a loopback address for metrics and health; empty for none.
	Listen string
	// Version is what Status and the metrics call this program.
	Version string
	// Reload, by its zero value, never changes the rules.
	Reload Reload
	Log    *slog.Logger
}

// Agent is a daemon that is ready to run. It is run once.
type Agent struct {
	pipeline *pipeline
	shippers []*shipper.Shipper
	streams  []Stream
	options  Options
	started  time.Time
	seen     atomic.Pointer[Status] // what the pipeline said last
	reloader *reload.Reloader[Verdict]
	reloads  reloads
	log      *slog.Logger
}

// New restores the state of the last run and opens the files. Nothing is sent.
func New(o Options) (*Agent, error) {
	positions, err := store.Load[tail.Position](o.Store, store.Positions)
	if err != nil {
		return nil, fmt.Errorf("restore positions: %w", err)
	}
	since, err := store.Load[time.Time](o.Store, store.Sources)
	if err != nil {
		return nil, fmt.Errorf("restore sources: %w", err)
	}
	incidents, err := store.Load[incident.Incident](o.Store, store.Incidents)
	if err != nil {
		return nil, fmt.Errorf("restore incidents: %w", err)
	}
	stored, err := store.Load[watched](o.Store, store.Watched)
	if err != nil {
		return nil, fmt.Errorf("restore what was watched: %w", err)
	}
	conditions, err := store.Load[condition.Saved](o.Store, store.Conditions)
	if err != nil {
		return nil, fmt.Errorf("restore conditions: %w", err)
	}
	to := tail.Options{Positions: slices.Collect(maps.Values(positions)), MaxLine: o.MaxLine, Log: o.Log}
	var beside []tail.Source
	tags, shapes, skewed := map[string][]string{}, map[string]*record.Shape{}, map[string]int64{}
	formats := map[string]*rules.Format{}
	clocks := map[string]*record.Clock{}
	for _, s := range o.Sources {
		s.Since, s.Counts = since[s.Name], stored[s.Name].Counts
		skewed[s.Name] = stored[s.Name].Skewed
		if s.Clock != nil {
			clocks[s.Name] = s.Clock
		}
		if shapes[s.Name] = s.Shape; s.Shape != nil {
			s.Framing, s.Wait = s.Shape, record.FlushAfter
		}
		tags[s.Name], formats[s.Name] = s.Tags, s.Fields
		if s.OnlyContext {
			beside = append(beside, s.Source)
			continue
		}
		to.Sources = append(to.Sources, s.Source)
	}
	follower, err := tail.New(to)
	if err != nil {
		return nil, fmt.Errorf("follow files: %w", err)
	}
	if o.Redact == nil {
		o.Redact = redact.New(redact.NewKey(), redact.Internal)
	}
	if o.Turned == nil {
		o.Turned = func() {}
	}
	if o.TurnWithin <= 0 {
		o.TurnWithin = idle
	}
	a := &Agent{options: o, started: time.Now(), log: o.Log.With("component", "agent")}
	a.reloader = reload.New(a.reloadOnce)
	a.reloads.status = ReloadStatus{Generation: 1, Since: a.started, Rules: len(o.Rules.Rules)}
	a.pipeline = &pipeline{
		host: o.Host, set: o.Rules, tags: tags, shapes: shapes, formats: formats, views: map[viewKey]*rules.View{}, clocks: clocks, zone: time.Local,
		skewed: skewed, saidSkew: map[string]bool{}, stillness: newStillness(o.Sources, incidents),
		follower: follower, incidents: incident.NewManager(o.Host.Name, o.Rules, incidents),
		store: o.Store, destinations: slices.Sorted(maps.Keys(o.Backends)), wake: a.wake, turned: o.Turned, idle: o.TurnWithin, log: a.log,
		asks: make(chan *ask, maxAsks), gone: make(chan struct{}), own: ownMark(),
	}
	if a.pipeline.detect, err = newDetector(o.Rules, o.Host.Name, conditions); err != nil {
		return nil, errors.Join(err, follower.Close())
	}
	if a.pipeline.book, err = newBook(o.Store); err != nil {
		return nil, errors.Join(err, follower.Close())
	}
	a.pipeline.incidents.Bound(o.Limits)
	a.pipeline.routes, a.pipeline.lostAfter, a.pipeline.logs = o.Routes, o.LostAfter, map[string]logs{}
	a.pipeline.tell, a.pipeline.redactor, a.pipeline.keepGone = a.pipeline.emit, o.Redact, o.KeepGone
	if a.pipeline.evidence, err = newEvidence(o.Store, beside, o.Changed); err != nil {
		return nil, errors.Join(fmt.Errorf("restore evidence: %w", err), follower.Close())
	}
	a.pipeline.evidence.runner = diagnostic.New(o.Diagnostics, follower.Wake)
	a.pipeline.evidence.texts.load(o.Rules)
	if a.pipeline.evidence.trimmer, err = newTrimmer(o.MaxSnapshot); err != nil {
		return nil, errors.Join(fmt.Errorf("set up compression: %w", err), follower.Close())
	}
	for _, source := range o.Sources {
		if source.Stream != nil {
			a.streams = append(a.streams, source.Stream)
		}
	}
	for _, name := range a.pipeline.destinations {
		a.shippers = append(a.shippers, shipper.New(name, o.Backends[name], o.Store, o.Log))
	}
	return a, nil
}

// wake tells every shipper that there is something in the spool.
func (a *Agent) wake() {
	for _, s := range a.shippers {
		s.Wake()
	}
}

// Run works until ctx ends, then commits what it knows and returns nil. It
// returns an error only when that last commit was impossible.
func (a *Agent) Run(ctx context.Context) error {
	files, bytes := 0, int64(0)
	for _, lag := range a.pipeline.follower.Lags(time.Now()) {
		files, bytes = files+lag.Files, bytes+lag.Bytes
	}
	a.log.Info("agent started", "rules", len(a.pipeline.set.Rules), "files", files, "backlog_bytes", bytes, "destinations", len(a.shippers))
	g, ctx := errgroup.WithContext(ctx)
	a.serve(ctx, g)
	a.listen(ctx, g, a.options.Listen)
	a.keepReloading(ctx, g)
	for _, s := range a.shippers {
		g.Go(func() error { return s.Run(ctx) })
	}
	for _, s := range a.streams {
		g.Go(func() error { return s.Run(ctx) })
	}
	g.Go(func() error { return a.pipeline.evidence.runner.Run(ctx) })
	g.Go(func() error { return a.pipeline.run(ctx) })
	err := g.Wait()
	a.log.Info("agent stopped")
	return errors.Join(err, a.pipeline.follower.Close())
}
