package rules

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/thirdline/thirdline/rules/hours"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// Hours are parts of the week, one text or a list of them, each as [hours.Parse]
// reads it. A moment is in them when it is in one of them.
type Hours struct {
	yamldoc.Pos
	texts []yamldoc.Text
	spans []hours.Hours
}

// DecodeYAML implements [yamldoc.Value].
func (h *Hours) DecodeYAML(d *yamldoc.Document, n yamldoc.Node) {
	h.Pos = n.Pos()
	if n.IsScalar() {
		h.texts = make([]yamldoc.Text, 1)
		n.Into(d, &h.texts[0])
		return
	}
	n.Into(d, &h.texts)
}

// JSONSchema implements [yamldoc.Described].
func (*Hours) JSONSchema(of func(any) any) any { return of(Values{}) }

// Contains reports whether t is in the hours.
func (h Hours) Contains(t time.Time) bool {
	return slices.ContainsFunc(h.spans, func(s hours.Hours) bool { return s.Contain(t) })
}

// read makes the hours from their texts, and reports what is wrong with them.
func (h *Hours) read(d *yamldoc.Document) {
	for _, t := range h.texts {
		span, err := hours.Parse(t.Value)
		if bad, ok := errors.AsType[*hours.Error](err); ok {
			d.Report(t.Pos, "bad-hours", bad.Remedy, "%s", bad.Problem)
		}
		h.spans = append(h.spans, span)
	}
}

// hours checks that the file has the hours that are named.
func (r *resolver) hours(names []yamldoc.Text) []Hours {
	var out []Hours
	for _, t := range names {
		if _, ok := r.doc.Hours[t.Value]; !ok {
			r.unknown(t, "hours", slices.Sorted(maps.Keys(r.doc.Hours)))
			continue
		}
		out = append(out, r.doc.Hours[t.Value])
	}
	return out
}

// readHours makes the file's hours ready.
func (r *resolver) readHours() {
	for _, name := range slices.Sorted(maps.Keys(r.doc.Hours)) {
		h := r.doc.Hours[name]
		h.read(r.d)
		r.doc.Hours[name] = h
		if h.texts != nil && len(h.texts) == 0 { // nil is no list, which was said
			r.d.Report(h.Pos, "empty-list", "name some, such as 'mon-fri 09:00-17:00 Europe/Berlin'", "hours %q are empty", name)
		}
	}
}

// Quiet returns why nothing of the rule is sent at a time; "" when it is. What
// happens then is recorded all the same.
func (r *Rule) Quiet(at time.Time) string {
	if r.Observes() {
		return "the rule observes"
	}
	for n, h := range r.mute {
		if h.Contains(at) {
			return "muted: " + r.Mute[n].Value
		}
	}
	if len(r.active) > 0 && !slices.ContainsFunc(r.active, func(h Hours) bool { return h.Contains(at) }) {
		return "outside of its active hours"
	}
	return ""
}

const observe = "observe"

// Observes reports whether the rule lives and sends nothing.
func (r *Rule) Observes() bool { return r.Mode.Value == observe }

// Sends says in words when the rule sends anything; nothing where it always does.
func (r *Rule) Sends() string {
	var parts []string
	if r.Enabled != nil && !*r.Enabled {
		return "nothing: it is switched off"
	}
	if r.Observes() {
		return "nothing: it observes"
	}
	if len(r.Active) > 0 {
		parts = append(parts, "in the hours "+names(r.Active)+" only")
	}
	if len(r.Mute) > 0 {
		parts = append(parts, "not in the hours "+names(r.Mute))
	}
	return strings.Join(parts, ", and ")
}

func names(list []yamldoc.Text) string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = t.Value
	}
	return strings.Join(out, ", ")
}
