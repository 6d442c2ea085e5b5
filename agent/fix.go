package agent

import (
	"context"
	"time"

	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/shipper"
)

// learnFrom keeps what people say in the tickets of a destination that mended a
// problem. It is stored as it may be told: without secrets.
func (a *Agent) learnFrom(destination string) func(context.Context, shipper.Fix) error {
	return func(ctx context.Context, f shipper.Fix) error {
		return a.Do(ctx, func(p *pipeline, now time.Time) error {
			text := p.redactor.Text(f.Text, redact.Manifest{})
			if p.incidents.LearnOf(f.Fingerprint, f.Generation, text, now) {
				a.log.Info("a ticket says what mended the problem", "destination", destination, "incident", f.Fingerprint, "generation", f.Generation)
			}
			return nil
		})
	}
}
