package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/agent/scan"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
)

// scanFlags are the flags of scan.
type scanFlags struct {
	config         string
	rules, against []string
	tags           []string
	host, state    string
	asJSON, all    bool
}

func (p *program) scanCommand() *cobra.Command {
	var f scanFlags
	cmd := &cobra.Command{
		Use:   "scan [--config FILE | --rules DIR] [--against DIR] FILE...",
		Short: "Say what the rules would have done with logs that are there",
		Long: `scan reads log files, also those compressed with gzip, zstd or bzip2, and prints
the incidents that the rules would have opened, per rule and day. It is the
agent's own pipeline: a run over the same bytes gives the same incidents. Nothing
is sent or stored.

--against compares with other rules: what --rules gains, loses and moves.

Exit codes: 0 scanned, 1 not everything could be read or a rule file has
problems, 2 wrong command line.`,
		Example: `  thirdline scan --rules rules.d /var/log/app.log*
  thirdline scan --rules new.d --against rules.d --json /var/log/app.log*`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("no files: name the history to scan, such as /var/log/app.log*")
			}
			if len(f.rules) > 0 && f.config != "" {
				return errors.New("--config does not go with --rules")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return p.scan(ctx, f, args)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.config, "config", "", "configuration file: its rules, and its sources for the files' tags (default "+config.DefaultFile+", unless --rules is given)")
	flags.StringArrayVar(&f.rules, "rules", nil, "rule file or folder; may be given more than once")
	flags.StringArrayVar(&f.against, "against", nil, "other rules to compare with; may be given more than once")
	flags.StringSliceVar(&f.tags, "tag", nil, "tag that every file carries, for rules that select sources by tag")
	flags.StringVar(&f.host, "host", "", "name of the host, part of the fingerprints (default: the system's)")
	flags.StringVar(&f.state, "state", "", "state directory of the agent, whose key pseudonyms are made with (default: the service's, or the user's)")
	flags.BoolVar(&f.all, "incidents", false, "print every incident too")
	flags.BoolVar(&f.asJSON, "json", false, "print one JSON object")
	return cmd
}

// scanned is what scan --json prints.
type scanned struct {
	Files     []string         `json:"files"`
	Rules     int              `json:"rules"`
	Days      []scan.Day       `json:"days"`
	Incidents []scan.Incident  `json:"incidents"`
	Against   *scan.Difference `json:"against,omitempty"`
	// NotAsked are the rules whose selector chooses none of the files.
	NotAsked []string `json:"not_asked"`
}

func (p *program) scan(ctx context.Context, f scanFlags, paths []string) error {
	c := &config.Config{}
	if len(f.rules) == 0 {
		if f.config == "" {
			f.config = config.DefaultFile
		}
		var problems diag.List
		if c, problems = config.Load(f.config, p.lookup); len(problems) > 0 {
			return p.problems(problems)
		}
		f.rules = texts(c.Rules)
	}
	sets := []*rules.Set{}
	for _, from := range [][]string{f.rules, f.against} {
		if len(from) == 0 {
			continue
		}
		set, problems := rules.Load(from, p.lookup)
		if len(problems) > 0 {
			return p.problems(problems)
		}
		sets = append(sets, set)
	}
	files, tags, err := history(c, f.tags, paths)
	if err != nil {
		return failed(err)
	}
	if err := p.complete(c, runFlags{host: f.host, state: f.state}); err != nil {
		return failed(err)
	}
	redactor, err := p.redactorAsItStands(c)
	if err != nil {
		return failed(err)
	}
	ledgers := make([]*scan.Ledger, len(sets))
	for i, set := range sets {
		ledgers[i] = scan.NewLedger(agent.ReplayOptions{Host: c.Host.Name, Rules: set, Tags: tags, Shapes: shapes(c), Formats: formats(c), Clocks: clocks(c), Zone: time.Local, Redact: redactor})
	}
	bar := p.progress("scanning", files)
	if err := scan.Files(ctx, files, ledgers...); err != nil {
		return failed(err)
	}
	if bar != nil {
		if err := bar.Finish(); err != nil {
			return failed(err)
		}
	}
	for _, l := range ledgers {
		l.End(time.Now())
	}
	out := scanned{Rules: len(sets[0].Rules), Incidents: ledgers[0].Incidents(), NotAsked: notAsked(sets[0], files, tags)}
	for _, file := range files {
		out.Files = append(out.Files, file.Path)
	}
	out.Days = scan.Tally(out.Incidents, time.UTC)
	if len(sets) > 1 {
		d := scan.Compare(ledgers[1].Incidents(), out.Incidents)
		out.Against = &d
	}
	return p.printScan(out, f)
}

// redactorAsItStands is the agent's redactor. Where the agent has no key yet, or not
// one for us, pseudonyms are made with a key of this run: nothing is written.
func (p *program) redactorAsItStands(c *config.Config) (*redact.Redactor, error) {
	file := c.Redaction.KeyFile.Value
	if file == "" {
		file = filepath.Join(c.State.Value, "redact.key")
	}
	if f, err := os.Open(file); err == nil {
		if err := f.Close(); err != nil {
			return nil, fmt.Errorf("close %s: %w", file, err)
		}
		return redactorOf(c)
	}
	audience := redact.Audience(c.Redaction.Audience.Value)
	if audience == "" {
		audience = redact.Internal
	}
	return redact.New(redact.NewKey(), audience), nil
}

