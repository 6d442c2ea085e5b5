package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	follow "github.com/nxadm/tail"
	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
)

// watchFlags are the flags of watch.
type watchFlags struct {
	rules, tags        []string
	fromBeginning, all bool
}

func (p *program) watchCommand() *cobra.Command {
	var f watchFlags
	cmd := &cobra.Command{
		Use:   "watch FILE --rules DIR",
		Short: "Show live what the rules make of one file",
		Long: `watch follows one file while a person looks on, and prints the lines that satisfy
a rule, or end its incident. It keeps no state, opens no incident and promises no
completeness; that is what run is for. Ctrl-C ends it.`,
		Example: `  thirdline watch /var/log/app.log --rules rules.d
  thirdline watch app.log --rules rules.d --from-beginning --all`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(f.rules) == 0 {
				return errors.New("no rules: name a rule file or folder with --rules")
			}
			return p.watch(cmd.Context(), f, args[0])
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.rules, "rules", nil, "rule file or folder; may be given more than once")
	flags.StringArrayVar(&f.tags, "tag", nil, "tag of the source that the file stands for; may be given more than once")
	flags.BoolVar(&f.fromBeginning, "from-beginning", false, "begin at the file's beginning instead of its end")
	flags.BoolVar(&f.all, "all", false, "print the other lines too")
	return cmd
}

func (p *program) watch(ctx context.Context, f watchFlags, path string) error {
	set, problems := rules.Load(f.rules, p.lookup)
	if len(problems) > 0 {
		return p.refuse(problems)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return failed(fmt.Errorf("find file: %w", err))
	}
	info, err := os.Stat(path)
	if err != nil {
		return failed(fmt.Errorf("watch file: %w", err))
	}
	if !info.Mode().IsRegular() {
		return failed(fmt.Errorf("watch file: %s is not a regular file", path))
	}
	whence := io.SeekEnd
	if f.fromBeginning {
		whence = io.SeekStart
	}
	// Poll, because notifications go deaf after a file was unlinked and made anew
	t, err := follow.TailFile(path, follow.Config{
		Location: &follow.SeekInfo{Whence: whence}, ReOpen: true, Follow: true, CompleteLines: true, Poll: true, Logger: follow.DiscardingLogger,
	})
	if err != nil {
		return failed(fmt.Errorf("watch file: %w", err))
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	view := set.View(rules.Source{Path: path, Tags: f.tags})
	for {
		select {
		case <-ctx.Done():
			return failed(t.Stop())
		case line, ok := <-t.Lines:
			if !ok {
				return failed(fmt.Errorf("watch file: %w", errors.Join(t.Err(), errors.New("it ended"))))
			}
			p.watched(set, view, line.Text, f.all)
		}
	}
}

// watched prints what the rules make of a line.
func (p *program) watched(set *rules.Set, view *rules.View, line string, all bool) {
	on := p.colour(p.stdout)
	found := view.Scan([]byte(line), nil)
	if len(found) == 0 && all {
		fmt.Fprintln(p.stdout, paint(on, dim, "  "+diag.Safe(line)))
	}
	for n, m := range found {
		r := set.Rules[m.Rule]
		if n == 0 {
			fmt.Fprintf(p.stdout, "> %s\n", diag.Safe(line))
		}
		if m.Recovers {
			fmt.Fprintf(p.stdout, "  %s %s\n", paint(on, green, "ends"), r.ID.Value)
			continue
		}
		if says := r.Says(); says != "" {
			fmt.Fprintf(p.stdout, "  %s for %s, which waits for %s\n", paint(on, yellow, "counts"), r.ID.Value, diag.Safe(says))
			continue
		}
		fields := set.Fields(m, []byte(line))
		fields["host"] = "this host"
		fmt.Fprintf(p.stdout, "  %s %s %s: %s\n", paint(on, red, "matches"), r.ID.Value, r.Severity.Value, diag.Safe(r.RenderTitle(fields)))
	}
}
