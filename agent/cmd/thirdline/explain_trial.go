package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/agent/control"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/shipper"
)

// rulesToExplain are the rules that are named, or else the configuration's.
func (p *program) rulesToExplain(f *explainFlags) (*rules.Set, diag.List) {
	if len(f.files) > 0 {
		return rules.Load(f.files, p.lookup)
	}
	c, problems := config.Load(f.at.config, p.lookup)
	if len(problems) > 0 {
		return nil, problems
	}
	return p.known(c, true).Load(texts(c.Rules))
}

// try says what comes of the lines: on the state of the agent that the flags name,
// or on an empty one.
func (p *program) try(ctx context.Context, f *explainFlags, set *rules.Set) (out []agent.Trial, err error) {
	if len(f.lines) == 0 {
		return nil, nil
	}
	o := agent.Options{Rules: set}
	if f.at != (reach{}) {
		client, err := p.dial(f.at)
		if err == nil {
			return out, client.Call(ctx, http.MethodPost, "/explain", agent.TrialRequest{Lines: f.lines}, &out)
		}
		if !errors.Is(err, control.ErrNoAgent) {
			return nil, err
		}
		if o.Store, err = p.restingStore(f.at); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, o.Store.Close()) }()
		if err := p.destinationsOf(f.at, &o); err != nil {
			return nil, err
		}
	}
	t, err := agent.NewTrials(o)
	if err != nil {
		return nil, err
	}
	for n, line := range f.lines {
		out = append(out, t.Try(n, line, time.Now())...)
	}
	return out, nil
}

// destinationsOf fills in what the configuration says of the host, of destinations
// and of routes. No backend is made.
func (p *program) destinationsOf(at reach, o *agent.Options) error {
	if at.config == "" {
		return nil
	}
	c, problems := config.Load(at.config, p.lookup)
	if err := problems.Err(); err != nil {
		return err
	}
	o.Host, o.Routes, o.Limits = shipper.Host{Name: c.Host.Name, Labels: c.Host.Labels}, c.Routing(), limits(c)
	o.Backends = map[string]shipper.Backend{}
	for _, d := range c.Destinations {
		o.Backends[d.Name.Value] = nil
	}
	return nil
}

// trialsOf are those of a rule and a line.
func trialsOf(all []agent.Trial, r *rules.Rule, line int) (out []agent.Trial) {
	for _, t := range all {
		if t.Rule == r.ID.Value && t.Line == line {
			out = append(out, t)
		}
	}
	return out
}

// printTrials says what comes of a line.
func (p *program) printTrials(all []agent.Trial, r *rules.Rule, line int) {
	say := func(head, text string) { fmt.Fprintf(p.stdout, "  %-8s %s\n", head, diag.Safe(text)) }
	of := trialsOf(all, r, line)
	if says := r.Sends(); len(of) == 0 && says != "" {
		say("sends", says)
	}
	for _, t := range of {
		if t.Clause != "match" {
			say("as", t.Clause)
		}
		if t.Counts != "" {
			var key []string
			for _, k := range r.Key {
				key = append(key, k.Value+"="+t.Key[k.Value])
			}
			if len(key) > 0 {
				t.Counts = strings.Join(key, ", ") + ": " + t.Counts
			}
			say("counts", t.Counts)
		}
		say("then", t.Then)
		if len(t.To) > 0 {
			say("sends", "to "+strings.Join(t.To, ", "))
		}
		if len(t.NotSent) > 0 {
			say("sends", "nothing: "+strings.Join(t.NotSent, "; "))
		}
	}
}
