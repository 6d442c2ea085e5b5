package agent

import (
	"slices"

	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/yamldoc"
	"github.com/thirdline/thirdline/shipper"
)

// complete says whether the evidence that a rule needs is there: fields of the record
// and diagnostics that came to their end.
func complete(rule *rules.Rule, fields map[string]string, d *debt, s *shipper.Snapshot) {
	if len(rule.Needs) == 0 {
		return
	}
	for _, r := range s.Diagnostics {
		if r.Exit != nil && !slices.Contains(d.Gave, r.Name) {
			d.Gave = append(d.Gave, r.Name)
		}
	}
	for _, need := range rule.Needs {
		runs := slices.ContainsFunc(rule.Snapshot.Run, func(n yamldoc.Text) bool { return n.Value == need.Value })
		switch {
		case need.Value == "host", fields[need.Value] != "", slices.Contains(d.Gave, need.Value):
		case runs && slices.Contains(d.Run, need.Value):
			s.Awaited = append(s.Awaited, need.Value)
		default:
			s.Missing = append(s.Missing, need.Value)
		}
	}
	s.Complete = len(s.Missing)+len(s.Awaited) == 0
}
