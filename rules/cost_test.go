package rules_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/rules"
)

func TestCostsCountBothClausesOfARule(t *testing.T) {
	set := load(t, `rules:
  - id: disk
    title: disk
    severity: error
    tier: L2
    match: {regex: 'disk failing: \d+'}
    incident: {resolve: {on: {contains: disk replaced}}}
  - id: any
    title: any
    severity: info
    tier: L1
    match: {regex: '.'}
`)
	set.View(rules.Source{Any: true}).Scan([]byte("disk failing: 7\ndisk failing: no\ndisk replaced\nquiet\n"), nil)
	got := set.Costs()
	if got[0].Matches != 2 || got[0].Verifications < 2 || got[0].Verifications > 6 {
		t.Errorf("cost of the rule with texts: %+v", got[0])
	}
	if diff := cmp.Diff(rules.Cost{Verifications: 4, Matches: 4}, got[1]); diff != "" {
		t.Errorf("cost of the rule without (-want +got):\n%s", diff)
	}
	if len(set.Literals(0)) == 0 || len(set.Literals(1)) != 0 {
		t.Errorf("literals %q and %q", set.Literals(0), set.Literals(1))
	}
}
