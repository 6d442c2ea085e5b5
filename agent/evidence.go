package agent

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/thirdline/thirdline/agent/diagnostic"
	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/shipper"
)

// evidence is what an event tells beside the records around its match, and what is
// still to come of it.
type evidence struct {
	changes *changes
	runner  *diagnostic.Runner
	trimmer *trimmer
	texts   ruleTexts
	past    []told
	owed    map[string]*debt // fingerprint -> what an open incident is owed
	dirty   map[string]bool  // fingerprints whose debt is not durable
}

// debt is the evidence that an open incident is still owed. It is stored with the
// incident, so that a restart pays it.
type debt struct {
	Rule       string
	Generation int
	// At is when the match was written, File where; Fields are what it told.
	At     time.Time
	File   tail.Identity
	Path   string
	Start  int64
	Fields map[string]string `json:",omitempty"`
	// Related is when the records that other logs had after the match are read; zero
	// when that is done, or not asked for. Told is how far each log has been told.
	Related time.Time        `json:",omitzero"`
	Told    map[string]int64 `json:",omitempty"`
	// Run are the diagnostics whose results are still to come, by name; got are those
	// that came. A restart runs all of Run again.
	Run []string `json:",omitempty"`
	got []shipper.Diagnostic
	// Late tells that what lies around the match was not there when the event went; late
	// is what gathers it. A restart gathers it anew.
	Late bool `json:",omitempty"`
	late []*gathering
	// Gave are the diagnostics that came to their end.
	Gave []string `json:",omitempty"`
}

func newEvidence(s *store.Store, o Changed) (e evidence, err error) {
	e = evidence{owed: map[string]*debt{}, dirty: map[string]bool{}}
	if e.changes, err = newChanges(s, o); err != nil {
		return e, err
	}
	stored, err := store.Load[debt](s, store.Debts)
	for fp, d := range stored {
		if d.Told == nil {
			d.Told = map[string]int64{}
		}
		e.owed[fp] = &d
	}
	return e, err
}

// snapshot begins the context of a draft's step.
func (p *pipeline) snapshot(d *draft, rule *rules.Rule, record []byte, now time.Time) {
	p.records(d, rule, record)
	step, fp := &d.step, d.step.Incident.Fingerprint
	owed := p.evidence.owed[fp]
	d.debt = owed
	switch s := d.data.Snapshot; {
	case rule == nil:
	case step.Kind == incident.StepOpened || step.Kind == incident.StepReopened:
		if s == nil { // no record opened it: one that did not come did
			s = &shipper.Snapshot{}
			d.data.Snapshot = s
		}
		d.debt = p.open(d, rule, now)
		complete(rule, step.Incident.Fields, d.debt, s)
		p.owe(fp, d.debt.left())
	case owed != nil && (step.Kind == incident.StepResolved || step.Reason == incident.Evidence):
		if s == nil {
			s = &shipper.Snapshot{File: owed.Path, Offset: owed.Start}
			d.data.Snapshot = s
		}
		p.pay(d, rule, step.Kind == incident.StepResolved, now)
		complete(rule, step.Incident.Fields, owed, s)
		p.owe(fp, owed.left())
	}
}

// owe notes what an incident is owed from now on; nil is nothing.
func (p *pipeline) owe(fp string, d *debt) {
	if d == nil && p.evidence.owed[fp] == nil {
		return
	}
	p.evidence.owed[fp], p.evidence.dirty[fp] = d, true
	if d == nil {
		delete(p.evidence.owed, fp)
	}
}

// open asks for the evidence that is there when an incident opens, and returns what
// is to come.
func (p *pipeline) open(dr *draft, rule *rules.Rule, now time.Time) *debt {
	step := &dr.step
	d := &debt{Rule: rule.ID.Value, Generation: step.Incident.Generation, At: now, Fields: step.Incident.Fields, Told: map[string]int64{}}
	if m := step.Match; m != nil {
		d.File, d.Path, d.Start = m.File, m.Path, m.Start
		if !m.Time.IsZero() {
			d.At = m.Time
		}
	}
	want := dr.want(p)
	want.changed = d.At
	for _, name := range rule.Snapshot.Run {
		d.Run = append(d.Run, name.Value)
	}
	p.startDiagnostics(step.Incident.Fingerprint, d, now)
	p.relate(want, rule, d, d.At, now)
	for _, r := range rule.Snapshot.Related {
		if end := d.At.Add(r.Within); end.After(now) && end.After(d.Related) {
			d.Related = end
		}
	}
	return d // without Related where all of it lay in the past: a backlog
}

