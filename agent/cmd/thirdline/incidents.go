package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/agent/control"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/shipper"
)

// incidentFlags are the flags of the commands about incidents.
type incidentFlags struct {
	at                           reach
	asJSON                       bool
	status, severity, rule, tier []string
	fix, note                    string
}

func (p *program) incidentsCommand() *cobra.Command {
	var f incidentFlags
	cmd := &cobra.Command{
		Use:   "incidents [list|show|resolve|reopen|note]",
		Short: "List incidents, and say what a person knows of them",
		Long: `incidents asks the running agent, or else the store of the one that does not run.
What a person does is told to every destination, at once or with the next run.

An incident is named by its fingerprint; as many digits as tell it apart are enough.

Exit codes: 0 done, 1 not (there is no such incident, it is resolved already, ...),
2 wrong command line.`,
		Example: `  thirdline incidents
  thirdline incidents list --status all --severity critical --json
  thirdline incidents show 3bc00870
  thirdline incidents resolve 3bc00870 --fix "replaced the cable of sda"
  thirdline incidents note 3bc00870 "waiting for the spare part"`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return unknownCommand(cmd, args[0])
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return p.listIncidents(cmd.Context(), f) },
	}
	cmd.SuggestionsMinimumDistance = 2
	f.at.flags(cmd.PersistentFlags())
	cmd.PersistentFlags().BoolVar(&f.asJSON, "json", false, "print for programs")
	list := &cobra.Command{
		Use: "list", Short: "List incidents", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.listIncidents(cmd.Context(), f) },
	}
	for _, c := range []*cobra.Command{cmd, list} {
		c.Flags().StringSliceVar(&f.status, "status", []string{"open"}, "open, resolved, muted or all")
		c.Flags().StringSliceVar(&f.severity, "severity", nil, "info, warning, error or critical")
		c.Flags().StringSliceVar(&f.rule, "rule", nil, "id of the rule")
		c.Flags().StringSliceVar(&f.tier, "tier", nil, "L1, L2 or L3")
	}
	cmd.AddCommand(list, p.showCommand(&f), p.resolveCommand(&f), p.reopenCommand(&f), p.noteCommand(&f))
	return cmd
}

func (p *program) showCommand(f *incidentFlags) *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show one incident whole", Args: named(1, 1, "an incident, by the beginning of its ID"),
		RunE: func(cmd *cobra.Command, ids []string) error {
			client, done, err := p.reachIncidents(f.at)
			if err != nil {
				return failed(err)
			}
			var info agent.IncidentInfo
			err = client.Call(cmd.Context(), "GET", "/incidents/"+url.PathEscape(ids[0]), nil, &info)
			if err = errors.Join(err, done()); err != nil {
				return failed(err)
			}
			return failed(p.printInfos([]agent.IncidentInfo{info}, f.asJSON, p.showInfo))
		},
	}
}

func (p *program) resolveCommand(f *incidentFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "resolve ID...", Short: "End incidents by hand", Args: named(1, math.MaxInt, "incidents, by the beginnings of their IDs"),
		Long: `resolve ends incidents whatever their rules say. What --fix says is told when the
problem comes again; given for an incident that is resolved already, it is only kept.`,
		RunE: func(cmd *cobra.Command, ids []string) error {
			return p.changeIncidents(cmd.Context(), f, ids, "resolve", agent.Hand{Note: f.note, Fix: f.fix})
		},
	}
	cmd.Flags().StringVar(&f.fix, "fix", "", "what mended the problem")
	cmd.Flags().StringVar(&f.note, "note", "", "what else to tell")
	return cmd
}

func (p *program) reopenCommand(f *incidentFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "reopen ID...", Short: "Reopen resolved incidents by hand", Args: named(1, math.MaxInt, "incidents, by the beginnings of their IDs"),
		RunE: func(cmd *cobra.Command, ids []string) error {
			return p.changeIncidents(cmd.Context(), f, ids, "reopen", agent.Hand{Note: f.note})
		},
	}
	cmd.Flags().StringVar(&f.note, "note", "", "why")
	return cmd
}

func (p *program) noteCommand(f *incidentFlags) *cobra.Command {
	return &cobra.Command{
		Use: "note ID TEXT", Short: "Add a note to an incident, and tell it", Args: named(2, 2, "an incident, by the beginning of its ID, and what to say, in quotes"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(args[1]) == "" {
				return errors.New("the note is empty; say something")
			}
			return p.changeIncidents(cmd.Context(), f, args[:1], "note", agent.Hand{Note: args[1]})
		},
	}
}

// named asks for arguments of which none is empty, as that of an unset variable is.
func named(least, most int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most || slices.Contains(args, "") {
			return fmt.Errorf("name %s; `thirdline incidents` lists them", what)
		}
		return nil
	}
}

