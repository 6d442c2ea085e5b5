package tail

import "time"

// WithoutSweeps puts off the sweeps of the clock, so that only what asks for one has
// one.
func (f *Follower) WithoutSweeps() { f.swept = time.Now().Add(time.Hour) }
