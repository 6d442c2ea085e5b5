package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/rules/diag"
)

func (p *program) reloadCommand() *cobra.Command {
	var at reach
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "reload [--config FILE | --state DIR]",
		Short: "Let the running agent read its rules and destinations anew",
		Long: `reload lets the running agent read its configuration and its rules anew, and prints
its verdict. They are taken as a whole or not at all; what the agent knows of a rule
that means the same is kept. Of the configuration the destinations (new secrets
included), routes, incidents and limits are taken; what else has changed takes effect
at a restart, and the verdict names it.

Exit codes: 0 taken, 1 refused or no agent reached, 2 wrong command line.`,
		Example: `  sudo thirdline reload
  sudo systemctl reload thirdline   # the same`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.reload(cmd.Context(), at, asJSON)
		},
	}
	at.flags(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the verdict as one JSON object")
	return cmd
}

func (p *program) reload(ctx context.Context, at reach, asJSON bool) error {
	client, err := p.dial(at)
	if err != nil {
		return failed(err)
	}
	var v agent.Verdict
	if err := client.Call(ctx, "POST", "/reload", nil, &v); err != nil {
		return failed(err)
	}
	if asJSON {
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		if err := e.Encode(v); err != nil || !v.Accepted {
			return &ran{exitFailed, err}
		}
		return nil
	}
	return p.printVerdict(v)
}

// printVerdict says how a reload ended.
func (p *program) printVerdict(v agent.Verdict) error {
	for _, n := range v.Notes {
		fmt.Fprintf(p.stderr, "note: %s\n", diag.Safe(n))
	}
	if v.Accepted {
		fmt.Fprintf(p.stdout, "generation %d: %s; %d added, %d removed, %d changed\n",
			v.Generation, count(v.Rules, "rule"), v.Difference.Added, v.Difference.Removed, v.Difference.Changed)
		if d := v.Destinations; d != nil {
			fmt.Fprintf(p.stdout, "destinations: %d added, %d removed, %d changed\n", d.Added, d.Removed, d.Changed)
		}
		return nil
	}
	why := v.Error
	if len(v.Problems) > 0 {
		if err := diag.Print(p.stderr, v.Problems, p.colour(p.stderr)); err != nil {
			return failed(err)
		}
		why = count(len(v.Problems), "problem")
	}
	return failed(fmt.Errorf("refused: %s; generation %d goes on with %s", why, v.Generation, count(v.Rules, "rule")))
}
