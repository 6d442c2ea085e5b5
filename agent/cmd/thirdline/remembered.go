package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/agent/control"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/agent/store"
)

// incidentName is a fingerprint, or its beginning, and perhaps a generation.
var incidentName = regexp.MustCompile(`^[0-9a-f]{4,32}$|^[0-9a-f]{32}/[1-9][0-9]*$`)

// remembered asks the agent, or where none runs its store, what it told of an incident.
func (p *program) remembered(ctx context.Context, at reach, incident string) (all []agent.Past, err error) {
	client, err := p.dial(at)
	if err == nil {
		return all, client.Call(ctx, "GET", "/history?incident="+url.QueryEscape(incident), nil, &all)
	}
	if !errors.Is(err, control.ErrNoAgent) {
		return nil, err
	}
	s, err := p.restingStore(at)
	if err != nil {
		return nil, err
	}
	all, err = agent.History(s, incident)
	return all, errors.Join(err, s.Close())
}

// restingStore opens the store of an agent that does not run. None is made.
func (p *program) restingStore(at reach) (*store.Store, error) {
	dir, err := p.stateOf(at)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, "thirdline.db")); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open store: there is none in %s; name the agent's state directory with --state or its configuration with --config", dir)
	}
	return store.Open(dir)
}

// redactorFor makes a redactor under the agent's own key, so that its pseudonyms agree
// with those in events.
func (p *program) redactorFor(at reach, audience redact.Audience) (*redact.Redactor, error) {
	file := ""
	if at.config != "" {
		c, _ := config.Load(at.config, p.lookup)
		file = c.Redaction.KeyFile.Value
	} else if _, err := os.Stat(config.DefaultFile); err == nil && at.state == "" {
		c, _ := config.Load(config.DefaultFile, p.lookup)
		file = c.Redaction.KeyFile.Value
	}
	if file == "" {
		dir, err := p.stateOf(at)
		if err != nil {
			return nil, err
		}
		file = filepath.Join(dir, "redact.key")
	}
	key, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = redact.NewKey(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	return redact.New(key, audience), nil
}
