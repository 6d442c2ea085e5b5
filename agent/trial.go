package agent

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/agent/silence"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/condition"
)

// Trial is what a record does to one clause of a rule.
type Trial struct {
	Rule string `json:"rule"`
	// Line is the record's number, from 0.
	Line int `json:"line"`
	// Clause is where the clause stands, such as match or toggle.close.
	Clause string            `json:"clause"`
	Key    map[string]string `json:"key,omitempty"`
	// Counts says how far the rule's condition over time has come with the record.
	Counts string `json:"counts,omitempty"`
	// Then says what comes of it.
	Then string `json:"then"`
	// To are the destinations that are told, NotSent is why others, or all, are not.
	To      []string `json:"to,omitempty"`
	NotSent []string `json:"not_sent,omitempty"`
}

// TrialRequest asks a running agent to try lines.
type TrialRequest struct {
	Lines []string `json:"lines"`
}

// Trials tries records, one after the other, on what rules have counted, what is
// open and what is silenced. Nothing of that is changed, and nothing is sent. It is
// not safe for concurrent use.
type Trials struct {
	p *pipeline
	// routed tells that the destinations are known.
	routed bool
}

// NewTrials returns trials on the state in a store; without one, on an empty state.
// Of the options the host (default: that of the stored incidents), the rules, the names of the backends, the routes, the
// store and the redactor count.
func NewTrials(o Options) (*Trials, error) {
	p := &pipeline{
		Looker: Looker{set: o.Rules, sources: sources{clocks: map[string]*record.Clock{}}}, host: o.Host, destinations: slices.Sorted(maps.Keys(o.Backends)), routes: o.Routes, redactor: o.Redact,
		skewed: map[string]int64{}, log: slog.New(slog.DiscardHandler), book: silence.NewBook(nil),
	}
	if p.redactor == nil {
		p.redactor = redact.New(redact.NewKey(), redact.Internal)
	}
	var incidents map[string]incident.Incident
	var conditions map[string]condition.Saved
	if o.Store != nil {
		var err error
		if incidents, err = store.Load[incident.Incident](o.Store, store.Incidents); err != nil {
			return nil, fmt.Errorf("read incidents: %w", err)
		}
		if conditions, err = store.Load[condition.Saved](o.Store, store.Conditions); err != nil {
			return nil, fmt.Errorf("read conditions: %w", err)
		}
		if p.book, err = newBook(o.Store); err != nil {
			return nil, err
		}
	}
	if p.host.Name == "" { // as its incidents call it
		for _, i := range incidents {
			p.host.Name = i.Host
		}
	}
	p.incidents = incident.NewManager(p.host.Name, o.Rules, incidents)
	p.incidents.Bound(o.Limits)
	p.incidents.Saved()
	var err error
	p.detect, err = newDetector(o.Rules, p.host.Name, conditions)
	return &Trials{p, len(o.Backends) > 0}, err
}

// Try tries one more record. It is taken to arrive now; a time of its own is used as
// ever.
func (t *Trials) Try(n int, line string, now time.Time) (out []Trial) {
	p := t.p
	text := []byte(line + "\n")
	whole := text[:len(line)]
	for _, m := range p.set.View(rules.Source{Any: true}).Scan(text, nil) {
		rule := p.set.Rules[m.Rule]
		at := incident.Place{Path: "the line", Start: int64(n), End: int64(n) + 1, Time: p.written("", now, whole)}
		gives := given{set: p.set, redactor: p.redactor, match: m, line: whole, record: whole}
		trial := Trial{Rule: rule.ID.Value, Line: n, Clause: p.set.Clause(m)}
		_, trial.Key = p.incidents.Key(rule, gives.fields())
		switch {
		case m.Recovers:
			t.recover(&trial, rule, &gives, at, now)
		default:
			t.observe(&trial, m, &gives, at, now)
		}
		out = append(out, trial)
	}
	return out
}

// recover says which incidents the record ends.
func (t *Trials) recover(trial *Trial, rule *rules.Rule, gives *given, at incident.Place, now time.Time) {
	for _, step := range t.p.incidents.Recover(rule, gives.fields(), at, now) {
		t.told(trial, step, now)
	}
	if trial.Then == "" {
		trial.Then = "ends nothing: no incident is open that it speaks of"
	}
}

