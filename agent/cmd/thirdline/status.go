package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/agent"
)

func (p *program) statusCommand() *cobra.Command {
	var at reach
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status [--config FILE | --state DIR]",
		Short: "Show what the running agent does",
		Example: `  sudo thirdline status
  thirdline status --state ./state --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return failed(p.status(cmd.Context(), at, asJSON))
		},
	}
	at.flags(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func (p *program) status(ctx context.Context, at reach, asJSON bool) error {
	client, err := p.dial(at)
	if err != nil {
		return err
	}
	var s agent.Status
	if err := client.Call(ctx, "GET", "/status", nil, &s); err != nil {
		return err
	}
	if asJSON {
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		return e.Encode(s)
	}
	fmt.Fprintf(p.stdout, "running since %s: %s, %s, %d bytes to read\n",
		s.Started.Local().Format("2006-01-02 15:04:05"), count(s.Rules, "rule"), count(s.Files, "file"), s.Unread)
	return nil
}
