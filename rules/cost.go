package rules

import (
	"time"

	"github.com/thirdline/thirdline/rules/match"
)

// Cost is what a rule has cost the engine since its Set was made: the records
// that one of its texts pointed at, those it was decided on, and those that held.
type Cost = match.Cost

// Costs returns what each of Rules has cost so far, over all views, its resolve
// clause included. It is four loads a pattern and safe for concurrent use. The
// rule with the most verifications is the expensive one.
func (s *Set) Costs() []Cost {
	costs := make([]Cost, len(s.Rules))
	for p, r := range s.roles {
		c, sum := s.patterns.Cost(p), &costs[r.rule]
		sum.Candidates += c.Candidates
		sum.Verifications += c.Verifications
		sum.Matches += c.Matches
		sum.Took += c.Took
	}
	return costs
}

// Time has the costs measured by a clock that never goes back. It is called before the
// set is used.
func (s *Set) Time(clock func() time.Duration) {
	if s.patterns != nil { // an empty set has none
		s.patterns.Time(clock)
	}
}

// Literals returns the texts that the engine looks for at present in place of the
// rule's match clause; none when the clause is tried on every record.
func (s *Set) Literals(rule int) []string {
	for p, r := range s.roles {
		if r.rule == rule && !r.recovers {
			return s.patterns.Literals(p)
		}
	}
	return nil
}
