package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/reload"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/condition"
	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/shipper"
)

// Reload is how an agent gets new rules while it runs.
type Reload struct {
	// Load reads and checks everything anew. Its error, a [diag.List] where files are
	// wrong, refuses the whole. Without Load the rules never change.
	Load func() (Loaded, error)
	// Watcher, where it is set, asks for a reload when the files change, and Signals
	// whenever something comes.
	Watcher *reload.Watcher
	Signals <-chan os.Signal
	// Incident makes an incident of a refused reload, which the next good one resolves.
	Incident bool
	// Told, where it is set, is told that a reload begins (nil) and how it ended.
	Told func(*Verdict)
}

// Loaded is what a reload read.
type Loaded struct {
	Rules *rules.Set
	// Settings take the place of those of before; nil leaves them.
	Settings *Settings
	// Notes say what of the change takes effect only at a restart.
	Notes []string
}

// Settings are what a reload takes beside the rules; see [Options].
type Settings struct {
	Destinations map[string]Destination
	Routes       *shipper.Routes
	KeepGone     bool
	Limits       incident.Limits
	MaxSnapshot  int
	// Spool is how many bytes of events wait before updates are merged.
	Spool int64
}

// Verdict is how a reload ended.
type Verdict struct {
	Accepted bool      `json:"accepted"`
	At       time.Time `json:"at"`
	// Generation counts the sets of rules since the start; that of the start is 1.
	// After a refusal it is that of the rules that go on.
	Generation int      `json:"generation"`
	Rules      int      `json:"rules"`
	Difference *Changes `json:"difference,omitempty"`
	// Destinations counts how those differ; nil where none does.
	Destinations *Changes  `json:"destinations,omitempty"`
	Problems     diag.List `json:"problems,omitempty"`
	Error        string    `json:"error,omitempty"`
	Notes        []string  `json:"notes,omitempty"`
}

// Changes counts how what is configured differs from before. A rule is changed when
// what it matches is: its state begins anew.
type Changes struct {
	Added   int `json:"added"`
	Removed int `json:"removed"`
	Changed int `json:"changed"`
}

// ReloadStatus tells of the reloads since the start.
type ReloadStatus struct {
	Generation int       `json:"generation"`
	Since      time.Time `json:"since"`
	Rules      int       `json:"rules"`
	Accepted   int       `json:"accepted"`
	Refused    int       `json:"refused"`
	// LastError is empty when the last reload was accepted.
	LastError string `json:"last_error,omitempty"`
}

// reloads remembers how reloads ended. It is safe for concurrent use.
type reloads struct {
	mu     sync.Mutex
	status ReloadStatus
}

func (r *reloads) now() ReloadStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

// end notes how a reload ended, and fills in what the verdict says of it.
func (r *reloads) end(v *Verdict, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.status
	if v.At = time.Now(); err == nil {
		v.Accepted = true
		s.Generation, s.Since, s.Rules, s.LastError = s.Generation+1, v.At, v.Rules, ""
		s.Accepted++
	} else {
		v.Error, s.LastError = err.Error(), err.Error()
		s.Refused++
		errors.As(err, &v.Problems)
	}
	v.Generation, v.Rules = s.Generation, s.Rules
}

// Reload reads the rules anew and returns the verdict. Whoever asks while one is
// under way shares the next. It is safe for concurrent use, while Run runs.
func (a *Agent) Reload(ctx context.Context) (Verdict, error) { return a.reloader.Ask(ctx) }

// reload answers POST /reload.
func (a *Agent) reload(ctx context.Context, _ *http.Request, _ struct{}) (any, error) {
	return a.Reload(ctx)
}

// keepReloading serves reloads until ctx ends.
func (a *Agent) keepReloading(ctx context.Context, g *errgroup.Group) {
	g.Go(func() error { a.reloader.Run(ctx); return nil })
	g.Go(func() error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-a.options.Reload.Signals:
				a.reloader.Wish()
			}
		}
	})
	if w := a.options.Reload.Watcher; w != nil {
		g.Go(func() error { w.Run(ctx, a.log, a.reloader.Wish); return nil })
	}
}

