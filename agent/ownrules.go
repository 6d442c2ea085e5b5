package agent

import (
	"time"

	"github.com/thirdline/thirdline/agent/incident"
)

// detectOwn opens an incident of a rule of the agent's own, or counts it once more.
func (p *pipeline) detectOwn(rule string, fields map[string]string, now time.Time) {
	p.detected(detected{Detection: incident.Detection{Rule: p.incidents.Rule(rule), Fields: fields}}, nil, now)
}

// endOwn ends the incidents of a rule of the agent's own that have these fields.
func (p *pipeline) endOwn(rule string, fields map[string]string, now time.Time) {
	p.detected(detected{Detection: incident.Detection{Rule: p.incidents.Rule(rule), Fields: fields}, ended: true}, nil, now)
}
