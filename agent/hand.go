package agent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/thirdline/thirdline/agent/control"
	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/shipper"
)

// IncidentInfo is an incident as `incidents` shows it.
type IncidentInfo struct {
	shipper.Incident
	Ended time.Time `json:"ended,omitzero"`
	// MutedBy is the fingerprint of the incident during which nothing is told of this
	// one.
	MutedBy string `json:"muted_by,omitempty"`
	// GoodSince is set while it is flapping and its end is held back.
	GoodSince time.Time `json:"good_since,omitzero"`
	// SourceLost is since when there is no log to judge by.
	SourceLost time.Time `json:"source_lost,omitzero"`
	// RuleGone tells that nobody looks for its end any more.
	RuleGone bool            `json:"rule_gone,omitempty"`
	Notes    []shipper.Note  `json:"notes,omitempty"`
	Place    *IncidentRecord `json:"record,omitempty"`
	// Told is the number of the last event that each destination was given.
	Told map[string]int `json:"told,omitempty"`
}

// IncidentRecord is where the record lies that opened an incident.
type IncidentRecord struct {
	Source string `json:"source"`
	File   string `json:"file"`
	Offset int64  `json:"offset"`
}

// IncidentFilter chooses incidents; what is empty chooses all.
type IncidentFilter struct {
	// Statuses are open, resolved and muted; a muted one is open too.
	Statuses, Severities, Rules, Tiers []string
}

// Hand is what a person asks to be done to an incident.
type Hand struct {
	// By is who asks, Note what he says, and Fix what mended the problem.
	By   string `json:"by,omitempty"`
	Note string `json:"note,omitempty"`
	Fix  string `json:"fix,omitempty"`
}

// hands answers what people ask of incidents. do runs a function on the pipeline and
// makes durable what it changed; look runs one that changes nothing.
type hands struct {
	do, look func(context.Context, func(*pipeline, time.Time) error) error
}

// routes registers the handlers.
func (h hands) routes(mux *http.ServeMux) {
	mux.Handle("GET /incidents", control.Handler(h.list))
	mux.Handle("GET /incidents/{id}", control.Handler(h.show))
	mux.Handle("POST /incidents/{id}/resolve", h.change((*incident.Manager).ResolveByHand))
	mux.Handle("POST /incidents/{id}/reopen", h.change(func(m *incident.Manager, i *incident.Incident, _ string, now time.Time) ([]incident.Step, error) {
		return m.ReopenByHand(i, now)
	}))
	mux.Handle("POST /incidents/{id}/note", h.change(func(*incident.Manager, *incident.Incident, string, time.Time) ([]incident.Step, error) {
		return nil, nil
	}))
}

func (h hands) list(ctx context.Context, r *http.Request, _ struct{}) (any, error) {
	q := r.URL.Query()
	f := IncidentFilter{Statuses: q["status"], Severities: q["severity"], Rules: q["rule"], Tiers: q["tier"]}
	out := []IncidentInfo{}
	err := h.look(ctx, func(p *pipeline, _ time.Time) error {
		for _, i := range p.incidents.All() {
			if f.takes(&i) {
				out = append(out, p.info(&i))
			}
		}
		return nil
	})
	return out, err
}

func (f *IncidentFilter) takes(i *incident.Incident) bool {
	in := func(list []string, is string) bool { return len(list) == 0 || slices.Contains(list, is) }
	status := in(f.Statuses, string(i.Status)) || i.MutedBy != "" && slices.Contains(f.Statuses, "muted")
	return status && in(f.Severities, i.Severity) && in(f.Rules, i.Rule) && in(f.Tiers, i.Tier)
}

func (h hands) show(ctx context.Context, r *http.Request, _ struct{}) (any, error) {
	var out IncidentInfo
	err := h.look(ctx, func(p *pipeline, _ time.Time) error {
		i, err := p.find(r)
		if err == nil {
			out = p.info(i)
		}
		return err
	})
	return out, err
}

// change is the handler of what changes an incident; a note that is given is told
// first.
func (h hands) change(f func(*incident.Manager, *incident.Incident, string, time.Time) ([]incident.Step, error)) http.Handler {
	return control.Handler(func(ctx context.Context, r *http.Request, in Hand) (any, error) {
		var out IncidentInfo
		err := h.do(ctx, func(p *pipeline, now time.Time) error {
			i, err := p.find(r)
			if err != nil {
				return err
			}
			if strings.TrimSpace(in.Note) != "" {
				for _, step := range p.incidents.Annotate(i, in.By, in.Note, now) {
					p.tell(step, nil, now)
				}
			}
			steps, err := f(p.incidents, i, in.Fix, now)
			if err != nil {
				return control.Failf(http.StatusConflict, "%s: %v", shortPrint(i.Fingerprint), err)
			}
			for _, step := range steps {
				p.tell(step, nil, now)
			}
			out = p.info(i)
			return nil
		})
		return out, err
	})
}

// find returns the incident that a request is about.
func (p *pipeline) find(r *http.Request) (*incident.Incident, error) {
	i, err := p.incidents.Find(r.PathValue("id"))
	switch {
	case errors.Is(err, incident.ErrAmbiguous):
		return nil, control.Failf(http.StatusConflict, "%v", err)
	case err != nil:
		return nil, control.Failf(http.StatusNotFound, "%v", err)
	}
	return i, nil
}

// info is an incident as people are shown it.
func (p *pipeline) info(i *incident.Incident) IncidentInfo {
	rule := p.incidents.Rule(i.Rule)
	out := IncidentInfo{
		Incident: wireIncident(incident.Step{Reason: i.Reason, Incident: *i}, rule, p.host), Ended: i.Ended, MutedBy: i.MutedBy,
		GoodSince: i.Held, SourceLost: i.Lost, RuleGone: rule == nil, Told: map[string]int{},
	}
	out.Sequence = i.Sequence
	for name, n := range i.Told {
		out.Told[name] = n
	}
	for _, n := range i.Notes {
		out.Notes = append(out.Notes, shipper.Note{Time: n.Time.UTC(), By: n.By, Text: n.Text})
	}
	if i.At.Path != "" {
		out.Place = &IncidentRecord{Source: i.At.Source, File: i.At.Path, Offset: i.At.Start}
	}
	return out
}

// shortPrint is enough of a fingerprint for people.
func shortPrint(fingerprint string) string { return fmt.Sprintf("%.8s", fingerprint) }
