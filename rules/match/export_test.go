package match

// Starve leaves the scanners of s with room for almost no state, and every
// pattern without its literals when all is true.
func (s *Set) Starve(all bool) {
	s.limit = 1 << 10
	if all {
		clear(s.needs)
		s.plan.Store(newPlan(&s.alphabet, s.needs, nil))
	}
}