// reloadOnce takes new rules as a whole or not at all.
func (a *Agent) reloadOnce(ctx context.Context) Verdict {
	told := a.options.Reload.Told
	if told == nil {
		told = func(*Verdict) {}
	}
	told(nil)
	var v Verdict
	a.reloads.end(&v, a.takeRules(ctx, &v))
	if v.Accepted {
		if d := v.Destinations; d != nil {
			a.log.Info("destinations reloaded", "added", d.Added, "removed", d.Removed, "changed", d.Changed)
		}
		a.log.Info("rules reloaded", "generation", v.Generation, "rules", v.Rules, "added", v.Difference.Added, "removed", v.Difference.Removed, "changed", v.Difference.Changed)
	} else {
		a.log.Error("new rules refused; the old ones go on", "generation", v.Generation, "err", v.Error)
	}
	for _, p := range v.Problems {
		a.log.Error("problem in the new rules", "problem", p.Error(), "hint", p.Hint)
	}
	for _, n := range v.Notes {
		a.log.Warn("not everything that changed was reloaded", "note", n)
	}
	told(&v)
	a.reloadEnded(ctx, &v)
	a.pipeline.unsummarized.Store(true)
	a.pipeline.follower.Wake()
	return v
}

func (a *Agent) takeRules(ctx context.Context, v *Verdict) error {
	if a.options.Reload.Load == nil {
		return errors.New("this agent's rules cannot change")
	}
	loaded, err := a.options.Reload.Load()
	if err != nil {
		return err
	}
	v.Notes = loaded.Notes
	settle := func() {}
	if s := loaded.Settings; s != nil {
		backends, err := a.make(s.Destinations)
		if err != nil {
			return err
		}
		settle = func() { a.settle(s, backends, v) }
	}
	return a.Do(ctx, func(p *pipeline, now time.Time) error {
		d := difference(p.set, loaded.Rules)
		if err := p.take(ctx, loaded.Rules, settle, now); err != nil {
			return fmt.Errorf("take new rules: %w", err)
		}
		v.Rules, v.Difference = len(p.set.Rules), &d
		return nil
	})
}

// settle puts settings in the place of the present ones, and notes what stays behind.
// It is the pipeline's, and cannot fail.
func (a *Agent) settle(s *Settings, backends made, v *Verdict) {
	p := a.pipeline
	for _, name := range p.destinations {
		if _, stays := s.Destinations[name]; stays {
			continue
		}
		if n, err := p.store.Spooled(name); err == nil && n > 0 {
			v.Notes = append(v.Notes, fmt.Sprintf("destination %s is gone: the %d events that wait for it stay in the spool, and go when it is there again", name, n))
		}
	}
	if c := a.redirect(s.Destinations, backends); c != (Changes{}) {
		v.Destinations = &c
	}
	p.routes, p.keepGone = s.Routes, s.KeepGone
	p.incidents.Bound(s.Limits)
	p.evidence.trimmer.limit = cmp.Or(s.MaxSnapshot, maxSnapshot)
	p.store.LimitSpool(s.Spool)
}

// take puts a set, and by settle what comes with it, in the place of the present one.
// Incidents go on; those whose rule is gone are settled. What conditions know goes
// through the store, as over a restart: so it is kept for every rule that means the
// same.
func (p *pipeline) take(ctx context.Context, set *rules.Set, settle func(), now time.Time) error {
	if err := p.commit(ctx, true); err != nil {
		return err
	}
	conditions, err := store.Load[condition.Saved](p.store, store.Conditions)
	if err != nil {
		return err
	}
	detect, err := newDetector(set, p.host.Name, conditions)
	if err != nil {
		return err
	}
	settle()
	p.spend()
	detect.goOn(p.detect, now)
	p.set, p.views, p.detect = measured(set), map[viewKey]*rules.View{}, detect
	p.incidents.Reload(set)
	p.evidence.texts.load(set)
	p.settleGone(now)
	return nil
}

// goOn lets a detector wait as the one before it did.
func (d *detector) goOn(before *detector, now time.Time) {
	if d.begun = before.begun; !d.begun {
		return
	}
	for _, w := range d.rules {
		if w.table == nil {
			continue
		}
		for _, key := range w.rule.Expected() {
			w.table.Expect(key, now)
		}
	}
}

// difference compares two sets by the ids and the meaning of their rules.
func difference(before, after *rules.Set) (d Changes) {
	meant := map[string]string{}
	for _, r := range before.Rules {
		meant[r.ID.Value] = r.Meaning()
	}
	for _, r := range after.Rules {
		switch meaning, there := meant[r.ID.Value]; {
		case !there:
			d.Added++
		case meaning != r.Meaning():
			d.Changed++
		}
		delete(meant, r.ID.Value)
	}
	d.Removed = len(meant)
	return d
}
