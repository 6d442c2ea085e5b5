package incident

import (
	"slices"
	"time"

	"github.com/thirdline/thirdline/rules"
)

// muting is what an incident knows of others that it mutes or that mute it.
type muting struct {
	// MutedBy is the fingerprint of the incident during which nothing is told of this
	// one.
	MutedBy string `json:",omitempty"`
	// Muted counts the incidents that this one muted.
	Muted int64 `json:",omitempty"`
}

// mute is one rule that mutes another.
type mute struct {
	by, of string
	equal  []string // fields
}

// relate finds which rules mute which.
func (m *Manager) relate(all []*rules.Rule) {
	m.mutes, m.mutedBy = map[string][]mute{}, map[string][]mute{}
	for _, by := range all {
		for n := range by.Inhibit {
			equal := make([]string, len(by.Inhibit[n].Equal))
			for i, field := range by.Inhibit[n].Equal {
				equal[i] = field.Value
			}
			for _, of := range all {
				if by.Inhibit[n].Selects(by, of) {
					x := mute{by.ID.Value, of.ID.Value, equal}
					m.mutes[x.by] = append(m.mutes[x.by], x)
					m.mutedBy[x.of] = append(m.mutedBy[x.of], x)
				}
			}
		}
	}
}

// holds tells whether the two incidents have the fields alike.
func (x mute) holds(by, of *Incident) bool {
	return !slices.ContainsFunc(x.equal, func(name string) bool {
		a, ok := by.field(name)
		b, too := of.field(name)
		return name != "host" && (!ok || !too || a != b)
	})
}

func (i *Incident) field(name string) (string, bool) {
	if v, ok := i.Key[name]; ok {
		return v, true
	}
	v, ok := i.Fields[name]
	return v, ok
}

// mute finds what mutes an incident that opens, or else what it mutes itself. One
// that is muted mutes nothing.
func (m *Manager) mute(i *Incident, r *rules.Rule) {
	if by := m.inhibitor(i); by != nil {
		m.silence(by, i)
		return
	}
	for _, x := range m.mutes[r.ID.Value] {
		for _, of := range m.open[x.of] {
			if of.MutedBy == "" && x.holds(i, of) {
				m.silence(i, of)
			}
		}
	}
}

// inhibitor returns the open incident that mutes i, the one that opened first, or nil.
func (m *Manager) inhibitor(i *Incident) (first *Incident) {
	for _, x := range m.mutedBy[i.Rule] {
		for _, by := range m.open[x.by] {
			if by.MutedBy == "" && x.holds(by, i) && (first == nil || by.before(first)) {
				first = by
			}
		}
	}
	return first
}

func (m *Manager) silence(by, of *Incident) {
	of.MutedBy = by.Fingerprint
	by.Muted++
	m.takeAfter(of)
	m.touch(of)
	m.touch(by)
}

// unmute tells of the incidents that i muted, now that it is over.
func (m *Manager) unmute(i *Incident, now time.Time) []Step {
	if i.Muted == 0 {
		return nil
	}
	var steps []Step
	for _, of := range m.each(func(of *Incident) bool { return of.MutedBy == i.Fingerprint }) {
		if by := m.inhibitor(of); by != nil {
			m.silence(by, of)
			continue
		}
		of.MutedBy = ""
		kind := StepUpdated
		if of.Sequence == 0 {
			kind = of.opening()
		}
		step := m.step(of, kind, reasonUnmuted, now)
		if kind != StepUpdated && of.At.Path != "" {
			step.Match = &step.Incident.At
		}
		steps = append(steps, step)
	}
	return steps
}
