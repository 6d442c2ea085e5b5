package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/control"
	"github.com/thirdline/thirdline/agent/silence"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

func (p *program) silenceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "silence",
		Short: "Send nothing of some incidents for a while",
		Long: `silence holds back the events of incidents that its matchers agree with. They
live on and are recorded. An incident that is still open when the silence is over
is sent then, with the record that opened it; one that came and went is not. The
end of an incident is always sent to who knows of it.`,
		Example: `  thirdline silence add rule=disk-failing key.dev=sda --for 2h --comment 'new disk on its way'
  thirdline silence list
  thirdline silence expire k3v9q2xw4m`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.silenceAddCommand(), p.silenceListCommand(), p.silenceExpireCommand())
	return cmd
}

// silenceFlags are the flags of silence add.
type silenceFlags struct {
	at                              reach
	lasts, until, starts, by, about string
	asJSON                          bool
}

func (p *program) silenceAddCommand() *cobra.Command {
	var f silenceFlags
	cmd := &cobra.Command{
		Use:   "add MATCHER... (--for TIME | --until TIME) --comment TEXT",
		Short: "Add a silence",
		Long: `add holds back what all matchers agree with. A matcher is NAME=VALUE, NAME!=VALUE,
NAME=~EXPRESSION or NAME!~EXPRESSION; an expression is about the whole value. The
names are rule, severity, tier, owner, host, tag, key.FIELD, and those of labels.

Exit codes: 0 added, 1 it could not be, 2 wrong command line.`,
		Example: `  thirdline silence add rule=disk-failing --for 2h --comment 'new disk on its way'
  thirdline silence add 'severity=~info|warning' team=dba --until 2026-12-01T06:00:00Z --comment migration`,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := f.silence(args, time.Now())
			if err != nil {
				return err
			}
			return failed(p.addSilence(cmd.Context(), f, s))
		},
	}
	f.at.flags(cmd.Flags())
	cmd.Flags().StringVar(&f.lasts, "for", "", "how long it lasts, such as 30m, 2h or 7d")
	cmd.Flags().StringVar(&f.until, "until", "", "when it ends, as 2026-12-01T06:00:00Z")
	cmd.Flags().StringVar(&f.starts, "starts", "", "when it begins, as 2026-12-01T06:00:00Z (default: now)")
	cmd.Flags().StringVar(&f.by, "author", "", "who adds it (default: you)")
	cmd.Flags().StringVar(&f.about, "comment", "", "why")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the silence as one JSON object")
	cmd.MarkFlagsOneRequired("for", "until")
	cmd.MarkFlagsMutuallyExclusive("for", "until")
	return cmd
}

// silence makes a silence of the command line.
func (f *silenceFlags) silence(args []string, now time.Time) (silence.Silence, error) {
	s := silence.Silence{Starts: now, Author: f.by, Comment: f.about}
	for _, text := range args {
		m, err := silence.Parse(text)
		if err != nil {
			return s, err
		}
		s.Matchers = append(s.Matchers, m)
	}
	if f.starts != "" {
		var err error
		if s.Starts, err = time.Parse(time.RFC3339, f.starts); err != nil {
			return s, fmt.Errorf("--starts: %q is no time: write it as %s", f.starts, now.UTC().Format(time.RFC3339))
		}
	}
	if f.lasts != "" {
		d, err := yamldoc.ParseDuration(f.lasts)
		if err != nil {
			return s, fmt.Errorf("--for: %q is no duration: write 30m, 2h or 7d", f.lasts)
		}
		s.Ends = s.Starts.Add(d)
	} else {
		var err error
		if s.Ends, err = time.Parse(time.RFC3339, f.until); err != nil {
			return s, fmt.Errorf("--until: %q is no time: write it as %s", f.until, now.UTC().Format(time.RFC3339))
		}
	}
	if s.Author == "" {
		s.Author = whoami()
	}
	return s, s.Check(now)
}

// whoami names the person at the keyboard, also behind sudo.
func whoami() string {
	if name := os.Getenv("SUDO_USER"); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}