// relate asks for the records of other logs that a rule wants, nearest to at.
func (p *pipeline) relate(want *gathering, rule *rules.Rule, d *debt, at, now time.Time) {
	list := rule.Snapshot.Related
	if len(list) == 0 {
		return
	}
	want.related = list
	want.search = search{match: d.At, at: at, now: now, fields: d.Fields, file: d.File, told: maps.Clone(d.Told)}
	var widest time.Duration
	for _, r := range list {
		widest = max(widest, r.Within)
	}
	var left int
	want.held, left = p.follower.Held(func(source, path string) bool {
		return slices.ContainsFunc(list, func(r rules.Related) bool {
			return r.Sources.Selects(rules.Source{Path: path, Tags: p.sources.tags[source]})
		})
	}, d.At.Add(-widest), relatedLogs)
	want.search.left = left
}

// notes returns a function that says in a snapshot what could not be had.
func notes(s *shipper.Snapshot) func(string, ...any) {
	return func(format string, args ...any) { s.Notes = append(s.Notes, fmt.Sprintf(format, args...)) }
}

// trimmed counts what was left out of a list of a snapshot.
func trimmed(s *shipper.Snapshot, list string, n int) {
	if s.Trimmed == nil {
		s.Trimmed = map[string]int{}
	}
	s.Trimmed[list] += n
}

// due reports whether some of the debt can be paid.
func (d *debt) due(now time.Time) bool {
	return !d.Related.IsZero() && !now.Before(d.Related) || len(d.Run) > 0 && len(d.got) == len(d.Run) || d.hasCome()
}

// hasCome tells that all that came too late for its event is there now.
func (d *debt) hasCome() bool {
	return d.Late && len(d.late) > 0 && !slices.ContainsFunc(d.late, func(j *gathering) bool { return !j.isDone() })
}

// pay adds what is there by now of a debt. With over, nothing can be waited for.
func (p *pipeline) pay(dr *draft, rule *rules.Rule, over bool, now time.Time) {
	d, s := dr.debt, dr.data.Snapshot
	if d.hasCome() {
		for _, j := range d.late {
			if s.File == d.Path && s.Offset == d.Start { // not where another record ended it
				j.addAround(s)
			}
			j.addTo(s, d)
		}
		d.Late, d.late = false, nil
	} else if d.Late && over {
		notes(s)("facts and other logs: left out, the incident was over before they were there")
		d.Late, d.late = false, nil
	}
	if !d.Related.IsZero() && (over || !now.Before(d.Related)) {
		p.relate(dr.want(p), rule, d, now, now)
		d.Related = time.Time{}
	}
	if len(d.Run) > 0 && (over || len(d.got) == len(d.Run)) {
		s.Diagnostics = d.results()
		d.Run, d.got = nil, nil
	}
}

// left returns what is still owed; nil when nothing is.
func (d *debt) left() *debt {
	if d.Related.IsZero() && len(d.Run) == 0 && !d.Late {
		return nil
	}
	return d
}

// gatherAgain asks anew for what the last run of the agent did not come to.
func (p *pipeline) gatherAgain(now time.Time) {
	for _, d := range p.evidence.owed {
		rule := p.incidents.Rule(d.Rule)
		if !d.Late || rule == nil {
			continue
		}
		j := &gathering{sources: &p.sources, about: about(d.Path, d.Fields), changed: d.At}
		p.relate(j, rule, d, d.At, now)
		p.gatherer.ask(j, now)
		d.late = []*gathering{j}
	}
}

// payDebts sends the evidence that has come since an incident opened.
func (p *pipeline) payDebts(now time.Time) {
	if len(p.evidence.owed) == 0 {
		return
	}
	p.takeResults()
	for _, fp := range slices.Sorted(maps.Keys(p.evidence.owed)) {
		d := p.evidence.owed[fp]
		if !d.due(now) {
			continue
		}
		step, ok := incident.Step{}, false
		if p.incidents.Rule(d.Rule) != nil {
			step, ok = p.incidents.Add(fp, d.Generation, now)
		}
		if !ok { // the rule or the incident is gone
			p.owe(fp, nil)
			continue
		}
		p.tell(step, nil, now)
	}
}

// evidenceDue returns when payDebts has something to do next; ok is false for never.
// A diagnostic that ends wakes the pipeline by itself.
func (p *pipeline) evidenceDue() (at time.Time, ok bool) {
	for _, d := range p.evidence.owed {
		if !d.Related.IsZero() && (!ok || d.Related.Before(at)) {
			at, ok = d.Related, true
		}
	}
	return at, ok
}

// fillEvidence writes what changed of the debts.
func (p *pipeline) fillEvidence(b store.Batch) error {
	for fp := range p.evidence.dirty {
		var err error
		if d := p.evidence.owed[fp]; d != nil {
			err = b.Put(store.Debts, fp, d)
		} else {
			err = b.Delete(store.Debts, fp)
		}
		if err != nil {
			return err
		}
	}
	for _, t := range p.evidence.past {
		if err := b.Remember(t.incident, t.event); err != nil {
			return err
		}
	}
	return p.evidence.changes.fill(b)
}

// saved tells that what fillEvidence wrote is durable.
func (e *evidence) saved() {
	clear(e.dirty)
	e.past = nil
	e.changes.saved()
}
