package config

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/thirdline/thirdline/rules/yamldoc"
)

const (
	hidden    = "(hidden)"
	maxSecret = 64 << 10 // bytes of a secret's file
)

// Secret is a value that comes from the environment and is never shown.
type Secret struct {
	pos   yamldoc.Pos
	value string
}

var (
	_ yamldoc.Value  = (*Secret)(nil)
	_ fmt.Formatter  = Secret{}
	_ slog.LogValuer = Secret{}
)

// DecodeYAML implements [yamldoc.Value]. A secret written into the file is
// refused, and the problem does not show its line.
func (s *Secret) DecodeYAML(d *yamldoc.Document, n yamldoc.Node) {
	s.pos = n.Pos()
	if !n.FromEnvironment() {
		d.ReportHidden(n.Pos(), "plain-secret", `use the _file key with a path, or !env "${NAME}"`, "a secret does not stand in the configuration itself")
		return
	}
	s.value, _ = n.Text(d)
}

// Format hides the value whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }

// LogValue hides the value.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the value.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Read returns the secret: its value from the environment, or the content of
// file without its last line end.
func (s Secret) Read(file string) (string, error) {
	if s.value != "" || file == "" {
		return s.value, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	if len(data) > maxSecret {
		return "", fmt.Errorf("read secret %s: it has more than 64 KiB", file)
	}
	text := strings.TrimRight(string(data), "\r\n")
	if text == "" {
		return "", fmt.Errorf("read secret %s: %w", file, errors.New("the file is empty"))
	}
	return text, nil
}
