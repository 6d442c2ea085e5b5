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
	"encoding/json"
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
	// Described is what the configuration says of how its records are read, kept for
	// the capsules of its incidents.
	Described json.RawMessage
}

// Stream records what is no file until ctx ends. It keeps what has not been committed.
type Stream interface {
	Run(ctx context.Context) error
	// Sync makes durable what has been recorded: positions in it are about to be.
	Sync() error
	// Committed tells how far files have been read durably.
	Committed(positions []tail.Position)
}

// Options of an Agent. Those without a default are required.
type Options struct {
	Host    shipper.Host
	Rules   *rules.Set
	Sources []Source
	// Backends by the name of their destination.
	Backends map[string]shipper.Backend
	// Digests of their configuration, by name: a reload makes anew what has another.
	Digests map[string]string
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
	// Summary, where it is set, is told one line on how the agent is, whenever it has
	// changed.
	Summary func(text string)
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
	pipeline   *pipeline
	options    Options
	started    time.Time
	seen       atomic.Pointer[Status] // what the pipeline said last
	delivering atomic.Pointer[[]*delivery]
	leaving    map[string]*delivery // destinations that a reload took away
	begin      func(*delivery)      // lets one run
	reloader   *reload.Reloader[Verdict]
	reloads    reloads
	log        *slog.Logger
}

// New restores the state of the last run and opens the files. Nothing is sent.
func New(o Options) (*Agent, error) {
	was, err := restore(o.Store)
	if err != nil {
		return nil, err
	}
	sources := was.sources(o.Sources)
	follower, err := tail.New(tail.Options{Sources: sources.followed, Positions: slices.Collect(maps.Values(was.positions)), MaxLine: o.MaxLine, Log: o.Log})
	if err != nil {
		return nil, fmt.Errorf("follow files: %w", err)
	}
	a := &Agent{options: o.withDefaults(), started: time.Now(), log: o.Log.With("component", "agent"), leaving: map[string]*delivery{}}
	a.reloader = reload.New(a.reloadOnce)
	a.reloads.status = ReloadStatus{Generation: 1, Since: a.started, Rules: len(o.Rules.Rules)}
	measured(o.Rules)
	if a.pipeline, err = newPipeline(a.options, was, sources, follower); err != nil {
		return nil, errors.Join(err, follower.Close())
	}
	a.pipeline.wake, a.pipeline.log, a.pipeline.health = a.wake, a.log, a.health
	a.pipeline.turned = func() {
		a.options.Turned()
		a.summarize(time.Now())
	}
	opened, _ := follower.Changes()
	a.pipeline.streams.committed(opened)
	deliveries := make([]*delivery, len(a.pipeline.destinations))
	for n, name := range a.pipeline.destinations {
		deliveries[n] = a.newDelivery(name, o.Digests[name], o.Backends[name])
	}
	a.delivering.Store(&deliveries)
	return a, nil
}

func (o Options) withDefaults() Options {
	if o.Redact == nil {
		o.Redact = redact.New(redact.NewKey(), redact.Internal)
	}
	if o.Turned == nil {
		o.Turned = func() {}
	}
	if o.TurnWithin <= 0 {
		o.TurnWithin = idle
	}
	return o
}

// Run works until ctx ends, then commits what it knows and returns nil. It
// returns an error only when that last commit was impossible.
func (a *Agent) Run(ctx context.Context) error {
	files, bytes := 0, int64(0)
	for _, lag := range a.pipeline.follower.Lags(time.Now()) {
		files, bytes = files+lag.Files, bytes+lag.Bytes
	}
	a.log.Info("agent started", "rules", len(a.pipeline.set.Rules), "files", files, "backlog_bytes", bytes, "destinations", len(a.deliveries()))
	g, ctx := errgroup.WithContext(ctx)
	a.serve(ctx, g)
	a.listen(ctx, g, a.options.Listen)
	a.keepReloading(ctx, g)
	a.deliver(ctx, g)
	a.pipeline.streams.run(ctx, g)
	g.Go(func() error { return a.pipeline.evidence.runner.Run(ctx) })
	a.gather(g)
	g.Go(func() error { return a.pipeline.run(ctx) })
	err := g.Wait()
	a.log.Info("agent stopped")
	return errors.Join(err, a.pipeline.follower.Close())
}
