package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
)

func (p *program) schemaCommand() *cobra.Command {
	kinds := []string{"rules", "config"}
	return &cobra.Command{
		Use:   "schema rules|config",
		Short: "Print the JSON Schema of rule files or of the configuration",
		Long: `schema prints a JSON Schema (2020-12) for editors that complete and check YAML.
It is made from what the parser takes; check finds more.`,
		Example: `  thirdline schema rules > rules.schema.json
  # first line of a rule file, for editors with the YAML language server:
  # yaml-language-server: $schema=rules.schema.json`,
		ValidArgs: kinds,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 && slices.Contains(kinds, args[0]) {
				return nil
			}
			if len(args) == 1 {
				if near := diag.Nearest(args[0], kinds); near != "" {
					return fmt.Errorf("there is no schema of %q; did you mean %q?", args[0], near)
				}
			}
			return fmt.Errorf("name one: rules or config")
		},
		RunE: func(_ *cobra.Command, args []string) error {
			schema := rules.Schema()
			if args[0] == "config" {
				schema = config.Schema()
			}
			e := json.NewEncoder(p.stdout)
			e.SetIndent("", "  ")
			return failed(e.Encode(schema))
		},
	}
}
