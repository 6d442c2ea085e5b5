package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/agent/control"
)

// serviceState is where the installed service keeps its state.
const serviceState = "/var/lib/thirdline"

// reach says which agent of this host a command is for.
type reach struct{ config, state string }

func (r *reach) flags(set *pflag.FlagSet) {
	set.StringVar(&r.config, "config", "", "configuration file of the agent (default "+config.DefaultFile+" where there is one)")
	set.StringVar(&r.state, "state", "", "state directory of the agent (default: the configuration's, the service's, or the user's)")
}

// dial connects to the agent.
func (p *program) dial(r reach) (*control.Client, error) {
	dir, err := p.stateOf(r)
	if err != nil {
		return nil, err
	}
	return control.Dial(dir)
}

// stateOf returns the agent's state directory. A configuration that has become
// wrong while its agent runs still names it.
func (p *program) stateOf(r reach) (string, error) {
	if r.state != "" {
		return filepath.Abs(r.state)
	}
	file := r.config
	if file == "" {
		file = config.DefaultFile
	}
	_, err := os.Stat(file)
	if r.config != "" && err != nil {
		return "", err
	}
	if r.config == "" && errors.Is(err, fs.ErrNotExist) {
		return config.DefaultState(p.lookup, os.Geteuid() == 0)
	}
	c, _ := config.Load(file, p.lookup)
	switch {
	case c.State.Value != "":
		return c.State.Value, nil
	case r.config == "":
		return serviceState, nil
	}
	return config.DefaultState(p.lookup, os.Geteuid() == 0)
}
