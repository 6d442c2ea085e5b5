package incident

// Tally returns the number of open incidents by rule, and of all that are known.
func (m *Manager) Tally() (open map[string]int, known int) {
	open = map[string]int{}
	for rule, of := range m.open {
		open[rule] = len(of)
	}
	return open, len(m.all)
}