// observe folds the record into the rule's condition, and says what that comes to.
func (t *Trials) observe(trial *Trial, m rules.Match, gives *given, at incident.Place, now time.Time) {
	w := &t.p.detect.rules[m.Rule]
	var was condition.Progress
	if w.table != nil {
		was = w.table.Progress(t.p.detect.keyOf(m, gives.fields()))
	}
	found := t.p.detect.observe(m, gives.fields, at, now)
	trial.Then = "counts; nothing yet"
	if w.table != nil {
		is := w.table.Progress(slices.Clone(w.key))
		trial.Counts = is.Words
		switch silent := "the rule is silent until " + is.Until.UTC().Format(time.RFC3339); {
		case m.Part == condition.Cancel:
			trial.Then = "starts the condition anew"
		case is.Held > was.Held:
			trial.Then = "is one too many, and held back: " + silent
		case is.Until.After(seenAt(at, now)):
			trial.Then += "; " + silent
		}
	}
	if len(found) > 0 {
		trial.Then = ""
	}
	for _, d := range found {
		if d.ended {
			for _, step := range t.p.incidents.End(d.Detection, now) {
				t.told(trial, step, now)
			}
			continue
		}
		t.detected(trial, d, now)
	}
}

func seenAt(at incident.Place, now time.Time) time.Time {
	if at.Time.IsZero() {
		return now
	}
	return at.Time
}

// detected says what becomes of a detection.
func (t *Trials) detected(trial *Trial, d detected, now time.Time) {
	before := map[string]incident.Incident{}
	for _, i := range t.p.incidents.All() {
		before[i.Fingerprint] = i
	}
	step, ok := t.p.incidents.Detect(d.Detection, now)
	if ok {
		t.told(trial, step, now)
		t.p.incidents.Saved()
		return
	}
	for fp, i := range t.p.incidents.Changed() {
		was, known := before[fp]
		switch {
		case i.Rule != d.Rule.ID.Value:
		case i.MutedBy != "" && (!known || was.Status != incident.Open):
			trial.Then = "opens an incident: " + i.Title
			trial.NotSent = append(trial.NotSent, "muted while incident "+shortPrint(i.MutedBy)+" is open")
		case len(i.Members) > len(was.Members):
			trial.Then = "joins incident " + shortPrint(fp) + ", which is told of new keys together"
		default:
			trial.Then = "counts in incident " + shortPrint(fp) + ", which is open and is told again with its next update"
		}
	}
	t.p.incidents.Saved()
}

// told says to whom a step goes, and why not to others.
func (t *Trials) told(trial *Trial, step incident.Step, now time.Time) {
	_, word := kind(step.Kind)
	verb := map[string]string{"opened": "opens an incident: ", "reopened": "reopens an incident: ", "resolved": "ends an incident: ", "updated": "updates an incident: "}
	data := wireIncident(step, t.p.incidents.Rule(step.Incident.Rule), t.p.host)
	if trial.Then != "" {
		trial.Then += ", and "
	}
	trial.Then += verb[word] + data.Title
	to := t.p.recipients(&step, &data, now)
	rest, why := t.p.quiet(&step, &data, to, now)
	for _, name := range rest {
		if !slices.Contains(trial.To, name) {
			trial.To = append(trial.To, name)
		}
	}
	switch {
	case why != "":
		trial.NotSent = append(trial.NotSent, why)
	case t.routed && len(to) == 0:
		trial.NotSent = append(trial.NotSent, "no route leads it anywhere; `thirdline route test` says why")
	}
}

// trials answers a request on what is committed.
func (a *Agent) trials(ctx context.Context, _ *http.Request, in TrialRequest) (any, error) {
	out := []Trial{}
	err := a.look(ctx, func(p *pipeline, now time.Time) error {
		o := a.options
		o.Rules, o.Routes, o.Redact = p.set, p.routes, p.redactor
		t, err := NewTrials(o)
		if err != nil {
			return err
		}
		for n, line := range in.Lines {
			out = append(out, t.Try(n, line, now)...)
		}
		return nil
	})
	return out, err
}
