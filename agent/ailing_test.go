package agent_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdline/thirdline/shipper"
)

// moody is a destination that fails as it is told to.
type moody struct{ err atomic.Pointer[error] }

func (m *moody) Deliver(context.Context, string, []byte) error {
	if err := m.err.Load(); err != nil {
		return *err
	}
	return nil
}

// TestADestinationThatFailsIsAnIncidentOfTheOthers, and not of its own.
func TestADestinationThatFailsIsAnIncidentOfTheOthers(t *testing.T) {
	h := newHost(t, disk)
	pager := &moody{}
	h.desks, h.turnWithin = map[string]shipper.Backend{"pager": pager}, 20*time.Millisecond
	h.start()
	h.awaitFirstCommit()
	said := func(line string) {
		t.Helper()
		for end := time.Now().Add(15 * time.Second); !slices.ContainsFunc(h.desk.lines(), func(got string) bool { return strings.HasPrefix(got, line) }); {
			if time.Now().After(end) {
				t.Fatalf("nothing begins with %q in\n%s", line, strings.Join(h.desk.lines(), "\n"))
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	refused := error(&shipper.Refused{Reason: "no such queue"})
	pager.err.Store(&refused)
	h.write("bad sda\n")
	said("opened 1/1 count=1 pager refused an event for good: no such queue")
	denied := error(&shipper.Denied{Err: errors.New("401")})
	pager.err.Store(&denied)
	h.write("bad sdb\n")
	said("opened 1/1 count=1 pager is paused: it refuses the credentials: 401")
	pager.err.Store(nil)
	said("resolved 1/2 count=1 pager is paused")
	if dead, err := h.store.Dead("pager"); err != nil || dead != 1 {
		t.Errorf("%d dead letters, %v: what is said of a destination went to it", dead, err)
	}
	h.stop()
}
