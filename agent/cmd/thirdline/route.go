package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/shipper"
)

func (p *program) routeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "route",
		Short: "Say where incidents go",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.routeTestCommand())
	return cmd
}

// routeFlags describe the incident that route test asks about.
type routeFlags struct {
	config, rule, severity, tier, at string
	tags, labels                     []string
	known, asJSON                    bool
}

func (p *program) routeTestCommand() *cobra.Command {
	var f routeFlags
	cmd := &cobra.Command{
		Use:   "test [--config FILE] [--rule ID] [--severity S] [--tier T] [--tag T] [--label K=V] [--at TIME]",
		Short: "Say where an incident would go, and why",
		Long: `route test asks the configured routes where an incident would go: one of a rule, or
one that the flags describe; a flag goes before what the rule says. Of a rule's it also
says when it is told: the rule's hours and mode, the silences that hold at the time,
the rules that mute it, and when updates follow. Nothing is sent.

Exit codes: 0 it goes somewhere, 1 it goes nowhere, there is no such rule, or the
configuration has problems, 2 wrong command line.`,
		Example: `  thirdline route test --rule disk-failing
  thirdline route test --severity critical --tag storage --label site=fra --at '2026-12-24 22:00'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.routeTest(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.config, "config", config.DefaultFile, "configuration file")
	flags.StringVar(&f.rule, "rule", "", "id of the rule whose incident it is")
	flags.StringVar(&f.severity, "severity", "", "severity: info, warning, error or critical (default: the rule's, or error)")
	flags.StringVar(&f.tier, "tier", "", "tier: L1, L2 or L3")
	flags.StringArrayVar(&f.tags, "tag", nil, "tag of the rule; may be given more than once")
	flags.StringArrayVar(&f.labels, "label", nil, "label, as name=value; may be given more than once")
	flags.BoolVar(&f.known, "known", false, "what mends the problem is known")
	flags.StringVar(&f.at, "at", "", "time, such as '2026-12-24 22:00' (default: now)")
	flags.BoolVar(&f.asJSON, "json", false, "print the decision for programs")
	return cmd
}

func (p *program) routeTest(ctx context.Context, f routeFlags) error {
	at, err := f.time()
	if err != nil {
		return err
	}
	for _, word := range []struct {
		flag, is string
		known    []string
	}{
		{"severity", f.severity, []string{"info", "warning", "error", "critical"}},
		{"tier", f.tier, []string{"L1", "L2", "L3"}},
	} {
		if word.is != "" && !slices.Contains(word.known, word.is) {
			return fmt.Errorf("--%s is %q; use one of %s", word.flag, word.is, strings.Join(word.known, ", "))
		}
	}
	c, problems := config.Load(f.config, p.lookup)
	set, bad := rules.Load(texts(c.Rules), p.lookup)
	if problems = append(problems, bad...); len(problems) > 0 {
		return p.problems(problems)
	}
	i, err := f.incident(c, set)
	if err != nil {
		return err
	}
	var all []string
	for _, d := range c.Destinations {
		all = append(all, d.Name.Value)
	}
	routes := c.Routing()
	d := decisionOf(routes.Decide(i, at, all))
	if f.rule != "" {
		if d.Told, err = p.toldOf(ctx, f, set, i, at); err != nil {
			return failed(err)
		}
		d.Told.WithoutUpdates = withoutUpdates(routes, d.To)
	}
	return p.printDecision(d, f.asJSON)
}

func (f *routeFlags) time() (time.Time, error) {
	if f.at == "" {
		return time.Now(), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if at, err := time.ParseInLocation(layout, f.at, time.Local); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("--at is %q; write '2026-12-24 22:00' or 2026-12-24T22:00:00Z", f.at)
}

// incident is the one that the flags and their rule describe.
func (f *routeFlags) incident(c *config.Config, set *rules.Set) (*shipper.Incident, error) {
	i := &shipper.Incident{Severity: "error", Labels: map[string]string{}, Host: shipper.Host{Name: c.Host.Name, Labels: c.Host.Labels}}
	if f.rule != "" {
		r, err := ruleNamed(set, f.rule)
		if err != nil {
			return nil, failed(err)
		}
		i.Rule, i.Severity, i.Tier, i.Tags, i.Owner = r.ID.Value, r.Severity.Value, r.Tier.Value, r.Tags, r.Owner
		if f.known && r.KnownTier.Value != "" {
			i.Tier = r.KnownTier.Value
		}
		for name, value := range r.Labels {
			i.Labels[name] = value
		}
	}
	if f.severity != "" {
		i.Severity = f.severity
	}
	if f.tier != "" {
		i.Tier = f.tier
	}
	i.Tags = append(slices.Clone(i.Tags), f.tags...)
	if f.known {
		i.LastFix = "known"
	}
	for _, label := range f.labels {
		name, value, ok := strings.Cut(label, "=")
		if !ok {
			return nil, fmt.Errorf("--label is %q; write name=value", label)
		}
		i.Labels[name] = value
	}
	return i, nil
}

// ruleNamed finds a rule by its id.
func ruleNamed(set *rules.Set, id string) (*rules.Rule, error) {
	var known []string
	for _, r := range set.Rules {
		if r.ID.Value == id {
			return r, nil
		}
		known = append(known, r.ID.Value)
	}
	if near := diag.Nearest(id, known); near != "" {
		return nil, fmt.Errorf("no rule is called %q; did you mean %q?", id, near)
	}
	return nil, fmt.Errorf("no rule is called %q", id)
}

// decided is the decision in route test --json.
type decided struct {
	To    []string `json:"to"`
	Trail []asked  `json:"trail"`
	// Told is when an incident of the rule is told.
	Told *telling `json:"told,omitempty"`
}

// asked is a route, or what a destination takes.
type asked struct {
	Route       string   `json:"route,omitempty"`
	Destination string   `json:"destination,omitempty"`
	Took        bool     `json:"took"`
	Why         string   `json:"why,omitempty"`
	To          []string `json:"to,omitempty"`
}

var errNowhere = errors.New("it goes nowhere")

func decisionOf(d shipper.Decision) decided {
	out := decided{To: append([]string{}, d.To...)}
	for _, a := range d.Trail {
		out.Trail = append(out.Trail, asked(a))
	}
	return out
}

func (p *program) printDecision(d decided, asJSON bool) error {
	if asJSON {
		if err := p.encode(d); err != nil {
			return failed(fmt.Errorf("print decision: %w", err))
		}
	} else {
		p.printTrail(d)
	}
	if len(d.To) == 0 {
		return failed(errNowhere)
	}
	return nil
}

func (p *program) printTrail(d decided) {
	if len(d.To) > 0 {
		fmt.Fprintf(p.stdout, "goes to %s\n", paint(p.colour(p.stdout), bold, strings.Join(d.To, ", ")))
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, a := range d.Trail {
		switch {
		case a.Destination != "":
			fmt.Fprintf(w, "  %s\ttakes no such incident: %s\n", a.Destination, diag.Safe(a.Why))
		case a.Took:
			fmt.Fprintf(w, "  %s\tyes: %s\n", a.Route, strings.Join(a.To, ", "))
		default:
			fmt.Fprintf(w, "  %s\tno: %s\n", a.Route, diag.Safe(a.Why))
		}
	}
	if d.Told != nil {
		for _, line := range d.Told.said() {
			fmt.Fprintf(w, "%s\t%s\n", line[0], diag.Safe(line[1]))
		}
	}
	_ = w.Flush() // a reader that went away needs no more
}
