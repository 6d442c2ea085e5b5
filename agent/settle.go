package agent

import (
	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/shipper"
)

// settle makes an event fit to be stored and sent, without secrets and not too large.
func (p *pipeline) settle(step incident.Step, data *shipper.Incident) {
	p.redact(data)
	if data.Snapshot != nil {
		p.evidence.trimmer.trim(data.Snapshot, step.Incident.Opened)
	}
}
