package shipper

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"
)

const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 5 * time.Minute
)

// gate is the circuit breaker of a destination. After a failure it is shut for a
// while that grows; then one delivery may try, and all may when that succeeds. How
// those end that were under way as it was shut is not waited for.
type gate struct {
	log      *slog.Logger
	health   *health
	failures int
	shut     int // how often
	until    time.Time
}

// room returns how many deliveries may be under way that began since it was shut last.
func (g *gate) room(now time.Time, workers int) int {
	switch {
	case now.Before(g.until):
		return 0
	case g.failures > 0:
		return 1
	}
	return workers
}

// failed shuts the gate, unless it was shut since the delivery began, which was when it
// had been shut so often. It tells whether it did.
func (g *gate) failed(shut int, now time.Time, err error) bool {
	if shut < g.shut {
		return false
	}
	d := pause(g.failures, err)
	g.failures, g.shut, g.until = g.failures+1, g.shut+1, now.Add(d)
	g.health.failed(now, g.until, err)
	wait := d.Round(time.Millisecond)
	var denied *Denied
	if errors.As(err, &denied) {
		g.log.Error("the destination is paused: it refuses the credentials; its events stay in the spool", "err", err, "failures", g.failures, "retry_in", wait,
			"remedy", "put the right credentials in place; delivery then goes on by itself")
		return true
	}
	g.log.Warn("cannot deliver; the event stays in the spool", "err", err, "failures", g.failures, "retry_in", wait)
	return true
}

func (g *gate) succeeded() {
	if g.failures > 0 {
		g.log.Info("delivery works again", "failures", g.failures)
	}
	g.failures, g.until = 0, time.Time{}
}

// pause is how long to wait after so many failures before. What an endpoint asks
// for is obeyed up to a cap.
func pause(failures int, err error) time.Duration {
	d := backoff(failures)
	var later *Later
	if errors.As(err, &later) {
		d = max(d, min(later.After, maxBackoff))
	}
	return d
}

// backoff doubles from firstBackoff to maxBackoff, less up to a half at random.
func backoff(failures int) time.Duration {
	d := maxBackoff
	if failures < 10 {
		d = min(firstBackoff<<failures, maxBackoff)
	}
	return d - time.Duration(rand.Int64N(int64(d)/2))
}
