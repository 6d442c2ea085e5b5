package config

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// nameShape keeps names fit for keys, paths and metrics.
var nameShape = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

const (
	minLine = 1 << 10
	maxLine = 64 << 20

	minSpool     = 1 << 20
	defaultSpool = 1 << 30
	minSnapshot  = 4 << 10
	maxSnapshot  = 4 << 20

	maxWithin = 30 * 24 * time.Hour // of changes
)

// checker looks for what YAML cannot know, and makes paths absolute.
type checker struct {
	d      *yamldoc.Document
	c      *Config
	self   string // the file
	dir    string
	lookup func(string) (string, bool)
}

func (k *checker) check() {
	k.absolute(&k.c.State)
	for i := range k.c.Rules {
		k.absolute(&k.c.Rules[i])
	}
	names := map[string]int{}
	for i := range k.c.Sources {
		k.source(&k.c.Sources[i], names)
	}
	if k.c.Sources != nil && len(k.c.Sources) == 0 {
		k.d.Report(k.c.Pos, "no-sources", "name at least one", "there are no sources to follow")
	}
	if k.c.Destinations != nil && len(k.c.Destinations) == 0 {
		k.d.Report(k.c.Pos, "no-destinations", "name at least one; `thirdline receive` is an endpoint to try with", "there are no destinations to send to")
	}
	names = map[string]int{}
	for i := range k.c.Destinations {
		d := &k.c.Destinations[i]
		k.name(d.Name, "destination", names)
		if d.Webhook != nil {
			k.webhook(d.Webhook)
		}
		if d.Desk != nil {
			k.desk(d.Desk)
		}
		k.nativeChecks(d)
	}
	k.routes()
	k.incidents(&k.c.Incidents)
	k.d.OneOf(k.c.Redaction.Audience, "audience", "internal", "l3", "vendor")
	k.file(&k.c.Redaction.KeyFile)
	k.listen(k.c.Listen)
	k.changed(&k.c.Changed)
	k.diagnostics()
	if n := k.c.Limits.Line; n != 0 && (n < minLine || n > maxLine) {
		k.d.Report(k.c.Limits.Pos, "bad-limit", "use 1KiB to 64MiB", "limits.line is %d bytes", n)
	}
	if n := k.c.Limits.Spool; n != 0 && n < minSpool {
		k.d.Report(k.c.Limits.Pos, "bad-limit", "use at least 1MiB", "limits.spool is %d bytes", n)
	}
	if n := k.c.Limits.Snapshot; n != 0 && (n < minSnapshot || n > maxSnapshot) {
		k.d.Report(k.c.Limits.Pos, "bad-limit", "use 4KiB to 4MiB", "limits.snapshot is %d bytes", n)
	}
}

func (k *checker) absolute(t *yamldoc.Text) {
	if t.Value != "" && !filepath.IsAbs(t.Value) {
		t.Value = filepath.Join(k.dir, t.Value)
	}
}

func (k *checker) name(t yamldoc.Text, what string, seen map[string]int) {
	switch first, twice := seen[t.Value]; {
	case t.Line == 0:
	case !nameShape.MatchString(t.Value):
		k.d.Report(t.Pos, "bad-name", "use lower-case letters, digits, dots, dashes and underscores, at most 64", "%q cannot be the name of a %s", t.Value, what)
	case twice:
		k.d.Report(t.Pos, "duplicate-name", "give it a name of its own", "%s %q stands here a second time; first at line %d", what, t.Value, first)
	default:
		seen[t.Value] = t.Line
	}
}

