package agent_test

import (
	"testing"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/store"
)

// TestHistoryCountsItsEvents: the events that a capsule encloses are numbered from 1.
func TestHistoryCountsItsEvents(t *testing.T) {
	h := newHost(t, disk)
	h.start()
	h.write("bad sda\n")
	h.await(1)
	h.write("good sda\n")
	h.await(2)
	h.stop()
	s, err := store.Open(h.state)
	if err != nil {
		t.Fatal(err)
	}
	all, err := agent.History(s, h.opened()[0].Data.Fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for n, past := range all {
		if past.Data.Sequence != n+1 {
			t.Errorf("event %d has number %d", n+1, past.Data.Sequence)
		}
	}
	if len(all) < 2 {
		t.Errorf("%d events", len(all))
	}
}
