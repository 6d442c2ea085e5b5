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
	beside  []tail.Source // read only for context
	pace    pace
	changes changes
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
	// Gave are the diagnostics that came to their end.
	Gave []string `json:",omitempty"`
}

func newEvidence(s *store.Store, beside []tail.Source, o Changed) (e evidence, err error) {
	e = evidence{beside: beside, owed: map[string]*debt{}, dirty: map[string]bool{}}
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

// snapshot is the context of a step; nil where there is none.
func (p *pipeline) snapshot(step incident.Step, rule *rules.Rule, record []byte, now time.Time) *shipper.Snapshot {
	s := p.records(step, rule, record, now)
	fp := step.Incident.Fingerprint
	switch d := p.evidence.owed[fp]; {
	case rule == nil:
	case step.Kind == incident.StepOpened || step.Kind == incident.StepReopened:
		if s == nil {
			s = &shipper.Snapshot{} // no record opened it: one that did not come did
		}
		d = p.open(step, rule, s, now)
		complete(rule, step.Incident.Fields, d, s)
		p.owe(fp, d.left())
	case d != nil && (step.Kind == incident.StepResolved || step.Reason == incident.Evidence):
		if s == nil {
			s = &shipper.Snapshot{File: d.Path, Offset: d.Start}
		}
		p.pay(d, rule, s, step.Kind == incident.StepResolved, now)
		complete(rule, step.Incident.Fields, d, s)
		p.owe(fp, d.left())
	}
	return s
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

// open takes the evidence that is there when an incident opens, and returns what is
// to come.
func (p *pipeline) open(step incident.Step, rule *rules.Rule, s *shipper.Snapshot, now time.Time) *debt {
	d := &debt{Rule: rule.ID.Value, Generation: step.Incident.Generation, At: now, Fields: step.Incident.Fields, Told: map[string]int64{}}
	if m := step.Match; m != nil {
		d.File, d.Path, d.Start = m.File, m.Path, m.Start
		if !m.Time.IsZero() {
			d.At = m.Time
		}
	}
	p.tellChanges(s, d.At, now)
	for _, name := range rule.Snapshot.Run {
		d.Run = append(d.Run, name.Value)
	}
	p.startDiagnostics(step.Incident.Fingerprint, d, now)
	related := rule.Snapshot.Related
	if len(related) == 0 {
		return d
	}
	s.Related = p.related(related, d.search(d.At, now), notes(s))
	for _, r := range related {
		if end := d.At.Add(r.Within); end.After(now) && end.After(d.Related) {
			d.Related = end
		}
	}
	return d // without Related where all of it lay in the past: a backlog
}

// search looks around the match, nearest to at.
func (d *debt) search(at, now time.Time) search {
	return search{match: d.At, at: at, now: now, fields: d.Fields, file: d.File, told: d.Told}
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
	return !d.Related.IsZero() && !now.Before(d.Related) || len(d.Run) > 0 && len(d.got) == len(d.Run)
}

// pay adds what is there by now of a debt. With over, nothing can be waited for.
func (p *pipeline) pay(d *debt, rule *rules.Rule, s *shipper.Snapshot, over bool, now time.Time) {
	if !d.Related.IsZero() && (over || !now.Before(d.Related)) {
		s.Related = p.related(rule.Snapshot.Related, d.search(now, now), notes(s))
		d.Related = time.Time{}
	}
	if len(d.Run) > 0 && (over || len(d.got) == len(d.Run)) {
		s.Diagnostics = d.results()
		d.Run, d.got = nil, nil
	}
}

// left returns what is still owed; nil when nothing is.
func (d *debt) left() *debt {
	if d.Related.IsZero() && len(d.Run) == 0 {
		return nil
	}
	return d
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
