package incident

import (
	"maps"
	"slices"
	"time"

	"github.com/thirdline/thirdline/rules"
)

// Recover ends what a recovery record speaks of among the rule's open incidents: the
// keys that agree with every key field that the record gives.
func (m *Manager) Recover(r *rules.Rule, fields map[string]string, at Place, now time.Time) []Step {
	return m.over(Detection{Rule: r, Fields: fields, Place: at}, reasonRecovered, now)
}

// End ends the key in d's fields, of which a condition says that it is over.
func (m *Manager) End(d Detection, now time.Time) []Step { return m.over(d, reasonEnded, now) }

func (m *Manager) over(d Detection, reason string, now time.Time) []Step {
	var steps []Step
	for _, i := range m.spokenOf(d.Rule, d.Fields) {
		if !i.recovers(d.Rule, d.Fields) {
			m.touch(i) // others of its keys go on
			continue
		}
		told := m.end(i, reason, seen(d.Place, now), now)
		if len(told) > 0 && d.Place.Path != "" {
			told[0].Match = &d.Place
		}
		steps = append(steps, told...)
	}
	return steps
}

// spokenOf returns the rule's open incidents that fields may speak of, in the order
// of their fingerprints.
func (m *Manager) spokenOf(r *rules.Rule, fields map[string]string) []*Incident {
	open := m.open[r.ID.Value]
	if m.namesAll(r, fields) {
		values, _ := m.key(r, fields)
		fp := Fingerprint(m.host, r.ID.Value, values)
		if i := open[fp]; i != nil {
			return []*Incident{i}
		}
		if i := m.members[fp].leader; i != nil {
			return []*Incident{i}
		}
		return nil
	}
	out := make([]*Incident, 0, len(open))
	for _, fp := range slices.Sorted(maps.Keys(open)) {
		if open[fp].isSpokenOf(fields) {
			out = append(out, open[fp])
		}
	}
	return out
}

// namesAll tells whether fields give the whole key, so that they speak of one incident
// at most.
func (m *Manager) namesAll(r *rules.Rule, fields map[string]string) bool {
	all := m.withHost(fields)
	for _, k := range r.Key {
		if _, ok := all[k.Value]; !ok {
			return false
		}
	}
	return true
}

// agrees tells whether no field contradicts the key.
func agrees(key, fields map[string]string) bool {
	for name, value := range key {
		if given, ok := fields[name]; ok && given != value {
			return false
		}
	}
	return true
}

// end resolves i, or holds its end back while it is flapping.
func (m *Manager) end(i *Incident, reason string, ended, now time.Time) []Step {
	if m.hold(i, ended) {
		return nil
	}
	return m.resolve(i, reason, ended, now)
}

// resolve ends i and tells so if i was told; then what it muted is told.
func (m *Manager) resolve(i *Incident, reason string, ended, now time.Time) []Step {
	i.Status, i.Ended, i.Reason, i.Held = Resolved, ended, reason, time.Time{}
	delete(m.open[i.Rule], i.Fingerprint)
	m.openCount--
	m.dissolve(i)
	after := m.takeAfter(i)
	var steps []Step
	if i.Sequence > 0 {
		steps = append(steps, m.step(i, StepResolved, reason, now))
		steps[0].After = after
	}
	m.touch(i)
	m.fade.add(i.Fingerprint, ended.Add(m.limits.Keep))
	return append(steps, m.unmute(i, now)...)
}

// update returns a step of an open incident, unless another one mutes it.
func (m *Manager) update(i *Incident, reason string, now time.Time) []Step {
	if i.MutedBy != "" {
		m.touch(i)
		return nil
	}
	return []Step{m.step(i, StepUpdated, reason, now)}
}