func (p *program) addSilence(ctx context.Context, f silenceFlags, s silence.Silence) error {
	var added silence.Silence
	err := p.onSilences(ctx, f.at,
		func(c *control.Client) error { return c.Call(ctx, http.MethodPost, "/silences", s, &added) },
		func(b *silence.Book) error {
			a, err := b.Add(s, time.Now())
			if err == nil {
				added = *a
			}
			return err
		})
	if err != nil {
		return err
	}
	if f.asJSON {
		return p.encode(added)
	}
	_, err = fmt.Fprintf(p.stdout, "silence %s until %s\n", added.ID, added.Ends.Local().Format(time.RFC3339))
	return err
}

// onSilences asks the running agent, or else edits the store itself.
func (p *program) onSilences(ctx context.Context, at reach, ask func(*control.Client) error, edit func(*silence.Book) error) error {
	client, err := p.dial(at)
	if err == nil {
		return ask(client)
	}
	if !errors.Is(err, control.ErrNoAgent) {
		return err
	}
	dir, dirErr := p.stateOf(at)
	if dirErr != nil {
		return dirErr
	}
	if _, statErr := os.Stat(filepath.Join(dir, store.File)); statErr != nil {
		return err // and none ever did
	}
	s, err := store.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(agent.EditSilences(s, edit), s.Close())
}

func (p *program) silenceListCommand() *cobra.Command {
	var at reach
	var all, asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show the silences",
		Long: `list shows the silences that hold something back or will, with what they have held
back so far.

Exit codes: 0 shown, 1 they could not be read, 2 wrong command line.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return failed(p.listSilences(cmd.Context(), at, all, asJSON))
		},
	}
	at.flags(cmd.Flags())
	cmd.Flags().BoolVarP(&all, "all", "a", false, "also those that ended in the last seven days")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON list")
	return cmd
}

// silences are those of the agent, or of the store of one that does not run.
func (p *program) silences(ctx context.Context, at reach) (found []silence.Silence, err error) {
	found = []silence.Silence{}
	err = p.onSilences(ctx, at,
		func(c *control.Client) error { return c.Call(ctx, http.MethodGet, "/silences", nil, &found) },
		func(b *silence.Book) error {
			for _, s := range b.List() {
				found = append(found, *s)
			}
			return nil
		})
	return found, err
}

func (p *program) listSilences(ctx context.Context, at reach, all, asJSON bool) error {
	found, err := p.silences(ctx, at)
	if err != nil {
		return err
	}
	now := time.Now()
	shown := []silence.Silence{}
	for _, s := range found {
		if all || s.Ends.After(now) {
			shown = append(shown, s)
		}
	}
	if asJSON {
		return p.encode(shown)
	}
	return p.printSilences(shown, now)
}

func (p *program) printSilences(list []silence.Silence, now time.Time) error {
	if len(list) == 0 {
		fmt.Fprintln(p.stderr, "no silences")
		return nil
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tSTATE\tENDS\tHELD BACK\tAUTHOR\tMATCHERS\tCOMMENT")
	for _, s := range list {
		state := "over"
		switch {
		case s.Active(now):
			state = "active"
		case s.Starts.After(now):
			state = "pending"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", s.ID, state, s.Ends.Local().Format("2006-01-02 15:04"), s.Held,
			diag.Safe(s.Author), diag.Safe(strings.Join(matchersOf(s.Matchers), " ")), diag.Safe(s.Comment))
	}
	return w.Flush()
}

func (p *program) silenceExpireCommand() *cobra.Command {
	var at reach
	cmd := &cobra.Command{
		Use:   "expire ID...",
		Short: "End silences now",
		Long: `expire ends silences before their time. What they held back and is still open is
sent.

Exit codes: 0 ended, 1 one could not be, 2 wrong command line.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, ids []string) error {
			for _, id := range ids {
				if err := p.expireSilence(cmd.Context(), at, id); err != nil {
					return failed(err)
				}
			}
			return nil
		},
	}
	at.flags(cmd.Flags())
	return cmd
}

func (p *program) expireSilence(ctx context.Context, at reach, id string) error {
	var ended silence.Silence
	err := p.onSilences(ctx, at,
		func(c *control.Client) error {
			return c.Call(ctx, http.MethodPost, "/silences/expire", agent.SilenceID{ID: id}, &ended)
		},
		func(b *silence.Book) error {
			s, err := b.Expire(id, time.Now())
			if err == nil {
				ended = *s
			}
			return err
		})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "silence %s is over; events held back: %d\n", ended.ID, ended.Held)
	return err
}

// encode prints a value as JSON for programs.
func (p *program) encode(v any) error {
	e := json.NewEncoder(p.stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
