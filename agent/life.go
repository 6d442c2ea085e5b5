package agent

import (
	"time"

	"github.com/thirdline/thirdline/agent/incident"
)

// causeOf is the record at a place if it caused the step. The end of one incident can
// be the step of another, which has a record of its own.
func causeOf(step incident.Step, at incident.Place, record []byte) []byte {
	if step.Match == nil || *step.Match != at {
		return nil
	}
	return record
}

// settleGone ends, or else names, the incidents whose rule is not in the set.
func (p *pipeline) settleGone(now time.Time) {
	if p.keepGone {
		for _, i := range p.incidents.Gone() {
			p.log.Warn("the rule of an open incident is gone; it stays open until it is resolved by hand", "rule", i.Rule, "incident", i.Fingerprint)
		}
		return
	}
	for _, step := range p.incidents.SettleGone(now) {
		p.tell(step, nil, now)
	}
}
