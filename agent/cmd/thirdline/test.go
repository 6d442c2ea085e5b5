package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/agent/ruletest"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
)

// testFlags are the flags of test.
type testFlags struct {
	junit                  string
	asJSON, update, strict bool
}

func (p *program) testCommand() *cobra.Command {
	var f testFlags
	cmd := &cobra.Command{
		Use:   "test RULES...",
		Short: "Hold rules to their own examples and tests",
		Long: `test loads rule files or folders, which tries their examples, and plays the
tests of each rule to the agent's own pipeline under a virtual clock. It says
which rules and clauses no example and no test reaches.

Exit codes: 0 all passed, 1 a test failed or a file has problems (with --strict
also when something is not covered), 2 wrong command line.`,
		Example: `  thirdline test rules.d
  thirdline test --update rules.d        # write what came as what is expected
  thirdline test --junit report.xml rules.d`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("no rules: name rule files or folders")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return p.test(f, args) },
	}
	cmd.Flags().StringVar(&f.junit, "junit", "", "write the results to this file as JUnit XML")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print one JSON object")
	cmd.Flags().BoolVar(&f.update, "update", false, "write what came of failed tests into their files as what they expect")
	cmd.Flags().BoolVar(&f.strict, "strict", false, "fail when a rule or a clause is not covered")
	return cmd
}

// tested is what test --json prints.
type tested struct {
	Rules    int             `json:"rules"`
	Examples int             `json:"examples"`
	Failed   int             `json:"failed"`
	Tests    []ruletest.Case `json:"tests"`
	Gaps     []ruletest.Gap  `json:"not_covered"`
	Updated  []string        `json:"updated,omitempty"`
}

func (p *program) test(f testFlags, paths []string) error {
	set, problems := rules.Load(paths, p.lookup)
	if len(problems) > 0 {
		return p.problems(problems)
	}
	out := tested{Rules: len(set.Rules), Tests: []ruletest.Case{}, Gaps: []ruletest.Gap{}}
	for _, r := range set.Rules {
		out.Examples += len(r.Examples.Match) + len(r.Examples.NoMatch)
	}
	out.Tests = append(out.Tests, ruletest.Run(set)...)
	gaps, err := ruletest.Coverage(set)
	if err != nil {
		return failed(err)
	}
	out.Gaps = append(out.Gaps, gaps...)
	if f.junit != "" {
		if err := writeJUnit(f.junit, out.Tests); err != nil {
			return failed(err)
		}
	}
	if f.update {
		if out.Updated, err = ruletest.Update(out.Tests, p.lookup); err != nil {
			return failed(err)
		}
	}
	for _, c := range out.Tests {
		if len(c.Failures) > 0 && !f.update {
			out.Failed++
		}
	}
	if err := p.printTested(out, f); err != nil {
		return failed(err)
	}
	if out.Failed > 0 || f.strict && len(out.Gaps) > 0 {
		return &ran{code: exitFailed}
	}
	return nil
}

func writeJUnit(path string, cases []ruletest.Case) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write junit: %w", err)
	}
	return errors.Join(ruletest.JUnit(file, cases), file.Close())
}

func (p *program) printTested(t tested, f testFlags) error {
	if f.asJSON {
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		return e.Encode(t)
	}
	on := p.colour(p.stdout)
	for _, c := range t.Tests {
		if len(c.Failures) == 0 || f.update {
			continue
		}
		fmt.Fprintf(p.stdout, "%s:%d: %s: %s\n", c.File, c.Line, c.Rule, paint(on, red, "test "+diag.Safe(c.Name)+" failed"))
		for _, line := range c.Failures {
			fmt.Fprintf(p.stdout, "    %s\n", diag.Safe(line))
		}
	}
	for _, g := range t.Gaps {
		fmt.Fprintf(p.stdout, "%s:%d: %s: %s\n", g.File, g.Line, g.Rule, paint(on, yellow, diag.Safe(g.What)))
	}
	for _, file := range t.Updated {
		fmt.Fprintf(p.stdout, "updated %s\n", file)
	}
	fmt.Fprintf(p.stdout, "%s, %s and %s: %d failed, %d not covered\n", plural(t.Rules, "rule"), plural(t.Examples, "example"),
		plural(len(t.Tests), "test"), t.Failed, len(t.Gaps))
	return nil
}
