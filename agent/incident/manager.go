package incident

import (
	"maps"
	"time"

	"github.com/thirdline/thirdline/rules"
)

// evidenceWait is how long the records after a match are waited for.
const evidenceWait = 3 * time.Second

// Manager holds the incidents of a host. It is not safe for concurrent use.
type Manager struct {
	host    string
	rules   map[string]*rules.Rule
	all     map[string]*Incident
	open    map[string]map[string]*Incident // rule -> fingerprint
	changed map[string]*Incident
	waiting map[string]*Incident // their evidence is still to come
	due     queue                // what Tick looks at
	quiet   queue                // what Expire looks at
	fade    queue                // resolved ones that Tick forgets

	limits    Limits
	floor     int // no generation that was forgotten is higher
	openCount int
	deleted   []string               // since Saved
	members   map[string]place       // by fingerprint
	groups    map[string]*Incident   // the last that opened, by rule
	openings  map[string][]time.Time // the last ones, by rule
	mutes     map[string][]mute      // by the rule that mutes
	mutedBy   map[string][]mute      // by the rule that is muted
}

// NewManager returns a manager over the stored incidents.
func NewManager(host string, set *rules.Set, stored map[string]Incident) *Manager {
	m := &Manager{
		host: host, all: map[string]*Incident{}, open: map[string]map[string]*Incident{}, fade: newQueue(),
		changed: map[string]*Incident{}, waiting: map[string]*Incident{}, members: map[string]place{},
	}
	m.Bound(Limits{})
	for fp, i := range stored {
		if fp == totals {
			m.floor = i.Generation
			continue
		}
		m.all[fp] = &i
		if i.Status == Open {
			m.index(&i)
		} else if !i.Forgotten {
			m.fade.add(fp, i.Ended.Add(m.limits.Keep))
		}
	}
	m.Reload(set)
	return m
}

// Reload puts another set of rules in place. An incident whose rule is no longer
// in it rests until SettleGone or a hand ends it.
func (m *Manager) Reload(set *rules.Set) {
	m.rules = map[string]*rules.Rule{}
	all := withOwn(set.Rules)
	for _, r := range all {
		m.rules[r.ID.Value] = r
	}
	m.due, m.quiet = newQueue(), newQueue()
	m.groups, m.openings = map[string]*Incident{}, map[string][]time.Time{}
	m.relate(all)
	for _, i := range m.all {
		if r := m.rules[i.Rule]; r != nil {
			m.countOpening(i, r)
		}
		if i.Status == Open {
			m.lead(i)
			m.wakeFor(i)
		}
	}
}

// Rule returns the rule with this id, or nil.
func (m *Manager) Rule(id string) *rules.Rule { return m.rules[id] }

func (m *Manager) index(i *Incident) {
	if m.open[i.Rule] == nil {
		m.open[i.Rule] = map[string]*Incident{}
	}
	m.open[i.Rule][i.Fingerprint] = i
	m.openCount++
	for n := range i.Members {
		m.members[i.Members[n].Fingerprint] = place{i, n}
	}
	if i.After != nil {
		m.waiting[i.Fingerprint] = i
	}
}

// seen is when a record was written, or else when it was read.
func seen(at Place, now time.Time) time.Time {
	if at.Time.IsZero() {
		return now
	}
	return at.Time
}

// Detect folds a detection into its incident, and returns the step if it opens or
// reopens one that is told.
func (m *Manager) Detect(d Detection, now time.Time) (Step, bool) {
	r, when := d.Rule, seen(d.Place, now)
	values, key := m.key(r, d.Fields)
	fp := Fingerprint(m.host, r.ID.Value, values)
	i := m.all[fp]
	if i == nil || i.Status != Open {
		if leader := m.leader(r, fp, when); leader != nil {
			m.join(leader, fp, key)
			i = leader
		}
	}
	if i != nil && i.Status == Open {
		m.again(i, d, fp, when)
		return Step{}, false
	}
	title := r.RenderTitle(m.withHost(d.Fields))
	storm, own := !m.reopens(i, r, when) && m.tooMany(r, when), fp
	if storm {
		own = m.stormOf(r)
		if i = m.all[own]; i != nil && i.Status == Open {
			m.join(i, fp, key)
			m.again(i, d, "", when)
			return Step{}, false
		}
		title = stormTitle(r)
	}
	i = m.begin(i, r, own, when)
	i.Title, i.At, i.Count, i.HeldBack = title, d.Place, max(d.Count, 1), d.Held
	if storm {
		i.Storm = true
		m.join(i, fp, key)
	} else {
		i.Key, i.Fields = key, d.Fields
		m.lead(i)
	}
	if !i.Reopened {
		m.countOpening(i, r)
	}
	return m.tellOpening(i, r, now)
}

