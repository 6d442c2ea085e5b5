package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/shipper"
)

func (p *program) sendTestCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "send-test DESTINATION [--config FILE]",
		Short: "Open, update and resolve a test incident at a destination",
		Long: `send-test drives a destination for real: it opens an incident with a title that says
it is a test, updates it, adds a small log, and resolves it. The events go the way of
an agent's: through a spool and a journal on disk, with its pauses after a failure.
Both are made for the test; nothing of a running agent is touched.

Exit codes: 0 every step was accepted, 1 one was not, 2 wrong command line.`,
		Example: `  thirdline send-test desk
  thirdline send-test desk --config thirdline.yaml`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return p.sendTest(cmd.Context(), file, args[0]) },
	}
	cmd.Flags().StringVar(&file, "config", config.DefaultFile, "configuration file")
	return cmd
}

func (p *program) sendTest(ctx context.Context, file, name string) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	c, problems := config.Load(file, p.lookup)
	if len(problems) > 0 {
		return errors.Join(failed(diag.Print(p.stderr, problems, p.colour(p.stderr))), &ran{code: exitFailed})
	}
	var names []string
	for i := range c.Destinations {
		d := &c.Destinations[i]
		if names = append(names, d.Name.Value); d.Name.Value != name {
			continue
		}
		return failed(p.testDestination(ctx, d))
	}
	if near := diag.Nearest(name, names); near != "" {
		return failed(fmt.Errorf("there is no destination %q in %s; did you mean %q?", name, file, near))
	}
	return failed(fmt.Errorf("there is no destination %q in %s; there are %v", name, file, names))
}

// testDestination drives a destination over a store of its own.
func (p *program) testDestination(ctx context.Context, d *config.Destination) (err error) {
	r, err := newRehearsal(d, slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	r.start(ctx)
	return p.testLife(ctx, r)
}

// testLife delivers the steps of an incident that is made up.
func (p *program) testLife(ctx context.Context, r *rehearsal) error {
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		return fmt.Errorf("make fingerprint: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("find host name: %w", err)
	}
	now := time.Now().UTC()
	i := shipper.Incident{
		Fingerprint: hex.EncodeToString(random), Generation: 1, Status: "open", Rule: "thirdline-send-test",
		Title: "thirdline test on " + host + ": please ignore", Severity: "info", Host: shipper.Host{Name: host}, Count: 1, Opened: now, LastSeen: now,
	}
	log := &shipper.Snapshot{File: "/thirdline/send-test.log", Before: []string{"this is a test", "and no log of yours"}, Match: "the line that matched", After: []string{"the line after it"}}
	for _, step := range []struct {
		word, kind string
		log        *shipper.Snapshot
	}{{"opened", shipper.Opened, nil}, {"updated", shipper.Updated, nil}, {"log added", shipper.Updated, log}, {"resolved", shipper.Resolved, nil}} {
		i.Sequence++
		i.Count, i.Snapshot = int64(i.Sequence), step.log
		if step.kind == shipper.Resolved {
			i.Status, i.Reason = "resolved", "the test is over"
		}
		took, err := r.tell(ctx, shipper.NewEvent(step.kind, time.Now(), i))
		if err != nil {
			return fmt.Errorf("the incident could not be %s: %w", step.word, err)
		}
		fmt.Fprintf(p.stdout, "%-10s accepted after %d ms\n", step.word, took.Milliseconds())
	}
	fmt.Fprintf(p.stdout, "fingerprint %s\n", i.Fingerprint)
	return nil
}
