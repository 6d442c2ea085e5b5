package incident

import (
	"cmp"
	"slices"
	"time"

	"github.com/thirdline/thirdline/rules"
)

// Limits bound what is kept of incidents.
type Limits struct {
	// Open is how many may be open; what comes above it joins the storm of its rule.
	// Default 10,000.
	Open int
	// Keep is how long a resolved incident is kept whole; then its knowledge is.
	// Default 30 days.
	Keep time.Duration
	// Known is of how many problems that are over anything is kept. Default 20,000.
	Known int
}

// totals is where the store has what belongs to no single incident.
const totals = "totals"

// knowledge is what earlier lives of a problem taught. It outlives the rest.
type knowledge struct {
	// Seen is how many generations there were before this one.
	Seen int `json:",omitempty"`
	// Fix is what mended the last one for which anybody said so, at Fixed.
	Fix   string    `json:",omitempty"`
	Fixed time.Time `json:",omitzero"`
	// FixOf is the generation that it mended.
	FixOf int `json:",omitempty"`
	// Notes are what people said, the last ones.
	Notes []Note `json:",omitempty"`
	// Forgotten tells that nothing else is kept.
	Forgotten bool `json:",omitempty"`
}

// Note is what a person said of an incident.
type Note struct {
	Time time.Time
	By   string `json:",omitempty"`
	Text string
}

// tier is whom the incident is for: a problem whose fix is known may be for another.
func tier(i *Incident, r *rules.Rule) string {
	if i.Fix != "" && r.KnownTier.Value != "" {
		return r.KnownTier.Value
	}
	return r.Tier.Value
}

// Bound sets the limits; zero ones are the defaults.
func (m *Manager) Bound(l Limits) {
	m.limits = Limits{
		Open: cmp.Or(l.Open, 10_000), Keep: cmp.Or(l.Keep, 30*24*time.Hour), Known: cmp.Or(l.Known, 20_000),
	}
}

// forget keeps only the knowledge of incidents that were resolved long ago, and of
// the oldest not even that when there are too many.
func (m *Manager) forget(now time.Time) {
	for _, fp := range m.fade.take(now) {
		i := m.all[fp]
		if i == nil || i.Status != Resolved {
			continue
		}
		if keep := i.Ended.Add(m.limits.Keep); now.Before(keep) {
			m.fade.add(fp, keep)
			continue
		}
		*i = Incident{
			Fingerprint: fp, Rule: i.Rule, Status: Resolved, Generation: i.Generation, Ended: i.Ended, First: i.First,
			flapping: i.flapping, knowledge: i.knowledge,
		}
		i.Forgotten, i.Notes = true, nil
		m.changed[fp] = i
	}
	if len(m.all)-m.openCount > m.limits.Known {
		m.drop()
	}
}

// drop deletes a tenth of what is over: first what nobody knows a fix of, the oldest
// first. A problem that comes again begins above every generation that was dropped,
// so that no id is given twice.
func (m *Manager) drop() {
	var over []*Incident
	for _, i := range m.all {
		if i.Status == Resolved {
			over = append(over, i)
		}
	}
	slices.SortFunc(over, func(a, b *Incident) int {
		if known := a.Fix != ""; known != (b.Fix != "") {
			return map[bool]int{true: 1, false: -1}[known]
		}
		return cmp.Or(a.Ended.Compare(b.Ended), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	for _, i := range over[:len(over)-m.limits.Known*9/10] {
		m.floor = max(m.floor, i.Generation)
		delete(m.all, i.Fingerprint)
		delete(m.changed, i.Fingerprint)
		m.deleted = append(m.deleted, i.Fingerprint)
	}
	m.changed[totals] = &Incident{Generation: m.floor}
}
