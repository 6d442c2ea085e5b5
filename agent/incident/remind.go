package incident

import "time"

// Remind returns the step that tells an open incident as it stands, for the given
// reason; none when it is not open, or another one mutes it.
func (m *Manager) Remind(fingerprint, reason string, now time.Time) []Step {
	i := m.all[fingerprint]
	if i == nil || i.Status != Open {
		return nil
	}
	return m.update(i, reason, now)
}
