package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
)

func (p *program) explainCommand() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain (--rules DIR | --config FILE) [RULE...] [--line TEXT]",
		Short: "Say in words what a rule waits for, and why a line is or is not it",
		Long: `explain says what rules wait for, what identifies their incidents, when these
end, and what the engine looks for to find them fast. With --line it says of a
record which clauses hold, for the named rules or for all of them, how far the
rule's condition has come with it, and what comes of it. Several lines are taken
one after the other, as if they were written in this order.

With --config or --state it asks the agent of this host, or the store of one that
does not run, and so also says who would be told, and why nobody: the rule observes
or its hours are muted, a silence, a cooldown, another incident that mutes it, an
incident that is open already, no route. Nothing is changed and nothing is sent.

Exit codes: 0 explained, 1 there is no such rule or a file has problems, 2 wrong
command line.`,
		Example: `  thirdline explain --rules rules.d disk-failing
  thirdline explain --rules rules.d disk-failing --line 'sda: I/O error'
  thirdline explain --config /etc/thirdline/thirdline.yaml --line 'sda: I/O error'`,
		RunE: func(cmd *cobra.Command, names []string) error {
			if len(f.files) == 0 && f.at.config == "" {
				return errors.New("no rules: name a rule file or folder with --rules, or a configuration with --config")
			}
			return p.explain(cmd.Context(), &f, names)
		},
	}
	cmd.Flags().StringArrayVar(&f.files, "rules", nil, "rule file or folder; may be given more than once (default: the configuration's)")
	cmd.Flags().StringArrayVar(&f.lines, "line", nil, "record to try on the rules; may be given more than once")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print one JSON list: a rule, or a rule and a line, each")
	f.at.flags(cmd.Flags())
	return cmd
}

// explainFlags are the flags of explain.
type explainFlags struct {
	files, lines []string
	asJSON       bool
	at           reach
}

func (p *program) explain(ctx context.Context, f *explainFlags, names []string) error {
	set, problems := p.rulesToExplain(f)
	if len(problems) > 0 {
		return p.problems(problems)
	}
	trials, err := p.try(ctx, f, set)
	if err != nil {
		return failed(err)
	}
	chosen, err := chosenOf(set, names)
	if err != nil {
		return failed(err)
	}
	if f.asJSON {
		return failed(p.explainJSON(set, chosen, f.lines, trials))
	}
	for n, r := range chosen {
		if n > 0 {
			fmt.Fprintln(p.stdout)
		}
		if len(f.lines) == 0 {
			p.explainRule(set, r)
			continue
		}
		for n, line := range f.lines {
			if err := p.explainLine(r, line); err != nil {
				return failed(err)
			}
			p.printTrials(trials, r, n)
		}
	}
	return nil
}

// chosenOf returns the rules that are named, or all.
func chosenOf(set *rules.Set, names []string) ([]*rules.Rule, error) {
	if len(names) == 0 {
		return set.Rules, nil
	}
	var chosen []*rules.Rule
	var known []string
	all := slices.Concat(set.Rules, set.Disabled)
	for _, r := range all {
		known = append(known, r.ID.Value)
	}
	for _, name := range names {
		at := slices.Index(known, name)
		if at < 0 {
			hint := ""
			if near := diag.Nearest(name, known); near != "" {
				hint = fmt.Sprintf("; did you mean %q?", near)
			}
			return nil, fmt.Errorf("no rule is called %q%s", name, hint)
		}
		chosen = append(chosen, all[at])
	}
	return chosen, nil
}

