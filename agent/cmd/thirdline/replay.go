package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/capsule"
	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
)

// replayFlags are the flags of replay.
type replayFlags struct {
	rules          []string
	asTest, asJSON bool
}

func (p *program) replayCommand() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay CAPSULE",
		Short: "Run an incident's rule again on its captured records",
		Long: `replay runs the captured rule on the captured records: it must open the incident
again. With --rules it runs other rules on them, and shows what those would open.
With --as-test it writes the records and what comes of them as a test of the rule.

Exit codes: 0 the captured rule opened the incident again, or --rules was given;
1 it did not, or failed; 2 wrong command line.`,
		Example: `  thirdline replay incident-3bc00870-1-0f3a.tar.zst
  thirdline replay incident-3bc00870-1-0f3a.tar.zst --rules rules.d
  thirdline replay incident-3bc00870-1-0f3a.tar.zst --as-test`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return p.replay(f, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.rules, "rules", nil, "rule file or folder to run in place of the captured rule; may be given more than once")
	flags.BoolVar(&f.asTest, "as-test", false, "write a test for the rule's `tests:`")
	flags.BoolVar(&f.asJSON, "json", false, "print what was opened, as JSON")
	return cmd
}

// replayed is what a replay prints with --json.
type replayed struct {
	Incident   string           `json:"incident"`
	Reproduced bool             `json:"reproduced"`
	Opened     []capsule.Opened `json:"opened"`
}

func (p *program) replay(f replayFlags, path string) error {
	c, err := readCapsule(path)
	if err != nil {
		return failed(err)
	}
	set, err := p.replayRules(c, f.rules)
	if err != nil {
		return err
	}
	from, err := p.captured(c)
	if err != nil {
		return failed(err)
	}
	opened := c.Replay(set, from)
	again := c.Reproduced(opened)
	switch {
	case f.asTest:
		test, err := c.AsTest(set, from)
		if err != nil {
			return failed(err)
		}
		fmt.Fprint(p.stdout, test)
	case f.asJSON:
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		if err := e.Encode(replayed{c.Manifest.Incident, again, opened}); err != nil {
			return failed(err)
		}
	default:
		p.printReplay(c, opened, again)
	}
	if !again && len(f.rules) == 0 {
		return &ran{code: exitFailed}
	}
	return nil
}

// captured is the source of the captured records; the zero one where the capsule does
// not say.
func (p *program) captured(c *capsule.Capsule) (out capsule.From, err error) {
	o := c.Manifest.Origin
	if o == nil {
		return out, nil
	}
	s, err := config.Described(o.Source, p.lookup)
	if err != nil {
		return out, err
	}
	if at, err := time.Parse("-07:00", o.Zone); err == nil { // older ones do not say it
		_, offset := at.Zone()
		out.Zone = time.FixedZone(o.Zone, offset)
	}
	out.Source = agent.Source{Tags: s.Tags, Shape: s.Shape(), Clock: s.Clock(), Fields: s.Fields}
	if out.Clock != nil && s.Time.Zone.Value == "" {
		out.Clock.Zone = out.Zone
	}
	out.Name, out.Multiline = s.Name.Value, s.Multiline
	return out, nil
}

// replayRules loads the rules that are to be run.
func (p *program) replayRules(c *capsule.Capsule, files []string) (*rules.Set, error) {
	if len(files) == 0 {
		set, err := c.Rules(p.lookup)
		return set, failed(err)
	}
	set, problems := rules.Load(files, p.lookup)
	if len(problems) > 0 {
		return nil, p.refuseRules(problems)
	}
	return set, nil
}

func (p *program) refuseRules(problems diag.List) error {
	if err := diag.Print(p.stderr, problems, p.colour(p.stderr)); err != nil {
		return failed(err)
	}
	return &ran{exitFailed, fmt.Errorf("not replayed: %s in the rules", count(len(problems), "problem"))}
}

func (p *program) printReplay(c *capsule.Capsule, opened []capsule.Opened, again bool) {
	m := c.Manifest
	fmt.Fprintf(p.stdout, "captured  %s · rule %s\n", diag.Safe(m.Title), diag.Safe(m.Rule))
	for _, o := range opened {
		word := "opened"
		if o.Captured {
			word = "again"
		}
		fmt.Fprintf(p.stdout, "%-9s %s · rule %s · %s\n", word, diag.Safe(o.Title), diag.Safe(o.Rule), count(int(o.Matches), "record"))
	}
	switch {
	case again:
		fmt.Fprintln(p.stdout, "the incident opens again")
	case len(opened) == 0:
		fmt.Fprintln(p.stdout, "nothing opens: the captured records do not satisfy the rules, or what they matched was redacted, or the condition needs more records than were captured")
	default:
		fmt.Fprintln(p.stdout, "the captured incident does not open; others do")
	}
}
