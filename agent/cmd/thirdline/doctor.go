package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/agent/doctor"
	"github.com/thirdline/thirdline/rules/diag"
)

func (p *program) doctorCommand() *cobra.Command {
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor [--config FILE]",
		Short: "Examine what the agent needs of this host",
		Long: `doctor examines what the configuration needs of this host: files that may be
read, room for the state, limits of the kernel, the clock, endpoints and their
certificates, the systemd unit. It changes nothing and sends no event. Run it as
the agent's user to see what the agent sees.

Exit codes: 0 nothing is bad, 1 something is, 2 wrong command line.`,
		Example: `  sudo -u thirdline thirdline doctor
  thirdline doctor --config thirdline.yaml --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.doctor(cmd.Context(), file, asJSON)
		},
	}
	cmd.Flags().StringVar(&file, "config", config.DefaultFile, "configuration file")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON array")
	return cmd
}

func (p *program) doctor(ctx context.Context, file string, asJSON bool) error {
	c, problems := config.Load(file, p.lookup)
	set, bad := p.known(c, true).Load(texts(c.Rules))
	found := []doctor.Finding{{About: "configuration", Verdict: doctor.Fine, Said: file + " and its rules have no problem"}}
	if n := len(problems) + len(bad); n > 0 || set == nil {
		found[0] = doctor.Finding{About: "configuration", Verdict: doctor.Bad, Said: fmt.Sprintf("%s: %s", file, count(n, "problem")), Remedy: "thirdline check --config " + file}
	}
	if len(problems) == 0 {
		if err := p.complete(c, runFlags{}); err != nil {
			return failed(err)
		}
		o, err := p.toExamine(c)
		if err != nil {
			return failed(err)
		}
		found = append(found, doctor.Examine(ctx, o)...)
	}
	return p.findings(found, asJSON)
}

// toExamine says what the configuration needs.
func (p *program) toExamine(c *config.Config) (doctor.Options, error) {
	o := doctor.Options{State: c.State.Value, Unit: "thirdline.service", Now: time.Now()}
	for _, s := range c.Sources {
		o.Sources = append(o.Sources, doctor.Source{Name: s.Name.Value, Include: texts(s.Include), Exclude: texts(s.Exclude)})
	}
	for _, d := range c.Destinations {
		w, err := connection(&d)
		if err != nil {
			return o, fmt.Errorf("set up destination %s: %w", d.Name.Value, err)
		}
		if w.URL == "" {
			continue // its address is known only when there is an incident
		}
		e := doctor.Endpoint{Name: d.Name.Value, URL: w.URL}
		if e.TLS, err = w.TLS(); err != nil {
			return o, fmt.Errorf("set up destination %s: %w", d.Name.Value, err)
		}
		o.Endpoints = append(o.Endpoints, e)
	}
	return o, nil
}

func (p *program) findings(found []doctor.Finding, asJSON bool) error {
	sound := true
	on := p.colour(p.stdout)
	colours := map[doctor.Verdict]string{doctor.Fine: green, doctor.Unknown: dim, doctor.Warning: yellow, doctor.Bad: red}
	for _, f := range found {
		sound = sound && f.Verdict != doctor.Bad
		if asJSON {
			continue
		}
		fmt.Fprintf(p.stdout, "%s %s: %s\n", paint(on, colours[f.Verdict], fmt.Sprintf("%-8s", f.Verdict)), diag.Safe(f.About), diag.Safe(f.Said))
		if f.Remedy != "" {
			fmt.Fprintf(p.stdout, "         %s\n", paint(on, dim, "remedy: "+diag.Safe(f.Remedy)))
		}
	}
	if asJSON {
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		if err := e.Encode(found); err != nil {
			return failed(err)
		}
	}
	if !sound {
		return &ran{code: exitFailed}
	}
	return nil
}
