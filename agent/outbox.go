package agent

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/shipper"
)

// maxRecord is the longest record that is read back, in bytes.
const maxRecord = 1 << 20

// letter is an event on its way to the spool of one destination.
type letter struct {
	destination string
	event       []byte
}

// kind returns how a step is called on the wire and in our own log.
func kind(k incident.Kind) (wire, word string) {
	switch k {
	case incident.StepOpened:
		return shipper.Opened, "opened"
	case incident.StepResolved:
		return shipper.Resolved, "resolved"
	case incident.StepReopened:
		return shipper.Reopened, "reopened"
	}
	return shipper.Updated, "updated"
}

// emit drafts the event of a step, with its context, for every destination that is to
// be told. record is what caused the step, or nil.
func (p *pipeline) emit(step incident.Step, record []byte, now time.Time) {
	d := p.compose(step, record, now)
	to, quiet := p.quiet(&step, &d.data, p.recipients(&step, &d.data, now), now)
	if d.quiet = quiet; quiet != "" {
		p.suppress(p.incidents.Rule(step.Incident.Rule), quiet)
	}
	opening := sync.OnceValue(func() *draft {
		late := p.compose(asOpening(step), nil, now)
		late.again = true
		return late
	})
	for _, destination := range to {
		into := d
		if step.Kind == incident.StepUpdated && !p.incidents.Knows(&step, destination) {
			into = opening()
		}
		if k, sequence, ok := p.incidents.Tell(&step, destination); ok {
			into.to = append(into.to, address{destination, k, sequence})
		}
	}
}

// compose drafts what the event of a step says, and has gathered what lies around it.
func (p *pipeline) compose(step incident.Step, record []byte, now time.Time) *draft {
	rule := p.incidents.Rule(step.Incident.Rule)
	d := &draft{step: step, at: now, data: wireIncident(step, rule, p.host)}
	p.drafts = append(p.drafts, d)
	if p.follower == nil { // without files there is no context
		return d
	}
	if record == nil && step.Match != nil {
		record = p.readBack(step.Match)
	}
	p.snapshot(d, rule, record, now)
	d.data.Watching = p.watchingFor(step, now)
	if d.job != nil {
		p.gatherer.ask(d.job, now)
	}
	return d
}

// asOpening gives a step the record that opened its incident: for a destination that
// was not told of it before.
func asOpening(step incident.Step) incident.Step {
	if at := step.Incident.At; at.Path != "" {
		step.Match = &at
	}
	return step
}

// recipients are the destinations that are to be told of a step: those that the routes
// lead to now, and those that were told of the generation already, to its end.
func (p *pipeline) recipients(step *incident.Step, data *shipper.Incident, now time.Time) (out []string) {
	routes := p.routes
	if routes == nil {
		routes = &shipper.Routes{}
	}
	to := routes.Decide(data, now, p.destinations).To
	ailing := ailingOf(&step.Incident)
	for _, name := range p.destinations {
		if name == ailing {
			continue // it could not take it, or would refuse that, too
		}
		switch knows := p.incidents.Knows(step, name); {
		case !knows && !slices.Contains(to, name):
		case knows && step.Kind == incident.StepUpdated && routes.Filters[name].NoUpdates:
		default:
			out = append(out, name)
		}
	}
	return out
}

// wireIncident is what an event says of a step. rule is nil when it is gone.
func wireIncident(step incident.Step, rule *rules.Rule, host shipper.Host) shipper.Incident {
	i := step.Incident
	if i.Host != host.Name { // the host has another name since
		host = shipper.Host{Name: i.Host}
	}
	out := shipper.Incident{
		Fingerprint: i.Fingerprint, Generation: i.Generation, Previous: previous(&i),
		Status: string(i.Status), Reason: step.Reason, Rule: i.Rule, Title: i.Title, Severity: i.Severity, Tier: i.Tier,
		Host: host, Key: i.Key, Fields: i.Fields, Count: i.Count, Opened: i.Opened.UTC(), LastSeen: i.LastSeen.UTC(),
	}
	if rule != nil {
		out.Owner, out.Runbook, out.Known, out.Labels, out.Tags = rule.Owner, rule.Runbook, rule.Known, rule.Labels, rule.Tags
	}
	out.History = history(&step)
	return out
}

// history is what an event says of the incident's like.
func history(step *incident.Step) shipper.History {
	i := step.Incident
	out := shipper.History{SeenBefore: i.Seen, LastFix: i.Fix, LastFixed: i.Fixed.UTC(), Storm: i.Storm}
	if len(i.Members) > 0 {
		if !i.Storm {
			out.Keys = append(out.Keys, i.Key)
		}
		for _, m := range i.Members {
			out.Keys = append(out.Keys, m.Key)
		}
		out.KeysTotal = len(out.Keys)
		out.Keys = out.Keys[:min(len(out.Keys), shipper.MaxKeys)]
	}
	if s := (shipper.Suppressed{Detections: i.HeldBack, Returns: i.Returns, Muted: i.Muted, MoreRecords: i.Unlisted}); s != (shipper.Suppressed{}) {
		out.Suppressed = &s
	}
	if n := step.Note; n != nil {
		out.Note = &shipper.Note{Time: n.Time.UTC(), By: n.By, Text: n.Text}
	}
	return out
}

// readBack reads the record at a place again; what cannot be read is empty.
func (p *pipeline) readBack(at *incident.Place) []byte {
	file := p.follower.File(at.File)
	if file == nil || at.End <= at.Start || at.End-at.Start > maxRecord {
		return nil
	}
	raw := make([]byte, at.End-at.Start)
	if _, err := file.ReadAt(raw, at.Start); err != nil {
		return nil
	}
	shape := p.sources.shapes[file.Source]
	text, _ := shape.Text(file.Encoding, raw)
	return bytes.TrimRight(text, "\r\n")
}

// previous names the generation before this one.
func previous(i *incident.Incident) string {
	if i.Seen == 0 {
		return ""
	}
	return shipper.LifeID(i.Fingerprint, i.Generation-1)
}

// redactHistory takes secrets out of keys and of what people said, and returns the
// texts.
func (p *pipeline) redactHistory(h *shipper.History, m redact.Manifest) (texts []string) {
	for n, key := range h.Keys {
		h.Keys[n] = p.redactor.Map(key, m)
	}
	h.LastFix = p.redactor.Text(h.LastFix, m)
	if h.Note != nil {
		h.Note.Text = p.redactor.Text(h.Note.Text, m)
		texts = append(texts, h.Note.Text)
	}
	return append(texts, h.LastFix)
}

// fillSteps stores the incidents that changed and the events about them.
func (p *pipeline) fillSteps(b store.Batch) error {
	for _, fp := range p.incidents.Deleted() {
		if err := b.Delete(store.Incidents, fp); err != nil {
			return err
		}
	}
	for fp, i := range p.incidents.Changed() {
		if err := b.Put(store.Incidents, fp, i); err != nil {
			return err
		}
	}
	for _, l := range p.pending {
		if err := b.Enqueue(l.destination, l.event); err != nil {
			return err
		}
	}
	return nil
}
