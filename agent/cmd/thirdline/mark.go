package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/control"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/shipper"
)

func (p *program) markCommand() *cobra.Command {
	var at reach
	var when string
	cmd := &cobra.Command{
		Use:   "mark TEXT",
		Short: "Note that something was done to the host, such as a deployment",
		Long: `mark notes what was done to the host. Incidents that open within the next 24 hours
(changed.within) tell it. It reaches the running agent, or the store of one that
does not run.

Exit codes: 0 noted, 1 failed, 2 wrong command line.`,
		Example: `  thirdline mark "deploy 1.4.2"
  thirdline mark --at 2026-11-24T10:15:00Z "fail-over to db2"`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New(`mark takes one text: thirdline mark "deploy 1.4.2"`)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			in := agent.Mark{Text: args[0], At: time.Now()}
			if when != "" {
				var err error
				if in.At, err = time.Parse(time.RFC3339, when); err != nil {
					return fmt.Errorf("--at %q is no time: write it as 2026-11-24T10:15:00Z", when)
				}
			}
			return failed(p.mark(cmd.Context(), at, in))
		},
	}
	at.flags(cmd.Flags())
	cmd.Flags().StringVar(&when, "at", "", "when it was done (default: now)")
	return cmd
}

func (p *program) mark(ctx context.Context, at reach, in agent.Mark) error {
	var mark shipper.Change
	client, err := p.dial(at)
	switch {
	case err == nil:
		err = client.Call(ctx, "POST", "/mark", in, &mark)
	case errors.Is(err, control.ErrNoAgent):
		mark, err = p.storeMark(at, in)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "noted: %s at %s\n", diag.Safe(mark.What), mark.Time.Local().Format("2006-01-02 15:04:05"))
	return nil
}

// storeMark stores a mark for an agent that does not run.
func (p *program) storeMark(at reach, in agent.Mark) (mark shipper.Change, err error) {
	r, err := p.redactorFor(at, redact.Internal)
	if err != nil {
		return mark, err
	}
	if mark, err = agent.NewMark(in.Text, in.At, r); err != nil {
		return mark, err
	}
	s, err := p.restingStore(at)
	if err != nil {
		return mark, err
	}
	return mark, errors.Join(agent.StoreMark(s, mark), s.Close())
}
