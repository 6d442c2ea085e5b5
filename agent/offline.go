package agent

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/shipper"
)

// Offline answers, in place of an agent that does not run, what people ask of its
// incidents: on the store itself. Events go to the spool, and out with the next run:
// to Backends' names, which need no backend here, and to who was told before.
// It is not safe for concurrent use.
func Offline(o Options) (http.Handler, error) {
	stored, err := store.Load[incident.Incident](o.Store, store.Incidents)
	if err != nil {
		return nil, fmt.Errorf("read incidents: %w", err)
	}
	to := map[string]bool{}
	for name := range o.Backends {
		to[name] = true
	}
	for _, i := range stored {
		for name := range i.Told {
			to[name] = true
		}
	}
	p := &pipeline{
		Looker: Looker{set: o.Rules}, host: o.Host, incidents: incident.NewManager(o.Host.Name, o.Rules, stored), store: o.Store,
		destinations: slices.Sorted(maps.Keys(to)), routes: o.Routes, redactor: o.Redact, log: slog.New(slog.DiscardHandler),
	}
	if p.redactor == nil {
		p.redactor = redact.New(redact.NewKey(), redact.Internal)
	}
	if len(o.Backends) == 0 { // whoever was told goes on, and nobody else begins
		p.routes = &shipper.Routes{Fallback: []string{}}
	}
	if p.evidence.trimmer, err = newTrimmer(o.MaxSnapshot); err != nil {
		return nil, fmt.Errorf("set up compression: %w", err)
	}
	p.incidents.Bound(o.Limits)
	p.tell = p.emit
	look := func(_ context.Context, f func(*pipeline, time.Time) error) error { return f(p, time.Now()) }
	do := func(ctx context.Context, f func(*pipeline, time.Time) error) error {
		if err := look(ctx, f); err != nil {
			return err
		}
		p.finish()
		if err := p.store.Commit(p.fillTold); err != nil {
			return err
		}
		p.incidents.Saved()
		p.pending, p.evidence.past = nil, nil
		return nil
	}
	mux := http.NewServeMux()
	hands{do, look}.routes(mux)
	return mux, nil
}

// fillTold stores the incidents that changed, the events about them, and what is
// remembered of these.
func (p *pipeline) fillTold(b store.Batch) error {
	for _, t := range p.evidence.past {
		if err := b.Remember(t.incident, t.event); err != nil {
			return err
		}
	}
	return p.fillSteps(b)
}
