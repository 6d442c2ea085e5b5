// Package config reads the agent's configuration file and says everything that is
// wrong with it. It opens no connection and follows no file; secrets are read
// only when they are asked for, and never printed.
package config

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/rules/field"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// DefaultFile is where an installed agent has its configuration.
const DefaultFile = "/etc/thirdline/thirdline.yaml"

// Config is a configuration file.
type Config struct {
	Pos          yamldoc.Pos    `yaml:",pos"`
	Host         Host           `yaml:"host"`
	State        yamldoc.Text   `yaml:"state"`
	Rules        []yamldoc.Text `yaml:"rules,required"`
	Sources      []Source       `yaml:"sources,required"`
	Destinations []Destination  `yaml:"destinations,required"`
	// Routes say which destinations an incident goes to, and Fallback where it goes
	// that no route takes. Default: every destination.
	Routes   []Route        `yaml:"routes"`
	Fallback []yamldoc.Text `yaml:"fallback"`
	// Listen is a loopback address where metrics and health are served.
	Listen      yamldoc.Text `yaml:"listen"`
	Reload      Reload       `yaml:"reload"`
	Incidents   Incidents    `yaml:"incidents"`
	Limits      Limits       `yaml:"limits"`
	Redaction   Redaction    `yaml:"redaction"`
	Changed     Changed      `yaml:"changed"`
	Diagnostics []Diagnostic `yaml:"diagnostics"`
}

// Host is how the host is called in events.
type Host struct {
	// Name is the system's host name where it is not set.
	Name   string            `yaml:"name"`
	Labels map[string]string `yaml:"labels"`
}

// Source is a set of files to follow.
type Source struct {
	Name    yamldoc.Text   `yaml:"name,required"`
	Include []yamldoc.Text `yaml:"include"`
	// FIFO is a named pipe to read, Journal the systemd journal; each in place of
	// Include.
	FIFO    yamldoc.Text   `yaml:"fifo"`
	Journal *Journal       `yaml:"journal"`
	Exclude []yamldoc.Text `yaml:"exclude"`
	// Roots are folders, beside those of Include, that symbolic links may lead to.
	Roots []yamldoc.Text `yaml:"roots"`
	// Rotated is the folder that rotation moves files to: from the root, or from the
	// folder of each log, as logrotate's olddir.
	Rotated yamldoc.Text `yaml:"rotated"`
	Tags    []string     `yaml:"tags"`
	// OnlyContext reads the source for the related logs of others, and matches none
	// of its records.
	OnlyContext bool `yaml:"only_context"`
	// Encoding of files without a byte order mark. Default UTF-8.
	Encoding yamldoc.Text `yaml:"encoding"`
	// Format is what a container runtime wraps lines in: cri or docker.
	Format yamldoc.Text `yaml:"format"`
	// Fields says how records are taken apart; nil is found out record by record.
	Fields *field.Format `yaml:"fields"`
	// Multiline says which lines are one record. Default: each is.
	Multiline *field.Multiline `yaml:"multiline"`
	// Time says how times are read.
	Time *Time `yaml:"time"`
	// Start is "end" or "beginning": where files begin that are there when the
	// source is followed for the first time. Later ones are read whole.
	Start yamldoc.Text `yaml:"start"`
	// Silent is how long nothing may be written before an incident tells so.
	Silent time.Duration `yaml:"silent"`
}

// Journal is the systemd journal, or some units of it.
type Journal struct {
	Pos   yamldoc.Pos    `yaml:",pos"`
	Units []yamldoc.Text `yaml:"units"`
}

// Webhook is an HTTP endpoint that takes CloudEvents.
type Webhook struct {
	URL yamldoc.Text `yaml:"url,required"`
	// Token is sent as Bearer.
	Token     Secret       `yaml:"token"`
	TokenFile yamldoc.Text `yaml:"token_file"`
	Basic     *Basic       `yaml:"basic"`
	// Secret signs the events.
	Secret     Secret       `yaml:"secret"`
	SecretFile yamldoc.Text `yaml:"secret_file"`
	// CAFile replaces the system's authorities.
	CAFile   yamldoc.Text `yaml:"ca_file"`
	CertFile yamldoc.Text `yaml:"cert_file"`
	KeyFile  yamldoc.Text `yaml:"key_file"`
	// Timeout of one attempt.
	Timeout time.Duration `yaml:"timeout"`
}

