package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/thirdline/thirdline/agent/control"
	"github.com/thirdline/thirdline/agent/silence"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/shipper"
)

// telling says when an incident of a rule is told, and what keeps it quiet.
type telling struct {
	// Quiet is why nothing is sent at the time asked for: the rule's hours, or its mode.
	Quiet string `json:"quiet,omitempty"`
	// Silences hold it back at that time, or some keys of it.
	Silences []silencing `json:"silences,omitempty"`
	acts
	// WithoutUpdates are destinations that are told of the opening and the end only.
	WithoutUpdates []string `json:"without_updates,omitempty"`

	rule *rules.Rule
}

// silencing is a silence; it holds where the key agrees with If.
type silencing struct {
	ID      string    `json:"id"`
	Ends    time.Time `json:"ends"`
	If      []string  `json:"if,omitempty"`
	Comment string    `json:"comment"`
}

// toldOf asks the rule and the silences of the agent that the configuration is of.
func (p *program) toldOf(ctx context.Context, f routeFlags, set *rules.Set, i *shipper.Incident, at time.Time) (*telling, error) {
	r, err := ruleNamed(set, f.rule)
	if err != nil {
		return nil, err
	}
	t := &telling{Quiet: r.Quiet(at), acts: actsOf(set, r), rule: r}
	list, err := p.silences(ctx, reach{config: f.config})
	if err != nil && !errors.Is(err, control.ErrNoAgent) {
		fmt.Fprintf(p.stderr, "silences are left out: %v\n", err)
	}
	about := &silence.Subject{Rule: i.Rule, Severity: i.Severity, Tier: i.Tier, Owner: i.Owner, Host: i.Host.Name, Tags: i.Tags, Labels: i.Labels}
	for n := range list {
		s := &list[n]
		on, ok := s.Depends(about)
		if !ok || !s.Active(at) {
			continue
		}
		t.Silences = append(t.Silences, silencing{s.ID, s.Ends, matchersOf(on), s.Comment})
	}
	return t, nil
}

func matchersOf(list []silence.Matcher) (out []string) {
	for _, m := range list {
		out = append(out, m.String())
	}
	return out
}

func withoutUpdates(routes *shipper.Routes, to []string) []string {
	return slices.DeleteFunc(slices.Clone(to), func(name string) bool { return !routes.Filters[name].NoUpdates })
}

// said are lines for people: a head and a text each.
func (t *telling) said() (out [][2]string) {
	if t.Quiet != "" {
		out = append(out, [2]string{"quiet", "nothing is sent at that time: " + t.Quiet})
	}
	for _, s := range t.Silences {
		text := fmt.Sprintf("silence %s until %s", s.ID, s.Ends.Local().Format("2006-01-02 15:04"))
		if len(s.If) > 0 {
			text += ", where " + strings.Join(s.If, " and ")
		}
		out = append(out, [2]string{"quiet", text + ": " + s.Comment})
	}
	for _, line := range t.acts.said(t.rule) {
		if line[0] == "updates" && len(t.WithoutUpdates) > 0 {
			line[1] += "; none to " + strings.Join(t.WithoutUpdates, ", ")
		}
		out = append(out, line)
	}
	if t.Cooldown != "" {
		out = append(out, [2]string{"cooldown", "the rule is silent for " + t.Cooldown + " after each detection of a key"})
	}
	return out
}
