package httpdriver

import "time"

// SetClock replaces time.Now.
func (d *Driver) SetClock(now func() time.Time) { d.now = now }
