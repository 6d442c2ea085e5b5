package httpdriver_test

import (
	"errors"
	"testing"
	"time"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/backendtest"
)

// TestAClockThatIsSetNeitherDoublesNorHangs sets the clock while an answer is lost,
// and the far end may not show yet what it did.
func TestAClockThatIsSetNeitherDoublesNorHangs(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for _, jump := range []time.Duration{year, -year} {
		for _, restart := range []bool{false, true} {
			clock, j := backendtest.NewClock(), backendtest.NewJournal()
			f := newFar(t, answer{path: "/create", lose: true})
			d := f.driver(t, "find", j, time.Hour)
			d.SetClock(clock.Now)
			if err := f.tell(t, d, shipper.Opened, 1, 1); err == nil {
				t.Fatal("it was accepted")
			}
			f.took()
			clock.Jump(jump)
			if restart {
				d = f.driver(t, "find", j, time.Hour)
				d.SetClock(clock.Now)
			}
			for range 2 {
				var later *shipper.Later
				if err := f.tell(t, d, shipper.Opened, 1, 1); !errors.As(err, &later) || !later.Alone {
					t.Errorf("jump %v, restart %t: %v", jump, restart, err)
				}
				clock.Pass(time.Minute)
				clock.Jump(jump / 10)
			}
			if got := f.took(); got != "/find /find" {
				t.Errorf("jump %v, restart %t: asked %s before the server can have done it", jump, restart, got)
			}
			clock.Pass(time.Hour)
			if err := f.tell(t, d, shipper.Opened, 1, 1); err != nil {
				t.Errorf("jump %v, restart %t: %v", jump, restart, err)
			}
			if got := f.took(); got != "/find /create" {
				t.Errorf("jump %v, restart %t: asked %s", jump, restart, got)
			}
		}
	}
}
