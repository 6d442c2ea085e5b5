package agent

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/snapshot"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/shipper"
)

// maxDrafts is how many events may wait for what lies around their matches: each has
// its snapshot in memory.
const maxDrafts = 128

// draft is an event that may still be waiting for what lies around its match. What
// the pipeline knew when the step happened stands in it already; until it is whole
// nothing is committed, so that a crash reads the record again.
type draft struct {
	step  incident.Step
	data  shipper.Incident
	at    time.Time
	to    []address
	quiet string     // why others are not told
	debt  *debt      // of the incident; nil where nothing is owed
	job   *gathering // nil where nothing is waited for
	again bool       // told in another way to those who do not know the incident
}

// address is a destination, and the kind and number that the event has there.
type address struct {
	destination string
	kind        incident.Kind
	sequence    int
}

// want returns what the draft wants to know of its surroundings, to be added to.
func (d *draft) want(p *pipeline) *gathering {
	if d.job == nil {
		d.job = &gathering{sources: &p.sources}
	}
	return d.job
}

// number has a line of a log numbered. It closes the log.
func (d *draft) number(p *pipeline, log *tail.Log, offset int64, tell func(*shipper.Snapshot, int64)) {
	w := d.want(p)
	w.lines = append(w.lines, lineNumber{log: log, offset: offset, tell: tell})
}

// numberIn has a line of a followed file numbered, where that can be had cheaply.
func (d *draft) numberIn(p *pipeline, file *tail.File, offset int64, tell func(*shipper.Snapshot, int64)) {
	if log, err := file.Log(); err == nil {
		d.number(p, log, offset, tell)
	}
}

// isGathering tells that an event waits for what lies around its match.
func (p *pipeline) isGathering(now time.Time) bool { return now.Before(p.gatheredBy()) }

// gatheredBy is when the first draft that waits does so no longer; zero where none
// waits, or too many do.
func (p *pipeline) gatheredBy() (at time.Time) {
	if len(p.drafts) >= maxDrafts {
		return at
	}
	for _, d := range p.drafts {
		if d.job != nil && !d.job.isDone() && (at.IsZero() || d.job.deadline.Before(at)) {
			at = d.job.deadline
		}
	}
	return at
}

// finish makes events of the drafts. What is not there when a draft has waited long
// enough is owed to its incident.
func (p *pipeline) finish() {
	for _, d := range p.drafts {
		if d.job != nil {
			d.job.await()
			if d.job.isDone() {
				d.job.addAround(d.data.Snapshot)
				d.job.addTo(d.data.Snapshot, d.debt)
			} else {
				p.postpone(d)
			}
		}
		p.settle(d.step, &d.data)
		if !d.again {
			p.remember(d)
			p.say(d)
		}
		p.address(d)
	}
	p.drafts = nil
}

// say logs a step, with what there is to say of it.
func (p *pipeline) say(d *draft) {
	_, word := kind(d.step.Kind)
	attrs := []any{
		"rule", d.data.Rule, "title", d.data.Title, "count", d.data.Count,
		"incident", d.data.Fingerprint, "generation", d.data.Generation, "destinations", len(d.to),
	}
	for _, a := range [][2]string{{"reason", d.step.Reason}, {"quiet", d.quiet}} {
		if a[1] != "" {
			attrs = append(attrs, a[0], a[1])
		}
	}
	p.log.Info("incident "+word, attrs...) //nolint:sloglint // four words
}

// addAround adds to a snapshot of the match's own file which lines it holds, and what
// lay in the file before it.
func (j *gathering) addAround(s *shipper.Snapshot) {
	for _, n := range j.lines {
		n.tell(s, n.answer)
	}
	j.packed.addTo(s)
}

// addTo adds what was found to a snapshot, and notes in the debt what was told.
func (j *gathering) addTo(s *shipper.Snapshot, owed *debt) {
	f := &j.found
	if f.facts != nil {
		s.Facts = f.facts
	}
	if f.changed != nil {
		s.Changed = f.changed
	}
	if f.left > 0 {
		trimmed(s, "changed", f.left)
	}
	s.Related = append(s.Related, f.related...)
	s.Notes = append(s.Notes, f.notes...)
	if owed != nil {
		maps.Copy(owed.Told, j.search.told)
	}
}

// postpone lets an event go without what is still being gathered; it follows.
func (p *pipeline) postpone(d *draft) {
	switch s := d.data.Snapshot; {
	case !d.job.isEvidence(): // only the number of a line
	case d.debt == nil || d.step.Kind == incident.StepResolved:
		s.Notes = append(s.Notes, fmt.Sprintf("facts and other logs: left out, they took longer than %v", gatherWithin))
	default:
		s.Notes = append(s.Notes, fmt.Sprintf("facts and other logs: they took longer than %v and follow", gatherWithin))
		d.debt.Late, d.debt.late = true, append(d.debt.late, d.job)
		p.owe(d.data.Fingerprint, d.debt)
	}
}

// address leaves the event of a draft pending for each destination.
func (p *pipeline) address(d *draft) {
	for _, to := range d.to {
		d.data.Sequence = to.sequence
		wire, _ := kind(to.kind)
		event := shipper.NewEvent(wire, d.at, d.data)
		encoded, err := json.Marshal(event)
		if err != nil { // every field is text, a number or a time
			p.log.Error("cannot encode event", "event", event.ID, "err", err)
			continue
		}
		p.pending = append(p.pending, letter{to.destination, encoded})
	}
}

// earlier reads up to n records from the end of the log that was rotated away. Where
// that is compressed by now, it is left to the gatherer.
func (p *pipeline) earlier(d *draft, file *tail.File, n int) error {
	log, err := p.follower.Earlier(file)
	if err != nil || log == nil {
		return err
	}
	if log.Packed {
		d.want(p).packed = &packed{log: log, shape: p.sources.shapes[file.Source], n: n}
		return nil
	}
	side, err := snapshot.Before(log, file.Encoding, log.Size, n)
	if err != nil || len(side.Offsets) == 0 {
		_ = log.Close() // it was only read
		return err
	}
	side.Lines = p.show(file, side.Lines)
	d.number(p, log, side.Offsets[0], p.place(d.data.Snapshot, log.Path, log.Identity.String(), side))
	return nil
}
