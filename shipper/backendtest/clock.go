package backendtest

import (
	"sync"
	"time"
	"unsafe"
)

// Clock is a clock whose wall time jumps while its monotonic time goes on, as when
// somebody sets the time of a host. It is safe for concurrent use.
type Clock struct {
	mu             sync.Mutex
	base           time.Time // with a monotonic part
	first          time.Time // when it was first looked at
	passed, jumped time.Duration
}

// NewClock returns a clock that shows the time as it is. It is called outside of a
// synctest bubble, whose times have no monotonic part, and may be used within one.
func NewClock() *Clock { return &Clock{base: time.Now()} }

// Pass lets time go by.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.passed += d
}

// Jump sets the wall clock forward, or back, by whole seconds.
func (c *Clock) Jump(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.jumped += by
}

// Now is what [time.Now] would return.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first.IsZero() {
		c.first = time.Now()
	}
	t := c.base.Add(time.Since(c.first) + c.passed)
	// no function changes one part of a time and not the other; the first word of a
	// Time with both has the seconds of the wall clock from bit 30 on
	*(*uint64)(unsafe.Pointer(&t)) += uint64(c.jumped/time.Second) << 30
	return t
}
