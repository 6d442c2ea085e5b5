package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/rules/diag"
)

// maxRedacted bounds what redact reads, in bytes: all of it is held in memory.
const maxRedacted = 256 << 20

// redactFlags are the flags of redact.
type redactFlags struct {
	audience, key   string
	preview, asJSON bool
}

func (p *program) redactCommand() *cobra.Command {
	var f redactFlags
	cmd := &cobra.Command{
		Use:   "redact [FILE]",
		Short: "Take secrets out of a text, or show what would be taken",
		Long: `redact prints FILE, or standard input, as an event would show it: secrets, cards
and account numbers become marks such as [password#k3v9q2xw4m]. The same value
has the same mark under the same key.

Exit codes: 0 fine, 1 failed, 2 wrong command line.`,
		Example: `  thirdline redact --preview /var/log/app.log      # only the lines that change
  thirdline redact --audience vendor < app.log > for-the-vendor.log`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			a := redact.Audience(f.audience)
			if !slices.Contains(redact.Audiences(), a) {
				return fmt.Errorf("unknown audience %q: use internal, l3 or vendor", f.audience)
			}
			return failed(p.redact(f, a, append(args, "-")[0]))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.audience, "audience", string(redact.Internal), "for whom: internal, l3 or vendor")
	flags.StringVar(&f.key, "key-file", "", "key of the pseudonyms (default: a random one)")
	flags.BoolVar(&f.preview, "preview", false, "print only the lines that change, with their numbers")
	flags.BoolVar(&f.asJSON, "json", false, "print only how much of each kind was found, as JSON")
	return cmd
}

func (p *program) redact(f redactFlags, a redact.Audience, file string) error {
	key := redact.NewKey()
	if f.key != "" {
		var err error
		if key, err = os.ReadFile(f.key); err != nil {
			return fmt.Errorf("read key: %w", err)
		}
	}
	data, err := readBounded(file)
	if err != nil {
		return err
	}
	m := redact.Manifest{}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	clean := redact.New(key, a).Lines(lines, m)
	if f.asJSON {
		return json.NewEncoder(p.stdout).Encode(m)
	}
	changed := 0
	for n, line := range clean {
		if line != lines[n] {
			changed++
		}
		switch {
		case !f.preview:
			_, err = fmt.Fprintln(p.stdout, line)
		case line != lines[n]:
			_, err = fmt.Fprintf(p.stdout, "%d: %s\n", n+1, diag.Safe(line))
		}
		if err != nil {
			return fmt.Errorf("write text: %w", err)
		}
	}
	fmt.Fprintf(p.stderr, "%d of %s changed%s\n", changed, count(len(lines), "line"), said(m))
	return nil
}

// said lists a manifest: ": 2 password, 1 card".
func said(m redact.Manifest) string {
	var parts []string
	for kind, n := range m {
		parts = append(parts, fmt.Sprintf("%d %s", n, kind))
	}
	if len(parts) == 0 {
		return ""
	}
	slices.Sort(parts)
	return ": " + strings.Join(parts, ", ")
}

// readBounded reads a file, or standard input for "-".
func readBounded(file string) ([]byte, error) {
	in := io.Reader(os.Stdin)
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("read text: %w", err)
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxRedacted+1))
	if err != nil {
		return nil, fmt.Errorf("read text: %w", err)
	}
	if len(data) > maxRedacted {
		return nil, fmt.Errorf("read text: %s has more than %d MiB; split it", file, maxRedacted>>20)
	}
	return data, nil
}

// redactorOf makes the redactor that the configuration asks for.
func redactorOf(c *config.Config) (*redact.Redactor, error) {
	file := c.Redaction.KeyFile.Value
	if file == "" {
		file = filepath.Join(c.State.Value, "redact.key")
	}
	key, err := redact.OpenKey(file)
	if err != nil {
		return nil, err
	}
	audience := redact.Audience(c.Redaction.Audience.Value)
	if audience == "" {
		audience = redact.Internal
	}
	return redact.New(key, audience), nil
}
