package profile

import (
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// The probes stand for the fingerprint and the marker: a template that holds one
// when it is filled in depends on it.
const (
	probeFP     = "0123456789abcdef0123456789abcdef"
	probeMarker = "0123456789abcdef0123456789abcdef/7/9"
)

// severities are those of the rule language.
var severities = [...]string{"info", "warning", "error", "critical"}

// check looks for what could double a ticket or fail at the first incident.
func (r *reader) check(root *yaml.Node) {
	p := r.p
	if p.Class == "" {
		r.report(root, "missing-key", "add `class: find`, or another", "the profile does not say its class")
	}
	for _, op := range []string{"create", "resolve"} {
		if p.Ops[op] == nil {
			r.report(root, "missing-op", "add `"+op+":` with its steps", "the profile has no %s", op)
		}
	}
	for name, values := range p.Severity {
		for _, s := range severities {
			if _, ok := values[s]; !ok {
				r.report(root, "missing-severity", "give one for each of info, warning, error and critical", "severity.%s has no value for %q", name, s)
			}
		}
	}
	if (p.Class == Find || p.Class == FindEventual || p.Class == IdemKey) && p.Ops["find"] == nil {
		r.report(root, "missing-op", "add `find:`, or make it a class that needs none", "a profile of class %s has to have a find", p.Class)
	}
	r.render()
	r.proves("find", probeFP, "unproven-find", "compare what was found with {{ .FP }} under expect.match: backends answer an unknown filter with everything they have", "find does not prove that the ticket it finds carries the fingerprint")
	r.proves("seen", probeMarker, "unproven-seen", "look for {{ .Marker }} under expect.contains or expect.match", "seen does not prove that the comment it finds is that of the event")
	for _, op := range Ops {
		r.once(op)
	}
	r.reads()
}

// reads refuses a fix that could change a ticket, or says nothing.
func (r *reader) reads() {
	steps := r.p.Ops["fix"]
	if steps == nil {
		return
	}
	at := &yaml.Node{Line: steps[0].Line, Column: 1}
	if r.p.Ops["find"] == nil {
		r.report(at, "fix-without-find", "remove it, or give the profile a find", "fix reads a ticket, and this profile remembers none")
	}
	captured := false
	for _, s := range steps {
		if !s.Idempotent {
			r.report(&yaml.Node{Line: s.Line, Column: 1}, "writing-fix", "use GET, or `idempotent: true` for a search", "fix has a step that may change the ticket")
		}
		captured = captured || slices.ContainsFunc(s.Expect.Capture, func(c Pair) bool { return c.Name == "fix" })
	}
	if !captured {
		r.report(at, "no-fix", "add `capture: {fix: path}` to a step", "fix captures no text named fix")
	}
}

// once refuses an operation of which a lost answer would leave open which of two
// requests was the last.
func (r *reader) once(op string) {
	first := 0
	for i, s := range r.p.Ops[op] {
		if s.Guarded && (i == 0 || r.p.Ops[op][i-1].Expect.DoneIf == nil) {
			r.report(&yaml.Node{Line: s.Line, Column: 1}, "unguarded", "let the step before it ask, with expect.done_if, whether it was done", "%s has a guarded step that nothing guards", op)
		}
		if s.Idempotent || s.Guarded {
			continue
		}
		if first > 0 {
			r.report(&yaml.Node{Line: s.Line, Column: 1}, "two-effects", "mark those as `idempotent: true` that may be sent again without harm",
				"%s has a second step that must not be sent twice; the first is at line %d", op, first)
		}
		first = s.Line
	}
}

// proves reports an operation whose expectations do not depend on the probe.
func (r *reader) proves(op, probe, code, hint, message string) {
	steps := r.p.Ops[op]
	if steps == nil {
		return
	}
	d := r.sample()
	for _, s := range steps {
		wanted := []*Template{s.Expect.Contains}
		for _, m := range s.Expect.Match {
			wanted = append(wanted, m.Value)
		}
		for _, t := range wanted {
			if text, err := t.Render(d); err == nil && strings.Contains(text, probe) {
				return
			}
		}
	}
	r.report(&yaml.Node{Line: steps[0].Line, Column: 1}, code, hint, "%s", message)
}

// sample is data with everything that a template may name.
func (r *reader) sample() *Data {
	d := &Data{
		ID: probeMarker, FP: probeFP, Marker: probeMarker, Kind: "opened", Title: "t", Text: "t", Log: "l", Severity: "critical",
		V: map[string]string{}, S: map[string]string{}, R: map[string]string{}, P: map[string]string{},
	}
	for _, s := range r.p.Settings {
		d.V[s.Name] = "x"
	}
	for name := range r.p.Severity {
		d.S[name] = "x"
	}
	return d
}

// render fills every template in, in the order in which they will be, so that one
// that names what cannot be there is found now.
func (r *reader) render() {
	d := r.sample()
	try := func(t *Template) {
		if _, err := t.Render(d); err != nil {
			message := err.Error()
			if i := strings.LastIndex(message, ">: "); i >= 0 {
				message = message[i+3:]
			}
			r.report(r.nodes[t], "template", "name a field, a setting of this profile, or what an earlier step captured", "the template cannot be filled in: %s", message)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(r.p.Headers)) {
		try(r.p.Headers[k])
	}
	if r.p.Ops["find"] == nil && r.p.Ops["create"] == nil {
		return
	}
	for _, op := range Ops {
		for _, s := range r.p.Ops[op] {
			r.tryStep(s, try)
			for _, c := range s.Expect.Capture { // each knows those before it
				try(c.Path)
				d.R[c.Name] = "x"
			}
		}
	}
}

func (r *reader) tryStep(s Step, try func(*Template)) {
	for _, t := range []*Template{s.URL, s.Body, s.Expect.Contains} {
		if t != nil {
			try(t)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(s.Headers)) {
		try(s.Headers[k])
	}
	for _, p := range s.Multipart {
		for _, t := range []*Template{p.Filename, p.Content} {
			if t != nil {
				try(t)
			}
		}
	}
	for _, list := range [][]Pair{s.Expect.Match, s.Expect.DoneIf} {
		for _, pair := range list {
			try(pair.Path)
			try(pair.Value)
		}
	}
}
