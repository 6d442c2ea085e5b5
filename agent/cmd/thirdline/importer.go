package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/rules/importer"
)

func (p *program) importCommand() *cobra.Command {
	var asJSON bool
	tools := []string{"fail2ban", "crowdsec", "sigma", "elastalert"}
	cmd := &cobra.Command{
		Use:   "import " + strings.Join(tools, "|") + " FILE",
		Short: "Write rules from those of another tool",
		Long: `import writes a rule file to standard output from a file of another tool, as far
as it can be taken, and says of each part that cannot, why.

Exit codes: 0 something could be taken, 1 nothing could, 2 wrong command line.`,
		Example: `  thirdline import fail2ban /etc/fail2ban/filter.d/sshd.conf > rules.d/sshd.yaml
  thirdline import sigma lnx_sshd_crypto.yml > rules.d/crypto.yaml`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return errors.New("name the tool and one file of it")
			}
			if slices.Contains(tools, args[0]) {
				return nil
			}
			if near := diag.Nearest(args[0], tools); near != "" {
				return fmt.Errorf("nothing is imported from %q; did you mean %q?", args[0], near)
			}
			return fmt.Errorf("nothing is imported from %q; there is %s", args[0], strings.Join(tools, ", "))
		},
		RunE: func(_ *cobra.Command, args []string) error { return p.importFrom(args[0], args[1], asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object: the rules, and what was refused")
	return cmd
}

func (p *program) importFrom(tool, file string, asJSON bool) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return failed(fmt.Errorf("read file to import: %w", err))
	}
	var r importer.Result
	switch tool {
	case "crowdsec":
		r = importer.CrowdSec(data)
	case "sigma":
		r = importer.Sigma(data)
	case "elastalert":
		r = importer.ElastAlert(data)
	default:
		base := filepath.Base(file)
		r = importer.Fail2ban(strings.TrimSuffix(base, filepath.Ext(base)), data, func(name string) ([]byte, error) {
			return os.ReadFile(filepath.Join(filepath.Dir(file), jailOrFilter(name)))
		})
	}
	if r.YAML != nil { // what is written must load
		if _, bad := rules.Parse("imported.yaml", r.YAML, p.lookup, map[string]*rules.Rule{}); len(bad) > 0 {
			return p.problems(bad)
		}
	}
	if err := p.printImported(r, asJSON); err != nil {
		return failed(err)
	}
	if r.YAML == nil {
		return &ran{code: exitFailed}
	}
	return nil
}

func (p *program) printImported(r importer.Result, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		return e.Encode(struct {
			Rules   string             `json:"rules"`
			Refused []importer.Refusal `json:"refused"`
			Notes   []string           `json:"notes"`
		}{string(r.YAML), append([]importer.Refusal{}, r.Refused...), append([]string{}, r.Notes...)})
	}
	if _, err := p.stdout.Write(r.YAML); err != nil {
		return fmt.Errorf("print rules: %w", err)
	}
	for _, x := range r.Refused {
		fmt.Fprintf(p.stderr, "not taken: %s: %s\n", diag.Safe(x.Part), diag.Safe(x.Reason))
	}
	for _, n := range r.Notes {
		fmt.Fprintf(p.stderr, "note: %s\n", diag.Safe(n))
	}
	return nil
}

// jailOrFilter is where a file lies that a filter speaks of: beside it or, for a jail, above.
func jailOrFilter(name string) string {
	if strings.HasPrefix(name, "../jail.") {
		return name
	}
	return filepath.Base(name)
}