// Basic is HTTP basic authentication.
type Basic struct {
	User         string       `yaml:"user,required"`
	Password     Secret       `yaml:"password"`
	PasswordFile yamldoc.Text `yaml:"password_file"`
}

// Redaction says what is taken out of every event before it is stored. Secrets,
// cards and account numbers always are.
type Redaction struct {
	// Audience is internal, l3 or vendor. Default internal.
	Audience yamldoc.Text `yaml:"audience"`
	// KeyFile holds the key of the pseudonyms; hosts that share one agree in them.
	// Default: redact.key in the state directory, made at the first start.
	KeyFile yamldoc.Text `yaml:"key_file"`
}

// Reload says when rules are read anew besides when that is asked for, and who hears
// of rules that are refused.
type Reload struct {
	// Watch reads them when rule files change.
	Watch bool `yaml:"watch"`
	// Incident makes an incident of the agent's own of refused rules.
	Incident bool `yaml:"incident"`
}

// Changed says what is told of changes on the host before an incident. Packages,
// units, reboots and marks always are.
type Changed struct {
	Pos yamldoc.Pos `yaml:",pos"`
	// Within is how far back. Default 24h.
	Within time.Duration `yaml:"within"`
	// Files are globs, with **, of files whose content is watched.
	Files []yamldoc.Text `yaml:"files"`
}

// Limits bound what one agent takes.
type Limits struct {
	Pos yamldoc.Pos `yaml:",pos"`
	// Line is where a longer line is cut. Default 1 MiB.
	Line yamldoc.Bytes `yaml:"line"`
	// Spool is how much of undelivered events is kept before updates are merged.
	// Default 1 GiB.
	Spool yamldoc.Bytes `yaml:"spool"`
	// Snapshot is how large the context in an event may be when it is compressed.
	// Default 256 KiB.
	Snapshot yamldoc.Bytes `yaml:"snapshot"`
}

// SpoolBytes returns the limit of the spool.
func (l *Limits) SpoolBytes() int64 {
	if l.Spool == 0 {
		return defaultSpool
	}
	return int64(l.Spool)
}

// Load reads and checks the file. Relative paths in it are made absolute: rules,
// sources and state from the file's folder, secrets from the folder of systemd's
// credentials where there is one. With problems the Config holds what could be
// read, good for finding further problems and nothing else.
func Load(file string, lookup func(string) (string, bool)) (*Config, diag.List) {
	data, err := os.ReadFile(file)
	if err != nil {
		return &Config{}, diag.List{diag.Unreadable(file, err)}
	}
	var c Config
	d := yamldoc.Decode(file, data, &c, lookup)
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return &Config{}, diag.List{diag.Unreadable(file, err)}
	}
	(&checker{d: d, c: &c, self: file, dir: dir, lookup: lookup}).check()
	d.Problems.Sort()
	return &c, d.Problems
}

// DefaultState returns where state is kept when nothing else is said: where
// systemd says, in root's place, or in the user's.
func DefaultState(lookup func(string) (string, bool), root bool) (string, error) {
	if dir, ok := lookup("STATE_DIRECTORY"); ok && dir != "" {
		return dir, nil
	}
	if root {
		return "/var/lib/thirdline", nil
	}
	if dir, ok := lookup("XDG_STATE_HOME"); ok && dir != "" {
		return filepath.Join(dir, "thirdline"), nil
	}
	home, ok := lookup("HOME")
	if !ok || home == "" {
		return "", fmt.Errorf("find state directory: HOME is not set; name one with --state or the key `state`")
	}
	return filepath.Join(home, ".local", "state", "thirdline"), nil
}
