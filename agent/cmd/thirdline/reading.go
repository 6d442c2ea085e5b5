package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/agent/reload"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
)

// reading is what run reads, at its start and at every reload.
type reading struct {
	p     *program
	flags runFlags
	paths []string
	file  string // of the configuration; empty where flags are all
	begun []byte // the configuration as it stood at the start
}

func (p *program) reading(f runFlags, paths []string) *reading {
	r := &reading{p: p, flags: f, paths: paths}
	if len(f.rules) == 0 {
		if r.file = f.config; r.file == "" {
			r.file = config.DefaultFile
		}
		r.begun, _ = os.ReadFile(r.file) // whoever parses it says what is wrong
	}
	return r
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

// reload says how the agent gets new rules.
func (r *reading) reload(c *config.Config, log *slog.Logger, told func(*agent.Verdict)) (how agent.Reload, stop func()) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	how = agent.Reload{Load: r.again, Signals: hangups, Incident: c.Reload.Incident, Told: told}
	if c.Reload.Watch {
		how.Watcher = reload.NewWatcher(texts(c.Rules))
	}
	return how, func() { signal.Stop(hangups) }
}

// again reads everything anew for a reload.
func (r *reading) again() (agent.Loaded, error) {
	_, set, problems, err := r.read()
	if err != nil {
		return agent.Loaded{}, err
	}
	if err := problems.Err(); err != nil {
		return agent.Loaded{}, err
	}
	loaded := agent.Loaded{Rules: set}
	if r.file != "" {
		now, err := os.ReadFile(r.file)
		if err != nil {
			return loaded, fmt.Errorf("read configuration: %w", err)
		}
		if !bytes.Equal(now, r.begun) {
			loaded.Notes = append(loaded.Notes, filepath.Base(r.file)+" is not what it was at the start: its rules were taken, and everything else takes effect at a restart")
		}
	}
	return loaded, nil
}
