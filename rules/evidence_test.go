package rules_test

import (
	"testing"
	"time"
)

func TestRelatedLogsAreLookedIntoForAMinuteByDefault(t *testing.T) {
	set := load(t, `
rules:
  - id: a
    title: t
    severity: error
    match: {regex: 'pid (?P<pid>\d+)'}
    snapshot: {related: [{sources: {tags: [kernel]}, by: pid}, {sources: {tags: [audit]}, within: 5s}]}
`)
	related := set.Rules[0].Snapshot.Related
	if related[0].Within != time.Minute || related[0].By.Value != "pid" || related[1].Within != 5*time.Second {
		t.Errorf("related = %+v", related)
	}
}