func (k *checker) source(s *Source, seen map[string]int) {
	k.name(s.Name, "source", seen)
	inputs := 0
	for _, given := range []bool{s.Include != nil, s.FIFO.Value != "", s.Journal != nil} {
		if given {
			inputs++
		}
	}
	if s.Name.Line > 0 && inputs != 1 {
		k.d.Report(s.Name.Pos, "one-input", "give it one of `include`, `fifo` and `journal`", "source %q reads from %d inputs", s.Name.Value, inputs)
	}
	k.absolute(&s.FIFO)
	if s.Name.Line > 0 && s.Include != nil && len(s.Include) == 0 {
		k.d.Report(s.Name.Pos, "empty-source", "name at least one path", "source %q includes nothing", s.Name.Value)
	}
	k.globs(s.Include)
	k.globs(s.Exclude)
	for i := range s.Roots {
		k.absolute(&s.Roots[i])
		if strings.ContainsAny(s.Roots[i].Value, "*?[{") {
			k.d.Report(s.Roots[i].Pos, "glob-root", "name the folder itself", "a root is a folder, not a glob: %s", s.Roots[i].Value)
		}
	}
	if strings.ContainsAny(s.Rotated.Value, "*?[{") {
		k.d.Report(s.Rotated.Pos, "glob-rotated", "name the folder, from the root or from the folder of each log", "rotated files are moved to one folder, not to a glob: %s", s.Rotated.Value)
	}
	if s.Rotated.Value != "" && s.Include == nil {
		k.d.Report(s.Rotated.Pos, "rotated-stream", "remove it", "a stream has no rotated files")
	}
	k.shape(s)
	k.clock(s.Time)
	k.d.OneOf(s.Start, "start", "end", "beginning")
}

func (k *checker) globs(globs []yamldoc.Text) {
	for i := range globs {
		if !doublestar.ValidatePattern(globs[i].Value) {
			k.d.Report(globs[i].Pos, "glob", "escape a literal [ or { with a backslash", "not a valid glob: %s", globs[i].Value)
		}
		k.absolute(&globs[i])
	}
}

func (k *checker) changed(c *Changed) {
	k.globs(c.Files)
	if c.Within < 0 || c.Within > maxWithin {
		k.d.Report(c.Pos, "bad-within", "use at most 720h", "changed.within is %s", c.Within)
	}
}

func (k *checker) webhook(w *Webhook) {
	k.url(w.URL)
	k.secret(w.Token, &w.TokenFile, "token")
	k.secret(w.Secret, &w.SecretFile, "secret")
	if w.Basic != nil {
		k.secret(w.Basic.Password, &w.Basic.PasswordFile, "password")
		if w.Token.value != "" || w.TokenFile.Value != "" {
			k.d.Report(w.URL.Pos, "two-credentials", "keep one of the two", "this webhook has both a token and basic authentication")
		}
	}
	for _, f := range []*yamldoc.Text{&w.CAFile, &w.CertFile, &w.KeyFile} {
		k.file(f)
	}
	if (w.CertFile.Value == "") != (w.KeyFile.Value == "") {
		k.d.Report(w.URL.Pos, "half-certificate", "give cert_file and key_file together", "a client certificate needs its key")
	}
}

func (k *checker) url(t yamldoc.Text) {
	if t.Line == 0 {
		return
	}
	if problem, hint := CheckURL(t.Value); problem != "" {
		k.d.ReportHidden(t.Pos, "bad-url", hint, "%s", problem)
	}
}

// CheckURL says what is wrong with the address of an endpoint, and the remedy.
// It repeats no part of the address: it may hold a secret.
func CheckURL(address string) (problem, hint string) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return "not a valid URL", "write https://host/path"
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return "not an http or https URL", "write https://host/path"
	case u.User != nil:
		return "a URL does not carry credentials", "put them under basic:, or use token_file"
	}
	return "", ""
}

func (k *checker) secret(s Secret, file *yamldoc.Text, what string) {
	if s.pos.Line > 0 && file.Line > 0 {
		k.d.Report(file.Pos, "two-secrets", "keep one of the two", "both %s and %s_file are given", what, what)
	}
	if file.Value == "" {
		return
	}
	if credentials, ok := k.lookup("CREDENTIALS_DIRECTORY"); ok && !strings.ContainsRune(file.Value, '/') {
		file.Value = filepath.Join(credentials, file.Value)
	}
	k.file(file)
}

// file makes sure that what is read later can be read now.
func (k *checker) file(t *yamldoc.Text) {
	if t.Value == "" {
		return
	}
	k.absolute(t)
	f, err := os.Open(t.Value)
	if err != nil {
		p := diag.Unreadable(t.Value, err)
		k.d.Report(t.Pos, p.Code, p.Hint, "cannot read %s: %s", t.Value, p.Message)
		return
	}
	if err := f.Close(); err != nil {
		k.d.Report(t.Pos, "unreadable", "", "cannot close %s: %s", t.Value, err)
	}
}
