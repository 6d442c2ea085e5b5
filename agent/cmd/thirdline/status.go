package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/control"
)

// watchEvery is between two looks of status --watch.
const watchEvery = time.Second

// statusFlags are the flags of status.
type statusFlags struct {
	at                   reach
	asJSON, watch, check bool
}

func (p *program) statusCommand() *cobra.Command {
	var f statusFlags
	cmd := &cobra.Command{
		Use:   "status [--config FILE | --state DIR]",
		Short: "Show what the running agent does",
		Long: `status asks the running agent what it reads and how far it is behind, what each
rule found and cost, which incidents are open, what is kept quiet by a silence or a
rule that observes, and what waits for delivery.

Exit codes: 0 answered (with --check: and ready), 1 not, 2 wrong command line.`,
		Example: `  sudo thirdline status
  sudo thirdline status --watch
  thirdline status --state ./state --json
  thirdline status --check                # for probes: silent while the agent is ready`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.status(cmd.Context(), f)
		},
	}
	f.at.flags(cmd.Flags())
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print one JSON object")
	cmd.Flags().BoolVarP(&f.watch, "watch", "w", false, "look again every second until Ctrl-C; with --json, a line each")
	cmd.Flags().BoolVar(&f.check, "check", false, "print problems only, and exit with 1 when there are any")
	cmd.MarkFlagsMutuallyExclusive("check", "json")
	cmd.MarkFlagsMutuallyExclusive("check", "watch")
	return cmd
}

func (p *program) status(ctx context.Context, f statusFlags) error {
	client, err := p.dial(f.at)
	if err != nil {
		return failed(err)
	}
	if f.watch {
		return failed(p.watchStatus(ctx, client, f.asJSON))
	}
	s, err := p.ask(ctx, client)
	switch {
	case err != nil:
		return failed(err)
	case f.check:
		for _, problem := range s.Problems {
			fmt.Fprintln(p.stdout, problem)
		}
		if len(s.Problems) > 0 {
			return &ran{code: exitFailed}
		}
		return nil
	case f.asJSON:
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		return failed(e.Encode(s))
	}
	return failed(printStatus(p.stdout, s, time.Now(), p.colour(p.stdout)))
}

func (p *program) ask(ctx context.Context, client *control.Client) (s agent.Status, err error) {
	return s, client.Call(ctx, "GET", "/status", nil, &s)
}

// watchStatus looks every second. An agent that ends is waited for.
func (p *program) watchStatus(ctx context.Context, client *control.Client, asJSON bool) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		s, err := p.ask(ctx, client)
		if ctx.Err() != nil {
			return nil
		}
		if err := p.showOnce(s, err, asJSON); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// showOnce prints one look of status --watch: on a terminal in place of the last one.
func (p *program) showOnce(s agent.Status, err error, asJSON bool) error {
	switch {
	case err != nil:
		fmt.Fprintf(p.stderr, "thirdline: %v\n", err)
		return nil
	case asJSON:
		return json.NewEncoder(p.stdout).Encode(s)
	case p.terminal(p.stdout):
		if _, err := io.WriteString(p.stdout, "\x1b[H\x1b[2J"); err != nil {
			return fmt.Errorf("clear terminal: %w", err)
		}
	}
	if err := printStatus(p.stdout, s, time.Now(), p.colour(p.stdout)); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout)
	return nil
}
