package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"time"

	"github.com/thirdline/thirdline/agent/diagnostic"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

const (
	maxTimeout = time.Minute
	maxOutput  = 1 << 20
)

// Diagnostic is a command that rules may name, to be run when an incident opens.
type Diagnostic struct {
	Name yamldoc.Text `yaml:"name,required"`
	// Argv is the program, by its absolute path, and its arguments. {FIELD} stands
	// for the value of a field.
	Argv []yamldoc.Text `yaml:"argv,required"`
	// Fields are patterns that all of a field's value must match.
	Fields map[string]yamldoc.Text `yaml:"fields"`
	// Timeout is when it is killed. Default 5s.
	Timeout time.Duration `yaml:"timeout"`
	// Output is how much of what it writes is kept. Default 64KiB.
	Output yamldoc.Bytes `yaml:"output"`
}

// Commands returns the diagnostics of a checked configuration.
func (c *Config) Commands() (out []diagnostic.Command) {
	for _, d := range c.Diagnostics {
		command := diagnostic.Command{Name: d.Name.Value, Fields: map[string]*regexp.Regexp{}, Timeout: d.Timeout, Output: int(d.Output)}
		for _, a := range d.Argv {
			command.Argv = append(command.Argv, a.Value)
		}
		for name, pattern := range d.Fields {
			if p, err := diagnostic.Pattern(pattern.Value); err == nil { // the check has said so
				command.Fields[name] = p
			}
		}
		out = append(out, command)
	}
	return out
}

// DiagnosticNames returns the names that rules may use; it is not nil.
func (c *Config) DiagnosticNames() []string {
	names := []string{}
	for _, d := range c.Diagnostics {
		names = append(names, d.Name.Value)
	}
	return names
}

func (k *checker) diagnostics() {
	if len(k.c.Diagnostics) == 0 {
		return
	}
	if problem := writable(k.self, os.Geteuid()); problem != "" {
		k.d.Report(k.c.Diagnostics[0].Name.Pos, "writable-config", "chown root and chmod go-w "+k.self+" and its folder",
			"diagnostics are refused: %s, so others could have the agent run their commands", problem)
	}
	names := map[string]int{}
	for i := range k.c.Diagnostics {
		d := &k.c.Diagnostics[i]
		k.name(d.Name, "diagnostic", names)
		k.argv(d)
		if d.Timeout < 0 || d.Timeout > maxTimeout {
			k.d.Report(d.Name.Pos, "bad-timeout", "use at most 1m", "the timeout of diagnostic %q is %s", d.Name.Value, d.Timeout)
		}
		if d.Output < 0 || d.Output > maxOutput {
			k.d.Report(d.Name.Pos, "bad-output", "use at most 1MiB", "the output of diagnostic %q is %d bytes", d.Name.Value, d.Output)
		}
	}
}

// argv checks the program and the places for values in its arguments.
func (k *checker) argv(d *Diagnostic) {
	if len(d.Argv) == 0 {
		if d.Name.Line > 0 && d.Argv != nil {
			k.d.Report(d.Name.Pos, "empty-argv", "name a program: argv: [/usr/bin/uptime]", "diagnostic %q runs nothing", d.Name.Value)
		}
		return
	}
	program := d.Argv[0]
	switch {
	case program.Line == 0:
	case !filepath.IsAbs(program.Value):
		k.d.Report(program.Pos, "relative-program", "write its absolute path; there is no PATH and no shell", "the program %q is not an absolute path", program.Value)
	case diagnostic.Place.MatchString(program.Value):
		k.d.Report(program.Pos, "variable-program", "name the program itself", "a value from a log cannot choose the program")
	default:
		if problem := writable(program.Value, os.Geteuid()); problem != "" {
			k.d.Report(program.Pos, "writable-program", "chown root and chmod go-w it and its folder", "the program is refused: %s", problem)
		}
	}
	used := map[string]bool{}
	for _, arg := range d.Argv {
		for _, place := range diagnostic.Place.FindAllString(arg.Value, -1) {
			name := place[1 : len(place)-1]
			if used[name] = true; d.Fields[name].Line == 0 {
				k.d.Report(arg.Pos, "undeclared-field", fmt.Sprintf("declare what it may be: fields: {%s: 'PATTERN'}", name), "%s stands for a field without a pattern", place)
			}
		}
	}
	for _, name := range sorted(d.Fields) {
		pattern := d.Fields[name]
		if _, err := diagnostic.Pattern(pattern.Value); err != nil {
			k.d.Report(pattern.Pos, "bad-pattern", "use the syntax of RE2", "%v", err)
		}
		if !used[name] {
			k.d.Report(pattern.Pos, "unused-field", fmt.Sprintf("write {%s} in argv, or remove it", name), "no argument uses the field %q", name)
		}
	}
}

func sorted(m map[string]yamldoc.Text) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// writable says why others than root and the user could change what a path holds; ""
// when they cannot.
func writable(path string, user int) string {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Sprintf("%s cannot be found", path)
	}
	for _, at := range []string{real, filepath.Dir(real), filepath.Dir(path)} {
		info, err := os.Stat(at)
		if err != nil {
			return fmt.Sprintf("%s cannot be looked at", at)
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		switch {
		case !ok:
			return fmt.Sprintf("the owner of %s is not known", at)
		case st.Uid != 0 && int(st.Uid) != user:
			return fmt.Sprintf("%s belongs to user %d", at, st.Uid)
		case info.Mode().Perm()&0o022 != 0 && (!info.IsDir() || info.Mode()&os.ModeSticky == 0):
			return fmt.Sprintf("others can write to %s (mode %04o)", at, info.Mode().Perm())
		}
	}
	return ""
}
