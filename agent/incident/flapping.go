package incident

import (
	"time"

	"github.com/thirdline/thirdline/rules"
)

// maxCalm is where calm grows no further.
const maxCalm = 24 * time.Hour

// flapping is what an incident knows of ends that did not last.
type flapping struct {
	// Flaps is how often in a row the problem came back within its calm; each
	// doubles it.
	Flaps int `json:",omitempty"`
	// Held is since when it is good while its end is held back; zero when it is not.
	Held time.Time `json:",omitzero"`
	// Returns counts the ends of this generation that were held back and did not last.
	Returns int64 `json:",omitempty"`
	// HeldBack counts the detections that the rule's own cooldown held back.
	HeldBack int64 `json:",omitempty"`
}

// calm is for how long i must be good before it is over.
func calm(i *Incident, r *rules.Rule) time.Duration {
	d := r.Incident.Calm
	if i.Flaps == 0 || d == 0 {
		return 0
	}
	for n := 1; n < i.Flaps && d < maxCalm; n++ {
		d *= 2
	}
	return min(d, max(maxCalm, r.Incident.Calm))
}

// flaps is the count for a problem that came back at when.
func flaps(i *Incident, r *rules.Rule, when time.Time) int {
	if d := r.Incident.Calm; d == 0 || when.Sub(i.Ended) > max(d, calm(i, r)) {
		return 0
	}
	return i.Flaps + 1
}

// hold keeps i open though it is good, and tells whether it did.
func (m *Manager) hold(i *Incident, since time.Time) bool {
	r := m.rules[i.Rule]
	if r == nil || calm(i, r) == 0 {
		return false
	}
	if i.Held.IsZero() {
		i.Held = since
	}
	m.touch(i)
	return true
}

// comesBack notes a match while the end was held back.
func (i *Incident) comesBack(when time.Time) {
	if !i.Held.IsZero() && !when.Before(i.Held) {
		i.Held = time.Time{}
		i.Flaps++
		i.Returns++
	}
}
