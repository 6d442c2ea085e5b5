package incident

// Tell numbers a step for a destination. The numbers of a generation count from 1
// without a gap at every destination, whatever it was not told: for the one that
// was told nothing yet, any step is the opening. ok is false for a step that the
// destination has no use for: the end of what it was not told.
func (m *Manager) Tell(step *Step, destination string) (kind Kind, sequence int, ok bool) {
	i := m.all[step.Incident.Fingerprint]
	last, knows := i.Told[destination]
	kind = step.Kind
	switch {
	case last > 0:
	case kind == StepResolved:
		return kind, 0, false
	case knows:
		kind = StepReopened
	default:
		kind = StepOpened
	}
	if i.Told == nil {
		i.Told = map[string]int{}
	}
	i.Told[destination] = last + 1
	m.changed[i.Fingerprint] = i
	return kind, last + 1, true
}

// Knows tells whether the destination was told of the step's generation.
func (m *Manager) Knows(step *Step, destination string) bool {
	return m.all[step.Incident.Fingerprint].Told[destination] > 0
}
