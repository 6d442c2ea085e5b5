package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/thirdline/thirdline/rules/diag"
)

// The exit codes. Scripts and the service's unit depend on them.
const (
	exitFine   = 0
	exitFailed = 1  // it did not work, or problems were found
	exitUsage  = 2  // the command line is wrong
	exitConfig = 78 // EX_CONFIG: the configuration is wrong, a restart will not help
)

// program is one run of the command line.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	lookup         func(string) (string, bool)
}

// ran is an error of a command that could be started; any other error is of the
// command line itself. err is nil when all has been said already.
type ran struct {
	code int
	err  error
}

func (r *ran) Error() string {
	if r.err == nil {
		return ""
	}
	return r.err.Error()
}

func (p *program) run(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(args)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	cmd, err := root.ExecuteContextC(ctx)
	var r *ran
	switch {
	case err == nil:
		return exitFine
	case errors.As(err, &r):
		if r.err != nil {
			fmt.Fprintf(p.stderr, "thirdline: %s\n", diag.Safe(r.err.Error()))
		}
		return r.code
	}
	fmt.Fprintf(p.stderr, "thirdline: %s\nhint: run `%s --help`\n", diag.Safe(strings.TrimSpace(err.Error())), cmd.CommandPath())
	return exitUsage
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "thirdline",
		Short: "Follow log files, and keep one ticket per problem",
		Long: `thirdline follows log files, matches them against rules, and keeps one incident
per problem at a ticketing endpoint, with the log before and after it.

Exit codes: 0 fine, 1 failed or problems found, 2 wrong command line,
78 wrong configuration (run only).`,
		Example: `  thirdline receive                                  # an endpoint to look at
  thirdline run --rules rules.d --to http://127.0.0.1:8417/ '/var/log/**/*.log'
  thirdline check --config /etc/thirdline/thirdline.yaml`,
		SilenceErrors: true, SilenceUsage: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			hint := ""
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				hint = fmt.Sprintf("; did you mean %q?", near[0])
			}
			return fmt.Errorf("unknown command %q%s", args[0], hint)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.HiddenDefaultCmd = false
	root.AddCommand(
		p.runCommand(),
		p.checkCommand(),
		p.watchCommand(),
		p.receiveCommand(),
		p.statusCommand(),
		p.reloadCommand(),
		p.setupCommand(),
		p.doctorCommand(),
		p.scanCommand(),
		p.testCommand(),
		p.explainCommand(),
		p.routeCommand(),
		p.incidentsCommand(),
		p.redactCommand(),
		p.markCommand(),
		p.bundleCommand(),
		p.replayCommand(),
		p.schemaCommand(),
		p.importCommand(), p.profilesCommand(), p.sendTestCommand(),
		p.silenceCommand(),
		p.supportDumpCommand(),
		p.documentsCommand(), p.sbomCommand(), p.versionCommand(),
	)
	return root
}

// flagError adds the nearest flag to what pflag says of an unknown one.
func flagError(cmd *cobra.Command, err error) error {
	name, ok := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !ok {
		return err
	}
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	if near := diag.Nearest(name, known); near != "" {
		return fmt.Errorf("%w; did you mean --%s?", err, near)
	}
	return err
}

// colour reports whether w is a terminal that wants colours.
func (p *program) colour(w io.Writer) bool {
	if no, ok := p.lookup("NO_COLOR"); ok && no != "" {
		return false
	}
	return p.terminal(w)
}

// terminal reports whether w is one.
func (*program) terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func failed(err error) error {
	if err == nil {
		return nil
	}
	return &ran{exitFailed, err}
}
