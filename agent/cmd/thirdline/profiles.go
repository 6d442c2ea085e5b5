package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/shipper/profile"
)

func (p *program) profilesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "profiles",
		Short: "List, show and check the profiles of ticketing systems",
		Long: `A profile says what to send to a ticketing system. To change one, write it to a file
with "profiles show", edit it, and name the file in a destination:

  destinations:
    - name: desk
      http: {profile: desk.yaml, url: https://desk.example.org, token_file: desk-token}`,
		Example: `  thirdline profiles list
  thirdline profiles show redmine > desk.yaml
  thirdline profiles check desk.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var asJSON bool
	list := &cobra.Command{
		Use: "list", Short: "List the profiles that are built in", Args: cobra.NoArgs,
		Example: "  thirdline profiles list --json | jq -r '.[].name'",
		RunE:    func(*cobra.Command, []string) error { return failed(p.listProfiles(asJSON)) },
	}
	list.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	show := &cobra.Command{
		Use: "show NAME", Short: "Print a profile that is built in", Args: cobra.ExactArgs(1),
		Example: "  thirdline profiles show rt",
		RunE:    func(_ *cobra.Command, args []string) error { return failed(p.showProfile(args[0])) },
	}
	check := &cobra.Command{
		Use: "check FILE...", Short: "Say everything that is wrong with profiles", Args: cobra.MinimumNArgs(1),
		Long:    "check reads profiles and prints every problem with its place and a remedy.\n\nExit codes: 0 no problems, 1 problems, 2 wrong command line.",
		Example: "  thirdline profiles check desk.yaml",
		RunE:    func(_ *cobra.Command, args []string) error { return p.checkProfiles(args) },
	}
	cmd.AddCommand(list, show, check)
	return cmd
}

// listed is one line of profiles list.
type listed struct {
	Name     string   `json:"name"`
	Title    string   `json:"title"`
	Class    string   `json:"class"`
	Required []string `json:"required"`
}

func (p *program) listProfiles(asJSON bool) error {
	var all []listed
	for _, name := range profile.Names() {
		of, err := profile.Builtin(name)
		if err != nil {
			return fmt.Errorf("read profile %s: %w", name, err)
		}
		l := listed{Name: name, Title: of.Title, Class: string(of.Class), Required: []string{}}
		for _, s := range of.Settings {
			switch {
			case s.Required && s.Secret:
				l.Required = append(l.Required, s.Name+"_file")
			case s.Required:
				l.Required = append(l.Required, s.Name)
			}
		}
		all = append(all, l)
	}
	if asJSON {
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		return e.Encode(all)
	}
	w := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "PROFILE\tFOR\tCLASS\tNEEDS")
	for _, l := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", l.Name, l.Title, l.Class, strings.Join(l.Required, ", "))
	}
	return w.Flush()
}

func (p *program) showProfile(name string) error {
	data, err := profile.Source(name)
	if err != nil {
		hint := "`thirdline profiles list` shows them"
		if near := diag.Nearest(name, profile.Names()); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return fmt.Errorf("%w; %s", err, hint)
	}
	_, err = p.stdout.Write(data)
	return err
}

func (p *program) checkProfiles(files []string) error {
	problems := diag.List{}
	for _, file := range files {
		_, found := profile.Read(file)
		for _, problem := range found {
			problems = append(problems, diag.Problem(problem))
		}
	}
	if len(problems) == 0 {
		fmt.Fprintf(p.stdout, "no problems: %s\n", count(len(files), "profile"))
		return nil
	}
	return errors.Join(failed(diag.Print(p.stdout, problems, p.colour(p.stdout))), &ran{code: exitFailed})
}