// again counts a detection for an open incident. own is the fingerprint of its key.
func (m *Manager) again(i *Incident, d Detection, own string, when time.Time) {
	i.Count += max(d.Count, 1)
	i.HeldBack += d.Held
	if own == i.Fingerprint {
		i.Over = false
	}
	if when.After(i.LastSeen) {
		i.LastSeen = when
	}
	i.comesBack(when)
	m.touch(i)
}

// reopens tells whether a match now continues the last generation of i.
func (m *Manager) reopens(i *Incident, r *rules.Rule, when time.Time) bool {
	return i != nil && when.Sub(i.Ended) <= r.ReopenWithin()
}

// begin starts the next generation of i, or the first of a new incident where i is nil.
func (m *Manager) begin(i *Incident, r *rules.Rule, fp string, when time.Time) *Incident {
	if i == nil {
		i = &Incident{Fingerprint: fp, Generation: m.floor, knowledge: knowledge{Seen: -1}}
		m.all[fp] = i
	}
	next := Incident{
		Fingerprint: i.Fingerprint, Host: m.host, Rule: r.ID.Value, Severity: r.Severity.Value, Status: Open, Generation: i.Generation + 1,
		First: when, Opened: when, LastSeen: when, knowledge: i.knowledge,
	}
	next.Seen++
	next.Forgotten = false
	next.Tier = tier(&next, r)
	if i.Rule != "" && m.reopens(i, r, when) {
		next.Reopened, next.First, next.Told = true, i.First, i.Told
		for d := range next.Told {
			next.Told[d] = 0
		}
		next.Flaps = flaps(i, r, when)
	}
	*i = next
	m.index(i)
	return i
}

// tellOpening returns the first step of a generation, unless another incident mutes it.
func (m *Manager) tellOpening(i *Incident, r *rules.Rule, now time.Time) (Step, bool) {
	m.mute(i, r)
	if i.MutedBy != "" {
		m.touch(i)
		return Step{}, false
	}
	hasRecord := i.At.Path != ""
	if hasRecord && r.After() > 0 {
		i.After = &After{Place: i.At, Records: r.After(), Deadline: now.Add(evidenceWait)}
		m.waiting[i.Fingerprint] = i
	}
	step := m.step(i, i.opening(), "", now)
	if hasRecord {
		step.Match = &step.Incident.At
	}
	return step, true
}

// opening is the kind of the first step that is told of the generation.
func (i *Incident) opening() Kind {
	if i.Reopened {
		return StepReopened
	}
	return StepOpened
}

func (m *Manager) withHost(fields map[string]string) map[string]string {
	out := map[string]string{"host": m.host}
	maps.Copy(out, fields)
	return out
}

// key returns the values of the rule's key, in order and by name. A field that
// the record did not give counts as empty.
func (m *Manager) key(r *rules.Rule, fields map[string]string) ([]string, map[string]string) {
	if len(r.Key) == 0 {
		return nil, nil
	}
	all := m.withHost(fields)
	values, named := make([]string, len(r.Key)), map[string]string{}
	for n, k := range r.Key {
		values[n] = all[k.Value]
		named[k.Value] = values[n]
	}
	return values, named
}

// step counts a step of i that is worth an event.
func (m *Manager) step(i *Incident, kind Kind, reason string, now time.Time) Step {
	i.Sequence++
	i.Reported, i.Listed, i.LastEvent = i.Count, len(i.Members), now
	m.touch(i)
	return Step{Kind: kind, Reason: reason, Incident: *i}
}

// Changed returns the incidents that differ from what was stored.
func (m *Manager) Changed() map[string]*Incident { return m.changed }

// Deleted returns the fingerprints of incidents that are no longer kept at all.
func (m *Manager) Deleted() []string { return m.deleted }

// Saved tells that what Changed and Deleted returned is durable.
func (m *Manager) Saved() { m.changed, m.deleted = map[string]*Incident{}, nil }
