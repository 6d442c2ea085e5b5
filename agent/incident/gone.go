package incident

import (
	"cmp"
	"slices"
	"time"
)

// Gone returns the open incidents whose rule is not in the set: nobody looks any more
// whether they go on.
func (m *Manager) Gone() []*Incident {
	return m.each(func(i *Incident) bool { return m.rules[i.Rule] == nil })
}

// SettleGone resolves what Gone returns.
func (m *Manager) SettleGone(now time.Time) []Step {
	var steps []Step
	for _, i := range m.Gone() {
		steps = append(steps, m.resolve(i, reasonRuleGone, now, now)...)
	}
	return steps
}

// Lost tells that a source has no log any more, or has one again. Its incidents
// then say so; while there is none, no quiet time ends them.
func (m *Manager) Lost(source string, lost bool, now time.Time) []Step {
	var steps []Step
	for _, i := range m.each(func(i *Incident) bool { return i.At.Source == source && i.Lost.IsZero() == lost }) {
		reason := reasonSourceLost
		if lost {
			i.Lost = now
		} else {
			i.Lost, i.Back, reason = time.Time{}, now, reasonSourceBack
		}
		steps = append(steps, m.update(i, reason, now)...)
	}
	return steps
}

// each returns the open incidents that are chosen, in the order of their opening.
func (m *Manager) each(chosen func(*Incident) bool) []*Incident {
	var out []*Incident
	for _, open := range m.open {
		for _, i := range open {
			if chosen(i) {
				out = append(out, i)
			}
		}
	}
	slices.SortFunc(out, func(a, b *Incident) int {
		return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	return out
}

// before tells whether i opened before other.
func (i *Incident) before(other *Incident) bool {
	return cmp.Or(i.Opened.Compare(other.Opened), cmp.Compare(i.Fingerprint, other.Fingerprint)) < 0
}
