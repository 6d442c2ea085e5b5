package config

import (
	"time"

	"github.com/thirdline/thirdline/rules/yamldoc"
)

const maxIncidents = 1_000_000

// Incidents says how the incidents of the host are kept.
type Incidents struct {
	Pos yamldoc.Pos `yaml:",pos"`
	// RuleGone is resolve or keep: what becomes of an open incident whose rule is no
	// longer there. Default resolve.
	RuleGone yamldoc.Text `yaml:"rule_gone"`
	// Open is how many may be open; what comes above joins the storm of its rule.
	Open *int `yaml:"open"`
	// Keep is how long a resolved incident is kept whole; then what is known of its
	// problem is.
	Keep time.Duration `yaml:"keep"`
	// Known is of how many problems that are over anything is kept.
	Known *int `yaml:"known"`
}

func (k *checker) incidents(i *Incidents) {
	k.d.OneOf(i.RuleGone, "rule_gone", "resolve", "keep")
	for _, n := range []struct {
		name string
		is   *int
	}{{"open", i.Open}, {"known", i.Known}} {
		if n.is != nil && (*n.is < 1 || *n.is > maxIncidents) {
			k.d.Report(i.Pos, "bad-limit", "use 1 to 1000000", "incidents.%s is %d", n.name, *n.is)
		}
	}
}
