package backendtest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/thirdline/thirdline/shipper/backendtest"
)

// TestAClockThatJumpsGoesOn is about the layout of a time, which the clock relies on.
func TestAClockThatJumpsGoesOn(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for _, jump := range []time.Duration{year, -year} {
		clock := backendtest.NewClock()
		synctest.Test(t, func(t *testing.T) {
			before := clock.Now()
			clock.Jump(jump)
			clock.Pass(30 * time.Second)
			time.Sleep(30 * time.Second)
			after := clock.Now()
			if d := after.Sub(before); d != time.Minute {
				t.Errorf("jump %v: %v passed", jump, d)
			}
			if d := after.Round(0).Sub(before.Round(0)); d != jump+time.Minute {
				t.Errorf("jump %v: the wall clock shows %v more", jump, d)
			}
		})
	}
}
