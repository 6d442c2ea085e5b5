package control

import (
	"net"
	"testing"
)

func TestOnlyRootAndTheAgentsUserComeIn(t *testing.T) {
	for _, test := range []struct {
		uid, own int
		want     bool
	}{{0, 100, true}, {100, 100, true}, {101, 100, false}, {0, 0, true}, {100, 0, false}} {
		if got := mayCome(test.uid, test.own); got != test.want {
			t.Errorf("user %d at the agent of %d: %v", test.uid, test.own, got)
		}
	}
}

func TestAPeerWithoutANameIsRefused(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()   //nolint:errcheck // in memory
	defer theirs.Close() //nolint:errcheck // in memory
	if refuse(ours) == nil {
		t.Error("it came in")
	}
}
