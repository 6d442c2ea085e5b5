package shipper

import "time"

// SetClock replaces time.Now.
func (s *Shipper) SetClock(now func() time.Time) { s.now = now }
