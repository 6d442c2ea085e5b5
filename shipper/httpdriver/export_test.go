package httpdriver

import (
	"context"
	"time"
)

// SetClock replaces time.Now.
func (d *Driver) SetClock(now func() time.Time) { d.now = now }

// Looks tells how often the ticket of an incident was looked at, and in how long it is
// next; 0 is never.
func (d *Driver) Looks(fp string) (n int, next time.Duration) {
	rec, err := d.peek(fp)
	if err != nil || rec.Look.IsZero() {
		return 0, 0
	}
	return rec.Looks, rec.Look.Sub(d.now()).Round(time.Second)
}

// Look looks at the ticket of an incident.
func (d *Driver) Look(ctx context.Context, fp string) { d.look(ctx, fp) }
