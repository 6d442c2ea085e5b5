package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
)

func (p *program) checkCommand() *cobra.Command {
	var file string
	var ruleFiles []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check [--config FILE] [--rules DIR]",
		Short: "Say everything that is wrong with configuration and rules",
		Long: `check reads the configuration and the rules it names, or the rules named with
--rules, and prints every problem with its place and a remedy. Each rule's own
examples are tried. Nothing is followed and nothing is sent.

Exit codes: 0 no problems, 1 problems, 2 wrong command line.`,
		Example: `  thirdline check
  thirdline check --rules rules.d
  thirdline check --config thirdline.yaml --json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return p.check(file, ruleFiles, asJSON)
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "configuration file (default "+config.DefaultFile+", unless --rules is given)")
	cmd.Flags().StringArrayVar(&ruleFiles, "rules", nil, "rule file or folder; may be given more than once")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// verdict is what check --json prints.
type verdict struct {
	Problems diag.List `json:"problems"`
	Rules    int       `json:"rules"`
	Sources  int       `json:"sources"`
	// Disabled are rules that are switched off, Observing those that send nothing.
	Disabled  []string `json:"disabled,omitempty"`
	Observing []string `json:"observing,omitempty"`
}

// add tells what the rules are.
func (v *verdict) add(set *rules.Set) {
	v.Rules = len(set.Rules)
	for _, r := range set.Rules {
		if r.Observes() {
			v.Observing = append(v.Observing, r.ID.Value)
		}
	}
	for _, r := range set.Disabled {
		v.Disabled = append(v.Disabled, r.ID.Value)
	}
}

func (p *program) check(file string, ruleFiles []string, asJSON bool) error {
	v := verdict{Problems: diag.List{}}
	if file == "" && len(ruleFiles) == 0 {
		file = config.DefaultFile
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return failed(fmt.Errorf("nothing to check: there is no %s; name a file with --config or rules with --rules", file))
		}
	}
	c, problems := &config.Config{}, diag.List(nil)
	if file != "" {
		c, problems = config.Load(file, p.lookup)
		v.Problems, v.Sources = append(v.Problems, problems...), len(c.Sources)
		ruleFiles = append(ruleFiles, texts(c.Rules)...)
		if len(problems) == 0 {
			if _, err := p.backends(c, noJournals, slog.New(slog.DiscardHandler)); err != nil {
				v.Problems = append(v.Problems, diag.Problem{File: file, Code: "destination", Message: err.Error()})
			}
		}
	}
	set, problems := p.known(c, file != "").Load(ruleFiles)
	v.Problems = append(v.Problems, problems...)
	if set != nil {
		v.add(set)
	}
	return p.verdict(v, asJSON)
}

func (p *program) verdict(v verdict, asJSON bool) error {
	var err error
	switch {
	case asJSON:
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		err = e.Encode(v)
	case len(v.Problems) > 0:
		err = diag.Print(p.stdout, v.Problems, p.colour(p.stdout))
	default:
		fmt.Fprintf(p.stdout, "no problems: %s, %s\n", count(v.Rules, "rule"), count(v.Sources, "source"))
		if len(v.Disabled) > 0 {
			fmt.Fprintf(p.stdout, "switched off: %s\n", strings.Join(v.Disabled, ", "))
		}
		if len(v.Observing) > 0 {
			fmt.Fprintf(p.stdout, "observing, nothing is sent: %s\n", strings.Join(v.Observing, ", "))
		}
	}
	if err == nil && len(v.Problems) > 0 {
		return &ran{code: exitFailed}
	}
	return failed(err)
}