func (p *program) explainRule(set *rules.Set, r *rules.Rule) {
	say := func(head, text string) { fmt.Fprintf(p.stdout, "  %-10s %s\n", head, diag.Safe(text)) }
	fmt.Fprintf(p.stdout, "%s\n", paint(p.colour(p.stdout), bold, r.ID.Value))
	say("says", strings.Join(trimmed(r.Title.Value, r.Severity.Value, r.Tier.Value, r.Owner), " · "))
	say("stands", fmt.Sprintf("%s:%d", r.File, r.ID.Line))
	if sends := r.Sends(); sends != "" {
		say("sends", sends)
	}
	say("reads", selected(&r.Sources))
	for _, u := range r.Uses() {
		if !u.Recovers {
			say(role(u.Name), "a record that")
			p.clause(u.Clause, "             ", "", nil)
		}
	}
	if says := r.Says(); says != "" {
		say("until", says)
	}
	if r.Cooldown > 0 {
		say("then", "is silent for "+brief(r.Cooldown))
	}
	if len(r.Key) == 0 {
		say("opens", "one incident per host")
	} else {
		say("opens", "one incident per host and "+strings.Join(texts(r.Key), ", "))
	}
	say("ends", ending(r))
	if on := r.Incident.Resolve.On; on != nil {
		p.clause(on, "             ", "", nil)
	}
	say("reopens", "when it is back within "+brief(r.ReopenWithin()))
	acts := actsOf(set, r)
	for _, line := range acts.said(r) {
		say(line[0], line[1])
	}
	if literals := r.Literals(); len(literals) > 0 {
		say("cost", "only records with one of these are tried: "+quotes(literals))
	} else {
		say("cost", "no text is in every match, so every record is tried; add a contains: that always holds")
	}
	say("proof", fmt.Sprintf("%s, %s", plural(len(r.Examples.Match)+len(r.Examples.NoMatch), "example"), plural(len(r.Tests), "test")))
}

// role is what explain calls a clause.
func role(name string) string {
	if name == "match" {
		return "waits for"
	}
	return name[strings.LastIndex(name, ".")+1:]
}

func trimmed(parts ...string) []string {
	return slices.DeleteFunc(parts, func(s string) bool { return s == "" })
}

func quotes(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(out, ", ")
}

func selected(s *rules.Selector) string {
	var parts []string
	if len(s.Tags) > 0 {
		parts = append(parts, "tagged "+strings.Join(s.Tags, " or "))
	}
	if len(s.Paths) > 0 {
		parts = append(parts, "at "+strings.Join(texts(s.Paths), " or "))
	}
	if len(parts) == 0 {
		return "every source"
	}
	return "sources " + strings.Join(parts, " and ")
}

func ending(r *rules.Rule) string {
	var parts []string
	if after := r.Incident.Resolve.After; after > 0 {
		parts = append(parts, fmt.Sprintf("after %s without a match", after))
	}
	if r.Incident.Resolve.On != nil {
		parts = append(parts, "with a record that")
	}
	if len(parts) == 0 {
		return "never by itself: give it incident.resolve"
	}
	return strings.Join(parts, ", or ")
}

// clause prints a clause and those inside it. With holds, each is marked.
func (p *program) clause(c *rules.Clause, margin, role string, holds func(*rules.Clause) string) {
	own := c.Own()
	words := own.Words()
	line := strings.Join(words, " and ")
	parts := c.Parts()
	if line == "" {
		line = "satisfies"
	} else if len(parts) > 0 {
		line += ", and"
	}
	mark := ""
	if holds != nil {
		mark = holds(c)
	}
	if role != "" {
		role += ": "
	}
	fmt.Fprintf(p.stdout, "%s%s%s%s\n", margin, mark, role, diag.Safe(line))
	for _, part := range parts {
		p.clause(part.Clause, margin+"  ", part.Role, holds)
	}
}

// explainLine says of every clause whether it holds for a record.
func (p *program) explainLine(r *rules.Rule, line string) error {
	var bad error
	on := p.colour(p.stdout)
	holds := func(c *rules.Clause) string {
		t, err := c.Tester()
		if err != nil {
			bad = err
			return ""
		}
		t.Format = r.Examples.Format
		if t.Holds([]byte(line)) {
			return paint(on, green, "yes ")
		}
		return paint(on, red, "no  ")
	}
	fmt.Fprintf(p.stdout, "%s: %s\n", paint(on, bold, r.ID.Value), diag.Safe(line))
	for _, u := range r.Uses() {
		switch {
		case u.Recovers:
			fmt.Fprintln(p.stdout, "  ends it:")
		case u.Name != "match":
			fmt.Fprintf(p.stdout, "  %s:\n", u.Name)
		}
		p.clause(u.Clause, "  ", "", holds)
	}
	p.explainFields(r, line)
	return bad
}