// problems prints what is wrong with rules or configuration.
func (p *program) problems(list diag.List) error {
	if err := diag.Print(p.stderr, list, p.colour(p.stderr)); err != nil {
		return failed(err)
	}
	return &ran{exitFailed, fmt.Errorf("nothing done: %s", plural(len(list), "problem"))}
}

// history opens the files, and says to which source each belongs: to the
// configured one that includes it, else to one that carries extra.
func history(c *config.Config, extra, paths []string) ([]*scan.File, map[string][]string, error) {
	for i, path := range paths {
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, nil, fmt.Errorf("find %s: %w", path, err)
		}
		paths[i] = abs
	}
	files, err := scan.Open(paths)
	if err != nil {
		return nil, nil, err
	}
	tags := map[string][]string{"": extra}
	for _, s := range c.Sources {
		tags[s.Name.Value] = append(slices.Clone(s.Tags), extra...)
		for _, f := range files {
			if f.Source == "" && includes(&s, f.Path) {
				f.Source, f.Encoding, f.Shape = s.Name.Value, s.Text(), s.Shape()
			}
		}
	}
	return files, tags, nil
}

// shapes says how the lines of each source are made into records.
func shapes(c *config.Config) map[string]*record.Shape {
	out := map[string]*record.Shape{}
	for i := range c.Sources {
		out[c.Sources[i].Name.Value] = c.Sources[i].Shape()
	}
	return out
}

// formats says how the records of each source are taken apart.
func formats(c *config.Config) map[string]*rules.Format {
	out := map[string]*rules.Format{}
	for _, s := range c.Sources {
		out[s.Name.Value] = s.Fields
	}
	return out
}

// clocks read the times of the sources that say how.
func clocks(c *config.Config) map[string]*record.Clock {
	out := map[string]*record.Clock{}
	for i := range c.Sources {
		if clock := c.Sources[i].Clock(); clock != nil {
			out[c.Sources[i].Name.Value] = clock
		}
	}
	return out
}

// includes reports whether a source follows path, or followed it before it was
// rotated to that name.
func includes(s *config.Source, path string) bool {
	for _, glob := range s.Include {
		for _, pattern := range []string{glob.Value, glob.Value + ".*", glob.Value + "-*"} {
			if ok, err := doublestar.Match(pattern, path); ok && err == nil {
				return true
			}
		}
	}
	return false
}

func notAsked(set *rules.Set, files []*scan.File, tags map[string][]string) []string {
	out := []string{}
	for i, r := range set.Rules {
		if !slices.ContainsFunc(files, func(f *scan.File) bool {
			return set.Selects(i, rules.Source{Path: f.Path, Tags: tags[f.Source]})
		}) {
			out = append(out, r.ID.Value)
		}
	}
	return out
}

// progress shows a bar when a person looks on, and lets the files move it.
func (p *program) progress(what string, files []*scan.File) *progressbar.ProgressBar {
	tty, ok := p.stderr.(*os.File)
	if !ok || !term.IsTerminal(int(tty.Fd())) {
		return nil
	}
	total := int64(0)
	for _, f := range files {
		total += f.Size
	}
	bar := progressbar.NewOptions64(total, progressbar.OptionSetWriter(p.stderr), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription(what), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(), progressbar.OptionFullWidth())
	for _, f := range files {
		f.Progress = func(n int) { _ = bar.Add(n) } // a terminal that went away is no reason to stop
	}
	return bar
}

func (p *program) printScan(s scanned, f scanFlags) error {
	if f.asJSON {
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		return failed(e.Encode(s))
	}
	for _, id := range s.NotAsked {
		fmt.Fprintf(p.stderr, "thirdline: rule %s selects none of these files; name their tags with --tag, or their sources with --config\n", id)
	}
	if f.all {
		p.printLives("", s.Incidents)
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	if len(s.Days) > 0 {
		fmt.Fprintln(w, "DAY\tRULE\tOPENED\tREOPENED\tRESOLVED\tMATCHES")
	}
	for _, d := range s.Days {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\n", d.Day, d.Rule, d.Opened, d.Reopened, d.Resolved, d.Matches)
	}
	if err := w.Flush(); err != nil {
		return failed(fmt.Errorf("print scan: %w", err))
	}
	fmt.Fprintf(p.stdout, "%s from %s in %s\n", plural(len(s.Incidents), "incident"), plural(s.Rules, "rule"), plural(len(s.Files), "file"))
	if d := s.Against; d != nil {
		p.printDifference(d)
	}
	return nil
}

func (p *program) printDifference(d *scan.Difference) {
	fmt.Fprintf(p.stdout, "\nagainst the other rules: %d gained, %d lost, %d moved, %d the same\n", len(d.Gained), len(d.Lost), len(d.Moved), d.Same)
	p.printLives("gained  ", d.Gained)
	p.printLives("lost    ", d.Lost)
	for _, m := range d.Moved {
		p.printLives("moved   ", []scan.Incident{m.From})
		p.printLives("     to ", []scan.Incident{m.To})
	}
}

// printLives prints incidents, one a line. Titles and keys are log text.
func (p *program) printLives(word string, list []scan.Incident) {
	for _, i := range list {
		end := "open at the end"
		if !i.Resolved.IsZero() {
			end = i.Reason + " " + i.Resolved.Format(time.DateTime)
		}
		fmt.Fprintf(p.stdout, "%s%s %s (%s, %d×, %s) %s:%d\n", word, i.Opened.Format(time.DateTime),
			paint(p.colour(p.stdout), bold, diag.Safe(i.Title)), i.Rule, i.Count, end, diag.Safe(i.Path), i.Offset)
	}
}

// plural gives a number with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
