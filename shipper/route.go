package shipper

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// Severities are the severities in ascending order.
var severities = []string{"info", "warning", "error", "critical"}

// Match chooses incidents. Every part that is set must hold; the zero Match chooses
// all.
type Match struct {
	// Severities and Tiers are those of which the incident must have one.
	Severities, Tiers []string
	// MinSeverity is the least severity.
	MinSeverity string
	// Tags are those of which the incident's rule must have one.
	Tags []string
	// Rules are ids of which the incident's must be one; * is any text.
	Rules []string
	// Labels are those that the incident or its host must have; * is any text.
	Labels map[string]string
	// Known tells whether what mends the problem must be known, or must not be.
	Known *bool
	// Hours are those of which one must contain the time.
	Hours []Hours
}

// Hours contain times of the week.
type Hours interface {
	Contain(t time.Time) bool
	String() string
}

// Route is a way that incidents go.
type Route struct {
	Name string
	Match
	To []string
	// Continue lets the routes after this one be asked too.
	Continue bool
}

// Filter is what one destination takes of the incidents that routes lead to it.
type Filter struct {
	Only Match
	// NoUpdates leaves out all steps but the opening, the end and the reopening.
	NoUpdates bool
}

// Routes say where incidents go: to the destinations of the first route that chooses
// them, and of those after it as long as each continues; else to Fallback. The zero
// Routes lead everything to every destination.
type Routes struct {
	List     []Route
	Fallback []string // nil is every destination
	Filters  map[string]Filter
}

// Decision is where an incident goes, and why.
type Decision struct {
	// To are the destinations, sorted.
	To []string
	// Trail is what was asked, in order.
	Trail []Asked
}

// Asked is one route or filter that was asked.
type Asked struct {
	// Route is its name; a filter is named by its destination.
	Route, Destination string
	Took               bool
	// Why says what did not hold.
	Why string
	To  []string
}

// Decide says where an incident goes at a time. all are the names of every destination.
func (r *Routes) Decide(i *Incident, at time.Time, all []string) Decision {
	var d Decision
	took := false
	for n := range r.List {
		route := &r.List[n]
		why := route.why(i, at)
		asked := Asked{Route: route.Name, Took: why == "", Why: why}
		if asked.Took {
			asked.To, took = route.To, true
			d.To = append(d.To, route.To...)
		}
		d.Trail = append(d.Trail, asked)
		if asked.Took && !route.Continue {
			break
		}
	}
	if !took {
		if d.To = slices.Clone(r.Fallback); r.Fallback == nil {
			d.To = slices.Clone(all)
		}
		d.Trail = append(d.Trail, Asked{Route: "fallback", Took: true, To: d.To})
	}
	slices.Sort(d.To)
	d.To = slices.DeleteFunc(slices.Compact(d.To), func(name string) bool {
		f, ok := r.Filters[name]
		if !ok {
			return false
		}
		why := f.Only.why(i, at)
		if why != "" {
			d.Trail = append(d.Trail, Asked{Destination: name, Why: why})
		}
		return why != ""
	})
	return d
}

// why says what of m does not hold; nothing when all does.
func (m *Match) why(i *Incident, at time.Time) string {
	switch {
	case len(m.Severities) > 0 && !slices.Contains(m.Severities, i.Severity):
		return fmt.Sprintf("the severity is %s, not %s", i.Severity, either(m.Severities))
	case m.MinSeverity != "" && slices.Index(severities, i.Severity) < slices.Index(severities, m.MinSeverity):
		return fmt.Sprintf("the severity is %s, below %s", i.Severity, m.MinSeverity)
	case len(m.Tiers) > 0 && !slices.Contains(m.Tiers, i.Tier):
		return fmt.Sprintf("the tier is %s, not %s", orNone(i.Tier), either(m.Tiers))
	case len(m.Tags) > 0 && !slices.ContainsFunc(m.Tags, func(t string) bool { return slices.Contains(i.Tags, t) }):
		return fmt.Sprintf("the tags are %s, without %s", orNone(strings.Join(i.Tags, ", ")), either(m.Tags))
	case len(m.Rules) > 0 && !slices.ContainsFunc(m.Rules, func(glob string) bool { return globbed(glob, i.Rule) }):
		return fmt.Sprintf("the rule is %s, not %s", orNone(i.Rule), either(m.Rules))
	case m.Known != nil && *m.Known != (i.LastFix != ""):
		return map[bool]string{true: "what mends it is not known", false: "what mends it is known"}[*m.Known]
	case len(m.Hours) > 0 && !slices.ContainsFunc(m.Hours, func(h Hours) bool { return h.Contain(at) }):
		return fmt.Sprintf("%s is outside %s", at.Format("Mon 15:04 MST"), texts(m.Hours))
	}
	return m.whyLabels(i)
}

func (m *Match) whyLabels(i *Incident) string {
	for _, name := range sorted(m.Labels) {
		value, ok := i.Labels[name]
		if !ok {
			value, ok = i.Host.Labels[name]
		}
		if !ok {
			return fmt.Sprintf("there is no label %s", name)
		}
		if !globbed(m.Labels[name], value) {
			return fmt.Sprintf("the label %s is %s, not %s", name, value, m.Labels[name])
		}
	}
	return ""
}

func globbed(glob, text string) bool {
	ok, err := path.Match(strings.ReplaceAll(glob, "/", "\x00"), strings.ReplaceAll(text, "/", "\x00"))
	return ok && err == nil
}

func sorted(labels map[string]string) []string {
	out := make([]string, 0, len(labels))
	for name := range labels {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func either(list []string) string { return strings.Join(list, " or ") }

func texts(hours []Hours) string {
	out := make([]string, len(hours))
	for n, h := range hours {
		out[n] = h.String()
	}
	return either(out)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
