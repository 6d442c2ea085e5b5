package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/agent/capsule"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/rules/diag"
)

// bundleFlags are the flags of bundle.
type bundleFlags struct {
	at            reach
	audience, out string
}

func (p *program) bundleCommand() *cobra.Command {
	var f bundleFlags
	cmd := &cobra.Command{
		Use:   "bundle INCIDENT",
		Short: "Write all that is known about an incident into one file",
		Long: `bundle writes a capsule: one .tar.zst with the incident's events, records, facts and
diagnostics, its rule, a page (index.html) that opens offline, and checksums. INCIDENT
is its fingerprint, or the beginning of it; FINGERPRINT/GENERATION names an earlier
life. What the audience may not see is replaced, and nothing is written while a secret
is still found.

Exit codes: 0 written, 1 failed, 2 wrong command line.`,
		Example: `  sudo thirdline bundle 3bc00870
  sudo thirdline bundle 3bc00870 --audience vendor --output /tmp
  tar -xf incident-3bc00870-1-0f3a.tar.zst && xdg-open index.html`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || !incidentName.MatchString(args[0]) {
				return errors.New("name one incident by its fingerprint (4 to 32 hexadecimal digits), or FINGERPRINT/GENERATION")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(redact.Audiences(), redact.Audience(f.audience)) {
				return fmt.Errorf("unknown audience %q: use internal, l3 or vendor", f.audience)
			}
			return failed(p.bundle(cmd.Context(), f, args[0]))
		},
	}
	f.at.flags(cmd.Flags())
	cmd.Flags().StringVar(&f.audience, "audience", string(redact.L3), "for whom: internal, l3 or vendor")
	cmd.Flags().StringVarP(&f.out, "output", "o", ".", "folder to write into; - for standard output")
	cmd.AddCommand(p.verifyCommand())
	return cmd
}

func (p *program) bundle(ctx context.Context, f bundleFlags, incident string) error {
	events, err := p.remembered(ctx, f.at, incident)
	if err != nil {
		return err
	}
	a := redact.Audience(f.audience)
	r, err := p.redactorFor(f.at, a)
	if err != nil {
		return err
	}
	c, err := capsule.New(events, capsule.Options{Agent: version(), Audience: a, Redact: r})
	if err != nil {
		return err
	}
	if f.out == "-" {
		return c.Write(p.stdout)
	}
	path := filepath.Join(f.out, c.Name())
	if err := writeFile(path, c.Write); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, path)
	fmt.Fprintf(p.stderr, "%s of %q for %s\n", count(c.Manifest.Events, "event"), diag.Safe(c.Manifest.Title), f.audience)
	return nil
}

// writeFile writes a file in one step: it is whole, or it is not there.
func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".thirdline-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func (p *program) verifyCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify CAPSULE",
		Short: "Check that a capsule is whole and as it was written",
		Long: `verify compares every file of a capsule with its checksum, and its name with its
content. Nothing is unpacked.

Exit codes: 0 as it was written, 1 damaged, changed or no capsule, 2 wrong command line.`,
		Example: `  thirdline bundle verify incident-3bc00870-1-0f3a.tar.zst`,
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := readCapsule(args[0])
			if err != nil {
				return failed(err)
			}
			if asJSON {
				e := json.NewEncoder(p.stdout)
				e.SetIndent("", "  ")
				return failed(e.Encode(c.Manifest))
			}
			m := c.Manifest
			fmt.Fprintf(p.stdout, "whole: %s of incident %s/%d %q on %s, for %s, sha256 %s\n", count(m.Events, "event"), diag.Safe(m.Incident), m.Generation, diag.Safe(m.Title), diag.Safe(m.Host), diag.Safe(m.Audience), c.ID())
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what the capsule is about, as JSON")
	return cmd
}

// readCapsule reads and verifies a capsule.
func readCapsule(path string) (c *capsule.Capsule, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read capsule: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return capsule.Read(f, path)
}
