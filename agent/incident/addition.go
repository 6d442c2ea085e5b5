package incident

import "time"

// Added is the reason of a step that only tells more.
const Added = "evidence"

// Add returns a step that tells more about an incident than its opening could:
// evidence that came later. ok is false when that generation is over or unknown.
func (m *Manager) Add(fingerprint string, generation int, now time.Time) (step Step, ok bool) {
	i := m.all[fingerprint]
	if i == nil || i.Status != Open || i.Generation != generation {
		return Step{}, false
	}
	return m.step(i, StepUpdated, Added, now), true
}
