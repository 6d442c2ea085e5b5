package shipper_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thirdline/thirdline/shipper"
)

// evening are the hours from 18:00.
type evening struct{}

func (evening) Contain(t time.Time) bool { return t.Hour() >= 18 }
func (evening) String() string           { return "18:00-24:00" }

func TestWhereIncidentsGo(t *testing.T) {
	yes, no := true, false
	routes := shipper.Routes{
		List: []shipper.Route{
			{Name: "all", Match: shipper.Match{MinSeverity: "error"}, To: []string{"lake"}, Continue: true},
			{Name: "known", Match: shipper.Match{Known: &yes}, To: []string{"l1"}},
			{Name: "storage", Match: shipper.Match{Tags: []string{"disk", "raid"}, Known: &no}, To: []string{"storage", "pager"}},
			{Name: "night", Match: shipper.Match{Severities: []string{"critical"}, Hours: []shipper.Hours{evening{}}}, To: []string{"pager"}},
			{Name: "site", Match: shipper.Match{Labels: map[string]string{"site": "fra*", "env": "prod"}, Tiers: []string{"L3"}}, To: []string{"fra"}},
			{Name: "app", Match: shipper.Match{Rules: []string{"app-*"}}, To: []string{"app", "pager"}},
		},
		Fallback: []string{"desk"},
		Filters:  map[string]shipper.Filter{"pager": {Only: shipper.Match{MinSeverity: "critical"}}, "app": {}},
	}
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		i     shipper.Incident
		later time.Duration
		want  string
		why   string // somewhere in the trail
	}{
		"nothing takes it":          {shipper.Incident{Severity: "info", Rule: "x"}, 0, "desk", "the severity is info, below error"},
		"a route that continues":    {shipper.Incident{Severity: "error", Rule: "x"}, 0, "lake", "the rule is x, not app-*"},
		"known":                     {shipper.Incident{Severity: "error", Tags: []string{"disk"}, History: shipper.History{LastFix: "f"}}, 0, "l1 lake", ""},
		"the first that takes it":   {shipper.Incident{Severity: "critical", Rule: "app-x", Tags: []string{"raid"}}, 9 * time.Hour, "lake pager storage", "what mends it is not known"},
		"filtered":                  {shipper.Incident{Severity: "error", Tags: []string{"raid"}}, 0, "lake storage", "the severity is error, below critical"},
		"outside its hours":         {shipper.Incident{Severity: "critical"}, 0, "lake", "Tue 12:00 UTC is outside 18:00-24:00"},
		"in its hours":              {shipper.Incident{Severity: "critical"}, 6 * time.Hour, "lake pager", "the tags are none, without disk or raid"},
		"labels of host and rule":   {shipper.Incident{Severity: "info", Tier: "L3", Labels: map[string]string{"env": "prod"}, Host: shipper.Host{Labels: map[string]string{"site": "fra/1"}}}, 0, "fra", ""},
		"another label":             {shipper.Incident{Severity: "info", Tier: "L3", Labels: map[string]string{"env": "prod", "site": "ber1"}}, 0, "desk", "the label site is ber1, not fra*"},
		"a label that is not there": {shipper.Incident{Severity: "info", Tier: "L3"}, 0, "desk", "there is no label env"},
		"another tier":              {shipper.Incident{Severity: "info", Tier: "L1"}, 0, "desk", "the tier is L1, not L3"},
	} {
		d := routes.Decide(&c.i, at.Add(c.later), []string{"app", "desk", "lake", "pager"})
		if got := strings.Join(d.To, " "); got != c.want {
			t.Errorf("%s: goes to %q, want %q", name, got, c.want)
		}
		if !slices.ContainsFunc(d.Trail, func(a shipper.Asked) bool { return a.Why == c.why }) {
			t.Errorf("%s: no %q in %+v", name, c.why, d.Trail)
		}
	}
	d := (&shipper.Routes{}).Decide(&shipper.Incident{}, at, []string{"b", "a"})
	if strings.Join(d.To, " ") != "a b" {
		t.Errorf("without routes: %q", d.To)
	}
}
