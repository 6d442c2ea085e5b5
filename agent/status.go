package agent

import (
	"context"
	"net/http"
	"time"
)

// Status is what a running agent says of itself.
type Status struct {
	Started time.Time `json:"started"`
	Rules   int       `json:"rules"`
	Files   int       `json:"files"`
	// Unread bytes of the files that are followed.
	Unread int64 `json:"unread_bytes"`
}

// status answers GET /status.
func (a *Agent) status(ctx context.Context, _ *http.Request, _ struct{}) (any, error) {
	s := Status{Started: a.started}
	err := a.Do(ctx, func(p *pipeline, now time.Time) error {
		s.Rules = len(p.set.Rules)
		for _, lag := range p.follower.Lags(now) {
			s.Files, s.Unread = s.Files+lag.Files, s.Unread+lag.Bytes
		}
		return nil
	})
	return s, err
}
