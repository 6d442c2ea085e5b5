package config

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/rules/yamldoc"
	"github.com/thirdline/thirdline/shipper/profile"
)

// Destination is an endpoint. Beside its name it has one key, which names its kind:
// webhook, the name of a profile, or http with a profile of one's own.
type Destination struct {
	Pos     yamldoc.Pos
	Name    yamldoc.Text
	Webhook *Webhook
	Desk    *Desk
	File    *File
	Syslog  *Syslog
	Mail    *Mail
	NATS    *NATS
	Kafka   *Kafka
	// Only is what it takes of the incidents that routes lead to it.
	Only When
	// Updates is whether it is told of steps between the opening and the end. Default
	// true.
	Updates *bool
}

// Desk is a ticketing system with a profile.
type Desk struct {
	Pos yamldoc.Pos
	// Kind is the key, File the profile's where it is one's own.
	Kind string
	File yamldoc.Text
	// Profile is nil where it cannot be read.
	Profile *profile.Profile
	// Settings are those of the profile.
	Settings map[string]*Setting
	CAFile   yamldoc.Text
	CertFile yamldoc.Text
	KeyFile  yamldoc.Text
	// Timeout of one attempt.
	Timeout time.Duration
	// Rate is requests a second.
	Rate float64
}

// Setting is the value of a profile's setting: a text, or a secret.
type Setting struct {
	Text   yamldoc.Text
	Secret Secret
	File   yamldoc.Text
}

// own is the key of a destination with a profile of one's own.
const own = "http"

var (
	_ yamldoc.Value     = (*Destination)(nil)
	_ yamldoc.Described = (*Destination)(nil)
)

// kinds are the keys that name what a destination is.
func kinds() []string {
	return slices.Concat([]string{"webhook", own}, profile.Names(), slices.Sorted(maps.Keys(natives())))
}

// DecodeYAML implements [yamldoc.Value].
func (t *Destination) DecodeYAML(d *yamldoc.Document, n yamldoc.Node) {
	t.Pos = n.Pos()
	var found []yamldoc.Text
	unknown := false
	for _, e := range n.Entries(d) {
		key := e.Key.Value
		native := t.native(key)
		switch {
		case key == "name":
			e.Value.Into(d, &t.Name)
			continue
		case key == "only":
			e.Value.Into(d, &t.Only)
			continue
		case key == "updates":
			e.Value.Into(d, &t.Updates)
			continue
		case key == "webhook":
			t.Webhook = &Webhook{}
			e.Value.Into(d, t.Webhook)
		case native != nil:
			e.Value.Into(d, native)
		case slices.Contains(kinds(), key):
			t.Desk = &Desk{Kind: key}
			t.Desk.DecodeYAML(d, e.Value)
		default:
			hint := "run `thirdline profiles list` to see what there is; `webhook` takes any endpoint for CloudEvents"
			if near := diag.Nearest(key, append(kinds(), "name", "only", "updates")); near != "" {
				hint = "did you mean \"" + near + "\"?"
			}
			d.Report(e.Key.Pos, "unknown-key", hint, "unknown key %q", key)
			unknown = true
			continue
		}
		found = append(found, e.Key)
	}
	if !n.IsMapping() {
		return
	}
	if t.Name.Line == 0 {
		d.Report(t.Pos, "missing-key", "add `name: ...`", "key \"name\" is missing")
	}
	switch {
	case len(found) == 0 && !unknown:
		d.Report(t.Pos, "missing-key", "add `webhook: {url: ...}`, or a profile: `thirdline profiles list` shows them", "the destination does not say what it is")
	case len(found) > 1:
		d.Report(found[1].Pos, "unknown-key", "make it a destination of its own", "this destination is %q already", found[0].Value)
	}
}

// DecodeYAML implements [yamldoc.Value]. With a profile of one's own the settings
// are known only when it has been read, which the checks do.
func (k *Desk) DecodeYAML(d *yamldoc.Document, n yamldoc.Node) {
	k.Pos, k.Settings = n.Pos(), map[string]*Setting{}
	entries := n.Entries(d)
	if k.Kind == own {
		for _, e := range entries {
			if e.Key.Value == "profile" {
				e.Value.Into(d, &k.File)
			}
		}
		if n.IsMapping() && k.File.Value == "" {
			d.Report(k.Pos, "missing-key", "add `profile: FILE.yaml`, or use the name of one that is built in as the key", "key \"profile\" is missing")
		}
	} else if p, err := profile.Builtin(k.Kind); err == nil {
		k.Profile = p
	}
	for _, e := range entries {
		k.entry(d, e)
	}
	if n.IsMapping() && k.Profile != nil {
		k.complete(d)
	}
}

func (k *Desk) entry(d *yamldoc.Document, e yamldoc.Entry) {
	switch key := e.Key.Value; key {
	case "profile":
		if k.Kind != own {
			d.Report(e.Key.Pos, "unknown-key", "for a profile of your own write `http:` in place of `"+k.Kind+":`", "unknown key %q", key)
		}
	case "ca_file":
		e.Value.Into(d, &k.CAFile)
	case "cert_file":
		e.Value.Into(d, &k.CertFile)
	case "key_file":
		e.Value.Into(d, &k.KeyFile)
	case "timeout":
		e.Value.Into(d, &k.Timeout)
	case "rate":
		e.Value.Into(d, &k.Rate)
	default:
		k.setting(d, e)
	}
}

