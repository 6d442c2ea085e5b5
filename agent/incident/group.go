package incident

import (
	"fmt"
	"slices"
	"time"

	"github.com/thirdline/thirdline/rules"
)

// maxMembers is how many other keys an incident remembers.
const maxMembers = 1000

// group is what an incident knows of other keys that joined it: siblings that came
// within the rule's group_wait, or what came above the rule's storm.
type group struct {
	Members []member `json:",omitempty"`
	Listed  int      `json:",omitempty"` // members that the last event told
	// Unlisted counts the records of keys that found no place in Members.
	Unlisted int64 `json:",omitempty"`
	// Over tells that the incident's own key has recovered.
	Over bool `json:",omitempty"`
	// Storm tells that this is what came above the rule's storm; it has no key.
	Storm bool `json:",omitempty"`
}

// member is another key of an incident.
type member struct {
	Fingerprint string
	Key         map[string]string
	Over        bool `json:",omitempty"`
}

// hasSiblings tells that keys joined that no event has told. Those of a storm are told
// when its count is.
func (i *Incident) hasSiblings() bool { return !i.Storm && len(i.Members) > i.Listed }

// place is where a member stands.
type place struct {
	leader *Incident
	at     int
}

// leader returns the open incident that a key without one of its own belongs to, or
// nil.
func (m *Manager) leader(r *rules.Rule, fp string, when time.Time) *Incident {
	if at, ok := m.members[fp]; ok {
		return at.leader
	}
	wait := r.Incident.GroupWait
	if i := m.groups[r.ID.Value]; wait > 0 && i != nil && i.Status == Open && when.Before(i.Opened.Add(wait)) {
		return i
	}
	return nil
}

// join makes a key a member of an open incident.
func (m *Manager) join(i *Incident, fp string, key map[string]string) {
	if at, ok := m.members[fp]; ok {
		i.Members[at.at].Over = false
		return
	}
	if len(i.Members) == maxMembers {
		i.Unlisted++
		return
	}
	m.members[fp] = place{i, len(i.Members)}
	i.Members = append(i.Members, member{Fingerprint: fp, Key: key})
}

// dissolve frees the members of an incident that is over.
func (m *Manager) dissolve(i *Incident) {
	for _, member := range i.Members {
		delete(m.members, member.Fingerprint)
	}
	if m.groups[i.Rule] == i {
		delete(m.groups, i.Rule)
	}
}

// isSpokenOf tells whether a key of i agrees with fields.
func (i *Incident) isSpokenOf(fields map[string]string) bool {
	return !i.Storm && agrees(i.Key, fields) || slices.ContainsFunc(i.Members, func(m member) bool { return agrees(m.Key, fields) })
}

// recovers notes which keys of i have recovered, and tells whether all have. Fields
// that name no key speak of all.
func (i *Incident) recovers(r *rules.Rule, fields map[string]string) bool {
	if !namesAny(r, fields) {
		return true
	}
	i.Over = i.Over || i.Storm || agrees(i.Key, fields)
	all := i.Over && i.Unlisted == 0
	for n := range i.Members {
		member := &i.Members[n]
		member.Over = member.Over || agrees(member.Key, fields)
		all = all && member.Over
	}
	return all
}

func namesAny(r *rules.Rule, fields map[string]string) bool {
	for _, k := range r.Key {
		if _, ok := fields[k.Value]; ok {
			return true
		}
	}
	return false
}

// lead makes an incident the one that others may join, if none opened after it.
func (m *Manager) lead(i *Incident) {
	if last := m.groups[i.Rule]; !i.Storm && (last == nil || !i.Opened.Before(last.Opened)) {
		m.groups[i.Rule] = i
	}
}

// countOpening counts an incident towards the storm of its rule.
func (m *Manager) countOpening(i *Incident, r *rules.Rule) {
	if i.Storm {
		return
	}
	above, _ := r.Storm()
	times := m.openings[i.Rule]
	n, _ := slices.BinarySearchFunc(times, i.First, time.Time.Compare)
	times = slices.Insert(times, n, i.First)
	m.openings[i.Rule] = times[max(0, len(times)-above):]
}

// tooMany tells whether one more incident of the rule would be above its storm, or
// above what the host may have open.
func (m *Manager) tooMany(r *rules.Rule, when time.Time) bool {
	above, within := r.Storm()
	last := m.openings[r.ID.Value]
	return m.openCount >= m.limits.Open || len(last) >= above && last[len(last)-above].After(when.Add(-within))
}

// stormOf is the fingerprint of what comes above the rule's storm. No key has as many
// values.
func (m *Manager) stormOf(r *rules.Rule) string {
	return Fingerprint(m.host, r.ID.Value, append(make([]string, len(r.Key)), "storm"))
}

func stormTitle(r *rules.Rule) string {
	above, within := r.Storm()
	return fmt.Sprintf("%s: more than %d problems in %s", r.ID.Value, above, short(within))
}

// short writes a duration without its zeros.
func short(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.String()
}