// unknownCommand says which sub-command may have been meant.
func unknownCommand(cmd *cobra.Command, word string) error {
	hint := ""
	if near := cmd.SuggestionsFor(word); len(near) > 0 {
		hint = fmt.Sprintf("; did you mean %q?", near[0])
	}
	return fmt.Errorf("unknown command %q%s", word, hint)
}

func (p *program) listIncidents(ctx context.Context, f incidentFlags) error {
	q := url.Values{"severity": f.severity, "rule": f.rule, "tier": f.tier}
	for _, word := range []struct {
		flag  string
		given []string
		known []string
	}{
		{"status", f.status, []string{"open", "resolved", "muted", "all"}},
		{"severity", f.severity, []string{"info", "warning", "error", "critical"}},
		{"tier", f.tier, []string{"L1", "L2", "L3"}},
	} {
		if err := knownWords(word.flag, word.given, word.known); err != nil {
			return err
		}
	}
	if !strings.Contains(strings.Join(f.status, ","), "all") {
		q["status"] = f.status
	}
	client, done, err := p.reachIncidents(f.at)
	if err != nil {
		return failed(err)
	}
	list := []agent.IncidentInfo{}
	err = client.Call(ctx, "GET", "/incidents?"+q.Encode(), nil, &list)
	if err = errors.Join(err, done()); err != nil {
		return failed(err)
	}
	if f.asJSON {
		return failed(p.printInfos(list, true, nil))
	}
	return failed(p.tableOf(list, f.status))
}

// changeIncidents does one thing to incidents, and says what became of each.
func (p *program) changeIncidents(ctx context.Context, f *incidentFlags, ids []string, what string, h agent.Hand) (err error) {
	h.By = whoami()
	client, done, err := p.reachIncidents(f.at)
	if err != nil {
		return failed(err)
	}
	defer func() { err = failed(errors.Join(err, done())) }()
	list := []agent.IncidentInfo{}
	for _, id := range ids {
		var info agent.IncidentInfo
		if err := client.Call(ctx, "POST", "/incidents/"+url.PathEscape(id)+"/"+what, h, &info); err != nil {
			return errors.Join(err, p.printInfos(list, f.asJSON, p.saidOf(what)))
		}
		list = append(list, info)
	}
	return p.printInfos(list, f.asJSON, p.saidOf(what))
}

// reachIncidents returns a client of the running agent, or else of its store, which
// done releases.
func (p *program) reachIncidents(at reach) (client *control.Client, done func() error, err error) {
	client, err = p.dial(at)
	if !errors.Is(err, control.ErrNoAgent) {
		return client, func() error { return nil }, err
	}
	o, err := p.offline(at)
	if err != nil {
		return nil, nil, err
	}
	if _, err := os.Stat(o.State); err != nil {
		return nil, nil, fmt.Errorf("find state directory: %w; name one with --state or --config", err)
	}
	if o.Store, err = store.Open(o.State); err != nil {
		return nil, nil, err
	}
	handler, err := agent.Offline(o)
	if err != nil {
		return nil, nil, errors.Join(err, o.Store.Close())
	}
	return control.Local(handler), o.Store.Close, nil
}

// offline is what the configuration says of an agent that does not run. With a
// configuration that is not there or is wrong, only who was told before is told.
func (p *program) offline(at reach) (agent.Options, error) {
	o := agent.Options{Rules: &rules.Set{}, Log: slog.New(slog.DiscardHandler)}
	var err error
	if o.State, err = p.stateOf(at); err != nil {
		return o, err
	}
	file := at.config
	if file == "" {
		file = config.DefaultFile
	}
	if at.config == "" && (at.state != "" || !exists(file)) {
		return o, nil
	}
	c, problems := config.Load(file, p.lookup)
	set, bad := rules.Load(texts(c.Rules), p.lookup)
	if len(problems)+len(bad) > 0 {
		fmt.Fprintf(p.stderr, "thirdline: %s has problems; rules and routes are left aside (see `thirdline check`)\n", file)
		return o, nil
	}
	c.State.Value = o.State
	if err := p.complete(c, runFlags{}); err != nil {
		return o, err
	}
	if o.Redact, err = redactorOf(c); err != nil {
		return o, err
	}
	o.Host, o.Rules, o.Routes, o.Limits = shipper.Host{Name: c.Host.Name, Labels: c.Host.Labels}, set, c.Routing(), limits(c)
	o.Backends = map[string]shipper.Backend{}
	for _, d := range c.Destinations {
		o.Backends[d.Name.Value] = nil
	}
	return o, nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// printInfos prints incidents for programs, or each by show.
func (p *program) printInfos(list []agent.IncidentInfo, asJSON bool, show func(*agent.IncidentInfo)) error {
	if !asJSON {
		for n := range list {
			show(&list[n])
		}
		return nil
	}
	e := json.NewEncoder(p.stdout)
	e.SetIndent("", "  ")
	if err := e.Encode(list); err != nil {
		return fmt.Errorf("print incidents: %w", err)
	}
	return nil
}
