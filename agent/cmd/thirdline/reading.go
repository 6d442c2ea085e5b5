package main

import (
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/reload"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/shipper"
)

// reading is what run reads, at its start and at every reload.
type reading struct {
	p     *program
	flags runFlags
	paths []string
	begun map[string]string // digests of what takes effect only at a start
}

func (p *program) reading(f runFlags, paths []string) *reading {
	return &reading{p: p, flags: f, paths: paths}
}

// read returns the configuration and the rules with everything that is wrong with
// them.
func (r *reading) read() (*config.Config, *rules.Set, diag.List, error) {
	c, problems, err := r.p.settings(r.flags, r.paths)
	if err != nil {
		return nil, nil, nil, err
	}
	set, bad := r.p.known(c, r.flags.rules == nil).Load(texts(c.Rules))
	return c, set, append(problems, bad...), nil
}

// reload says how the agent gets new rules and settings. What takes effect only at a
// start is compared with begun.
func (r *reading) reload(c *config.Config, begun map[string]string, backend maker, told func(*agent.Verdict)) (how agent.Reload, stop func()) {
	r.begun = begun
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	how = agent.Reload{Load: func() (agent.Loaded, error) { return r.again(backend) }, Signals: hangups, Incident: c.Reload.Incident, Told: told}
	if c.Reload.Watch {
		how.Watcher = reload.NewWatcher(texts(c.Rules))
	}
	return how, func() { signal.Stop(hangups) }
}

// again reads everything anew for a reload.
func (r *reading) again(backend maker) (agent.Loaded, error) {
	c, set, problems, err := r.read()
	if err != nil {
		return agent.Loaded{}, err
	}
	if err := problems.Err(); err != nil {
		return agent.Loaded{}, err
	}
	loaded := agent.Loaded{Rules: set, Settings: &agent.Settings{
		Destinations: map[string]agent.Destination{}, Routes: c.Routing(), KeepGone: keepsGone(c), Limits: limits(c),
		MaxSnapshot: int(c.Limits.Snapshot), Spool: c.Limits.SpoolBytes(),
	}}
	for i := range c.Destinations {
		d := &c.Destinations[i]
		loaded.Settings.Destinations[d.Name.Value] = agent.Destination{
			Digest: config.Digest(d), Make: func() (shipper.Backend, error) { return backend(d) },
		}
	}
	if waiting := r.waiting(c); len(waiting) > 0 {
		loaded.Notes = append(loaded.Notes, "needs a restart: "+strings.Join(waiting, ", "))
	}
	return loaded, nil
}

// waiting returns the keys that differ from those of the start, and are not reloaded.
func (r *reading) waiting(c *config.Config) (keys []string) {
	for key, digest := range c.Digests() {
		if r.begun[key] != digest {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// limits bound what is kept of incidents.
func limits(c *config.Config) incident.Limits {
	l := incident.Limits{Keep: c.Incidents.Keep}
	if n := c.Incidents.Open; n != nil {
		l.Open = *n
	}
	if n := c.Incidents.Known; n != nil {
		l.Known = *n
	}
	return l
}

func keepsGone(c *config.Config) bool { return c.Incidents.RuleGone.Value == "keep" }
