package incident

import "time"

// Add returns a step that tells more about an incident than its opening could:
// evidence that came later. ok is false when that generation is over, unknown or
// muted.
func (m *Manager) Add(fingerprint string, generation int, now time.Time) (step Step, ok bool) {
	i := m.all[fingerprint]
	if i == nil || i.Status != Open || i.Generation != generation || i.MutedBy != "" {
		return Step{}, false
	}
	return m.step(i, StepUpdated, Evidence, now), true
}