// setting reads a setting: as it is, as a secret from the environment, or as the
// path of a file with a secret.
func (k *Desk) setting(d *yamldoc.Document, e yamldoc.Entry) {
	name, file := strings.CutSuffix(e.Key.Value, "_file")
	s := k.named(name)
	if s == nil || file && !s.Secret {
		s, name, file = k.named(e.Key.Value), e.Key.Value, false
	}
	if s == nil && k.Kind != own {
		hint := "known keys: " + strings.Join(k.keys(), ", ")
		if near := diag.Nearest(e.Key.Value, k.keys()); near != "" {
			hint = "did you mean \"" + near + "\"?"
		}
		d.Report(e.Key.Pos, "unknown-key", hint, "unknown key %q", e.Key.Value)
		return
	}
	of := k.Settings[name]
	if of == nil {
		of = &Setting{}
		k.Settings[name] = of
	}
	switch {
	case file:
		e.Value.Into(d, &of.File)
	case s != nil && s.Secret:
		e.Value.Into(d, &of.Secret)
	default:
		e.Value.Into(d, &of.Text)
	}
}

// complete reports settings that are missing.
func (k *Desk) complete(d *yamldoc.Document) {
	for _, s := range k.Profile.Settings {
		if s.Required && k.Settings[s.Name] == nil {
			name := s.Name
			if s.Secret {
				name += "_file"
			}
			d.Report(k.Pos, "missing-key", "add `"+name+": ...`: "+s.About, "key %q is missing", name)
		}
	}
}

func (k *Desk) named(name string) *profile.Setting {
	if k.Profile == nil {
		return nil
	}
	for i := range k.Profile.Settings {
		if k.Profile.Settings[i].Name == name {
			return &k.Profile.Settings[i]
		}
	}
	return nil
}

// keys are those that the destination may have.
func (k *Desk) keys() []string {
	out := slices.DeleteFunc(slices.Clone(profile.Reserved[:]), func(s string) bool { return s == "profile" })
	for _, s := range k.Profile.Settings {
		out = append(out, s.Name)
		if s.Secret {
			out = append(out, s.Name+"_file")
		}
	}
	slices.Sort(out)
	return out
}

// Values reads the secrets, and returns the settings.
func (k *Desk) Values() (map[string]string, error) {
	out := map[string]string{}
	for name, s := range k.Settings {
		out[name] = s.Text.Value
		if s.Text.Line > 0 {
			continue
		}
		secret, err := s.Secret.Read(s.File.Value)
		if err != nil {
			return nil, err
		}
		out[name] = secret
	}
	return out, nil
}

// desk checks what the decoder cannot know.
func (k *checker) desk(t *Desk) {
	for _, name := range slices.Sorted(maps.Keys(t.Settings)) {
		s := t.Settings[name]
		k.secret(s.Secret, &s.File, name)
		if name == "url" && s.Text.Line > 0 {
			k.url(s.Text)
			s.Text.Value = strings.TrimRight(s.Text.Value, "/")
		}
	}
	for _, f := range []*yamldoc.Text{&t.CAFile, &t.CertFile, &t.KeyFile} {
		k.file(f)
	}
	if (t.CertFile.Value == "") != (t.KeyFile.Value == "") {
		k.d.Report(t.Pos, "half-certificate", "give cert_file and key_file together", "a client certificate needs its key")
	}
	if t.Rate < 0 {
		k.d.Report(t.Pos, "bad-limit", "write requests a second", "rate is %g", t.Rate)
	}
	if t.File.Value != "" {
		k.ownProfile(t)
	}
}

// ownProfile reads a profile of one's own, and holds the settings to it.
func (k *checker) ownProfile(t *Desk) {
	before := len(k.d.Problems)
	if k.file(&t.File); len(k.d.Problems) > before {
		return
	}
	p, problems := profile.Read(t.File.Value)
	for _, problem := range problems {
		k.d.Problems = append(k.d.Problems, diag.Problem(problem))
	}
	if len(problems) > 0 {
		return
	}
	t.Profile = p
	given := t.Settings
	t.Settings = map[string]*Setting{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		k.ownSetting(t, name, given[name])
	}
	t.complete(k.d)
}

// ownSetting takes a setting over that was read as text. A secret has to come from
// a file.
func (k *checker) ownSetting(t *Desk, name string, s *Setting) {
	base, file := strings.CutSuffix(name, "_file")
	switch of := t.named(base); {
	case file && of != nil && of.Secret:
		s.File, s.Text = s.Text, yamldoc.Text{}
		k.secret(Secret{}, &s.File, base)
		t.Settings[base] = s
	case t.named(name) == nil:
		hint := "known keys: " + strings.Join(t.keys(), ", ")
		if near := diag.Nearest(name, t.keys()); near != "" {
			hint = "did you mean \"" + near + "\"?"
		}
		k.d.Report(s.Text.Pos, "unknown-key", hint, "unknown key %q", name)
	case t.named(name).Secret:
		k.d.ReportHidden(s.Text.Pos, "plain-secret", "put it into a file, and name that with "+name+"_file", "a secret does not stand in the configuration itself")
	default:
		t.Settings[name] = s
	}
}
