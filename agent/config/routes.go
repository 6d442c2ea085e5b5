package config

import (
	"errors"
	"maps"
	"path"
	"slices"
	"strconv"

	"github.com/thirdline/thirdline/rules/hours"
	"github.com/thirdline/thirdline/rules/yamldoc"
	"github.com/thirdline/thirdline/shipper"
)

// Route is a way that incidents go: to To, when When holds.
type Route struct {
	Pos  yamldoc.Pos  `yaml:",pos"`
	Name yamldoc.Text `yaml:"name"`
	// When chooses the incidents; without it, all.
	When When           `yaml:"when"`
	To   []yamldoc.Text `yaml:"to,required"`
	// Continue lets the routes after this one be asked too.
	Continue bool `yaml:"continue"`
}

// When chooses incidents. Every key that is set must hold.
type When struct {
	Severity    []yamldoc.Text `yaml:"severity"`
	MinSeverity yamldoc.Text   `yaml:"min_severity"`
	Tier        []yamldoc.Text `yaml:"tier"`
	Tags        []string       `yaml:"tags"`
	// Rules are ids, and Labels are of the incident or its host; * is any text.
	Rules  []yamldoc.Text    `yaml:"rules"`
	Labels map[string]string `yaml:"labels"`
	// Known tells whether what mends the problem must be known, or must not be.
	Known *bool          `yaml:"known"`
	Hours []yamldoc.Text `yaml:"hours"`
}

// Routing returns the routes of a checked configuration.
func (c *Config) Routing() *shipper.Routes {
	out := &shipper.Routes{Filters: map[string]shipper.Filter{}}
	for i := range c.Routes {
		r := &c.Routes[i]
		out.List = append(out.List, shipper.Route{Name: r.name(i), Match: r.When.match(), To: values(r.To), Continue: r.Continue})
	}
	if c.Fallback != nil {
		out.Fallback = values(c.Fallback)
	}
	for i := range c.Destinations {
		d := &c.Destinations[i]
		out.Filters[d.Name.Value] = shipper.Filter{Only: d.Only.match(), NoUpdates: d.Updates != nil && !*d.Updates}
	}
	return out
}

// name is how a route is called: by its name, or by its number.
func (r *Route) name(n int) string {
	if r.Name.Value != "" {
		return r.Name.Value
	}
	return "route " + strconv.Itoa(n+1)
}

func (w *When) match() shipper.Match {
	m := shipper.Match{
		Severities: values(w.Severity), MinSeverity: w.MinSeverity.Value, Tiers: values(w.Tier),
		Tags: w.Tags, Rules: values(w.Rules), Labels: w.Labels, Known: w.Known,
	}
	for _, t := range w.Hours {
		if h, err := hours.Parse(t.Value); err == nil { // the check has said so
			m.Hours = append(m.Hours, h)
		}
	}
	return m
}

func values(list []yamldoc.Text) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = t.Value
	}
	return out
}

// routes checks the routes, the fallback, and what destinations take.
func (k *checker) routes() {
	known := map[string]bool{}
	for i := range k.c.Destinations {
		known[k.c.Destinations[i].Name.Value] = true
		k.when(&k.c.Destinations[i].Only)
	}
	used := map[string]bool{}
	names := map[string]int{}
	for i := range k.c.Routes {
		r := &k.c.Routes[i]
		if r.Name.Value != "" {
			k.name(r.Name, "route", names)
		}
		k.when(&r.When)
		k.lead(r.To, r.Pos, "route", known, used)
		if r.When.isEmpty() && !r.Continue && i+1 < len(k.c.Routes) {
			k.d.Report(k.c.Routes[i+1].Pos, "dead-route", "move it up, give the route above a `when`, or `continue: true`", "no incident comes to this route: the one at line %d takes all", r.Pos.Line)
		}
	}
	if k.c.Fallback != nil {
		k.lead(k.c.Fallback, k.c.Pos, "fallback", known, used)
		for i := range k.c.Destinations {
			if name := k.c.Destinations[i].Name; !used[name.Value] && name.Line > 0 {
				k.d.Report(name.Pos, "unused-destination", "name it in a route or in `fallback`", "nothing leads to destination %q", name.Value)
			}
		}
	}
}

// lead checks the destinations that a route or the fallback names.
func (k *checker) lead(to []yamldoc.Text, pos yamldoc.Pos, what string, known, used map[string]bool) {
	if to != nil && len(to) == 0 {
		k.d.Report(pos, "leads-nowhere", "name at least one destination", "this %s leads nowhere", what)
	}
	for _, t := range to {
		used[t.Value] = true
		if !known[t.Value] {
			k.d.OneOf(t, "destination", slices.Sorted(maps.Keys(known))...)
		}
	}
}

func (k *checker) when(w *When) {
	for _, s := range append(slices.Clone(w.Severity), w.MinSeverity) {
		k.d.OneOf(s, "severity", "info", "warning", "error", "critical")
	}
	for _, t := range w.Tier {
		k.d.OneOf(t, "tier", "L1", "L2", "L3")
	}
	for _, glob := range w.Rules {
		if _, err := path.Match(glob.Value, ""); err != nil {
			k.d.Report(glob.Pos, "glob", "escape a literal [ with a backslash", "not a valid glob: %s", glob.Value)
		}
	}
	for _, t := range w.Hours {
		_, err := hours.Parse(t.Value)
		if bad, ok := errors.AsType[*hours.Error](err); ok {
			k.d.Report(t.Pos, "bad-hours", bad.Remedy, "%s", bad.Problem)
		}
	}
}

func (w *When) isEmpty() bool {
	return len(w.Severity)+len(w.Tier)+len(w.Tags)+len(w.Rules)+len(w.Labels)+len(w.Hours) == 0 && w.MinSeverity.Value == "" && w.Known == nil
}
