package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/agent/stream"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/rules/yamldoc"
	"github.com/thirdline/thirdline/shipper"
)

// stopWithin bounds an orderly end; after it nothing is lost either, only read
// or sent again.
const stopWithin = 4500 * time.Millisecond

// runFlags are the flags of run.
type runFlags struct {
	config, to, state, host string
	rules                   []string
	fromBeginning           bool
	log                     logFlags
}

func (p *program) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [--config FILE | --rules DIR --to URL PATH...]",
		Short: "Run the agent",
		Long: `run follows the configured files until it is told to end (SIGTERM or Ctrl-C).

Without a configuration file, name the rules, the endpoint and the files; quote
globs so that files that appear later are followed too.`,
		Example: `  thirdline run --config /etc/thirdline/thirdline.yaml
  thirdline run --rules rules.d --to http://127.0.0.1:8417/ '/var/log/**/*.log'
  dmesg --follow | thirdline run --rules rules.d --to http://127.0.0.1:8417/ -`,
		RunE: func(cmd *cobra.Command, paths []string) error {
			if err := f.usage(paths); err != nil {
				return err
			}
			return p.runAgent(cmd.Context(), f, paths)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.config, "config", "", "configuration file (default "+config.DefaultFile+" when nothing else is named)")
	flags.StringArrayVar(&f.rules, "rules", nil, "rule file or folder; may be given more than once")
	flags.StringVar(&f.to, "to", "", "URL of the webhook that takes the events")
	flags.StringVar(&f.state, "state", "", "state directory (default: the service's, or the user's)")
	flags.StringVar(&f.host, "host", "", "name of this host in events (default: the system's)")
	flags.BoolVar(&f.fromBeginning, "from-beginning", false, "read files that are there at the first start from their beginning")
	f.log.flags(flags)
	return cmd
}

// usage says what is wrong with the combination of flags.
func (f *runFlags) usage(paths []string) error {
	quick := len(f.rules) > 0 || f.to != "" || len(paths) > 0
	switch {
	case f.config != "" && (quick || f.fromBeginning):
		return errors.New("--config does not go with --rules, --to, --from-beginning or paths")
	case quick && len(f.rules) == 0:
		return errors.New("no rules: name a rule file or folder with --rules")
	case quick && f.to == "":
		return errors.New("no endpoint: name one with --to URL; `thirdline receive` is one to try with")
	case len(paths) > 1 && slices.Contains(paths, stdin):
		return errors.New("standard input (-) does not go with files; run two agents, or name the files alone")
	case quick && len(paths) == 0:
		return errors.New("no files: name what to follow, such as '/var/log/*.log'")
	}
	if err := f.log.usage(); err != nil {
		return err
	}
	if f.to != "" {
		if problem, hint := config.CheckURL(f.to); problem != "" {
			return fmt.Errorf("--to: %s; %s", problem, hint)
		}
	}
	return nil
}

// settings returns the configuration that the flags name or are.
func (p *program) settings(f runFlags, paths []string) (*config.Config, diag.List, error) {
	if len(f.rules) == 0 {
		if f.config == "" {
			f.config = config.DefaultFile
		}
		c, problems := config.Load(f.config, p.lookup)
		return c, problems, nil
	}
	c := &config.Config{}
	for _, r := range f.rules {
		c.Rules = append(c.Rules, yamldoc.Text{Value: r})
	}
	s := config.Source{Name: yamldoc.Text{Value: "paths"}}
	if f.fromBeginning {
		s.Start.Value = "beginning"
	}
	if slices.Equal(paths, []string{stdin}) {
		s.Name.Value, s.Include, paths = "stdin", []yamldoc.Text{{Value: stdin}}, nil
	}
	for _, path := range paths {
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, nil, fmt.Errorf("find %s: %w", path, err)
		}
		s.Include = append(s.Include, yamldoc.Text{Value: abs})
	}
	c.Sources = []config.Source{s}
	c.Destinations = []config.Destination{{Name: yamldoc.Text{Value: "to"}, Webhook: &config.Webhook{URL: yamldoc.Text{Value: f.to}}}}
	return c, nil, nil
}

