package main

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/thirdline/thirdline/agent/ownlog"
	"github.com/thirdline/thirdline/rules/diag"
)

// logFlags say how the agent's own log is written.
type logFlags struct {
	format, level string
	verbose       bool
}

func (l *logFlags) flags(set *pflag.FlagSet) {
	set.StringVar(&l.format, "log-format", ownlog.Auto, "own log: "+strings.Join(ownlog.Formats(), ", ")+" (auto: with priorities in the journal, text elsewhere)")
	set.StringVar(&l.level, "log-level", "info", "own log: debug, info, warn or error")
	set.BoolVarP(&l.verbose, "verbose", "v", false, "log every delivery: --log-level debug")
}

// usage says what is wrong with the flags.
func (l *logFlags) usage() error {
	if known := ownlog.Formats(); !slices.Contains(known, l.format) {
		return unknownWord("--log-format", l.format, known)
	}
	if known := []string{"debug", "info", "warn", "error"}; !slices.Contains(known, l.level) {
		return unknownWord("--log-level", l.level, known)
	}
	return nil
}

func unknownWord(flag, got string, known []string) error {
	if near := diag.Nearest(got, known); near != "" {
		return fmt.Errorf("%s %q is unknown; did you mean %q?", flag, got, near)
	}
	return fmt.Errorf("%s %q is unknown; use one of %s", flag, got, strings.Join(known, ", "))
}

// logger returns the agent's own log. The flags have been checked.
func (p *program) logger(l logFlags) (log *slog.Logger, flush func()) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.level)); err != nil || l.verbose {
		level = slog.LevelDebug
	}
	return ownlog.New(p.stderr, l.format, level, p.lookup)
}
