package agent

import (
	"context"
	"time"

	"github.com/thirdline/thirdline/agent/incident"
)

// reloadEnded tells how a reload ended by an incident of the agent's own, where that
// is wanted: one refused opens it or counts as one more, one accepted ends it.
func (a *Agent) reloadEnded(ctx context.Context, v *Verdict) {
	if !v.Accepted && !a.options.Reload.Incident {
		return
	}
	err := a.Do(ctx, func(p *pipeline, now time.Time) error {
		if v.Accepted {
			p.rulesTaken(now)
		} else {
			p.detectOwn(incident.ReloadRefused, map[string]string{"said": brief(v.Error)}, now)
		}
		return nil
	})
	if err != nil {
		a.log.Warn("cannot tell by an incident how the reload ended", "err", err)
	}
}

// rulesTaken ends the incident of rules that were refused, in this run or before it.
func (p *pipeline) rulesTaken(now time.Time) {
	p.endOwn(incident.ReloadRefused, nil, now)
}