func (p *program) runAgent(ctx context.Context, f runFlags, paths []string) (err error) {
	r := p.reading(f, paths)
	c, set, problems, err := r.read()
	if err != nil {
		return failed(err)
	}
	if len(problems) > 0 {
		return p.refuse(problems)
	}
	log, flush := p.logger(f.log)
	defer flush()
	begun := c.Digests()
	if err := p.complete(c, f); err != nil {
		return failed(err)
	}
	s, err := store.Open(c.State.Value)
	if err != nil {
		return failed(err)
	}
	defer func() { err = errors.Join(err, failed(s.Close())) }()
	of := func(name string) shipper.Journal { return s.Journal(name) }
	backends, err := p.backends(c, of, log)
	if err != nil {
		return &ran{exitConfig, err}
	}
	s.LimitSpool(c.Limits.SpoolBytes())
	redactor, err := redactorOf(c)
	if err != nil {
		return failed(err)
	}
	watched := newService(log)
	how, stop := r.reload(c, begun, p.maker(of, log), watched.reloaded)
	defer stop()
	followed, err := sources(c, log)
	if err != nil {
		return failed(err)
	}
	a, err := agent.New(agent.Options{
		Host: shipper.Host{Name: c.Host.Name, Labels: c.Host.Labels}, Rules: set, Sources: followed,
		Backends: backends, Digests: digests(c), Store: s, MaxLine: int(c.Limits.Line), Redact: redactor,
		Routes: c.Routing(), Limits: limits(c), KeepGone: keepsGone(c),
		Turned: watched.turned, Summary: watched.summary, TurnWithin: watched.every,
		State: c.State.Value, Listen: c.Listen.Value, Version: version(), Reload: how, Log: log,
		Changed: agent.Changed{Within: c.Changed.Within, Files: texts(c.Changed.Files)}, Diagnostics: c.Commands(), MaxSnapshot: int(c.Limits.Snapshot),
	})
	if err != nil {
		return failed(err)
	}
	return failed(untilSignal(ctx, log, func(ctx context.Context) error {
		defer context.AfterFunc(ctx, watched.stopping)()
		return a.Run(ctx)
	}))
}

// known is what rules may speak of; without a configuration file the diagnostics of
// the agent that they will run in are not known.
func (p *program) known(c *config.Config, configured bool) rules.Known {
	k := rules.Known{Lookup: p.lookup}
	if configured {
		k.Diagnostics = c.DiagnosticNames()
	}
	return k
}

// refuse prints problems of the configuration.
func (p *program) refuse(problems diag.List) error {
	if err := diag.Print(p.stderr, problems, p.colour(p.stderr)); err != nil {
		return failed(err)
	}
	return &ran{exitConfig, fmt.Errorf("not started: %s in the configuration", count(len(problems), "problem"))}
}

// complete fills in what the host knows.
func (p *program) complete(c *config.Config, f runFlags) error {
	if f.host != "" {
		c.Host.Name = f.host
	}
	if c.Host.Name == "" {
		name, err := os.Hostname()
		if err != nil {
			return fmt.Errorf("find host name: %w; name it with --host", err)
		}
		c.Host.Name = name
	}
	if f.state != "" { // recordings in it are followed, and what is followed is named from the root
		dir, err := filepath.Abs(f.state)
		if err != nil {
			return fmt.Errorf("find state directory: %w", err)
		}
		c.State.Value = dir
	}
	if c.State.Value == "" {
		dir, err := config.DefaultState(p.lookup, os.Geteuid() == 0)
		if err != nil {
			return err
		}
		c.State.Value = dir
	}
	return nil
}

func sources(c *config.Config, log *slog.Logger) (_ []agent.Source, err error) {
	out := make([]agent.Source, len(c.Sources))
	for i, s := range c.Sources {
		out[i] = agent.Source{Tags: s.Tags, Silent: s.Silent, Shape: s.Shape(), Clock: s.Clock(), Fields: s.Fields, OnlyContext: s.OnlyContext, Described: s.Describe(), Source: tail.Source{
			Name: s.Name.Value, Include: texts(s.Include), Exclude: texts(s.Exclude), Roots: texts(s.Roots), Rotated: s.Rotated.Value,
			Encoding: s.Text(), FromBeginning: s.Start.Value == "beginning",
		}}
		if open := opener(&s); open != nil {
			out[i].Include, out[i].FromBeginning = []string{stream.Path(c.State.Value, s.Name.Value)}, true
			if out[i].Stream, err = stream.Open(c.State.Value, s.Name.Value, open, log); err != nil {
				return nil, fmt.Errorf("record source %s: %w", s.Name.Value, err)
			}
		}
	}
	return out, nil
}

// opener returns how a source is opened that is no file, or nil.
func opener(s *config.Source) stream.Opener {
	switch {
	case s.FIFO.Value != "":
		return stream.FIFO(s.FIFO.Value)
	case s.Journal != nil:
		return stream.Journal(texts(s.Journal.Units))
	case len(s.Include) == 1 && s.Include[0].Value == stdin:
		return stream.Stdin()
	}
	return nil
}

// stdin is the path that stands for standard input.
const stdin = "-"

func texts(list []yamldoc.Text) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = t.Value
	}
	return out
}

// untilSignal runs work until SIGTERM or Ctrl-C. A second signal, or an end that
// takes too long, ends the process at once.
func untilSignal(ctx context.Context, log *slog.Logger, work func(context.Context) error) error {
	signal.Ignore(syscall.SIGXFSZ) // a full quota is an error of the write
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ctx, func() {
		stop()
		time.AfterFunc(stopWithin, func() {
			log.Error("the end took too long; what is open will be done at the next start", "after", stopWithin)
			os.Exit(exitFailed)
		})
	})()
	return work(ctx)
}

// count gives a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
