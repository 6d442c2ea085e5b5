package store_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/shipper"
)

// event is one of an incident named by a letter.
func event(t *testing.T, incident, kind string, sequence int) []byte {
	t.Helper()
	return eventOf(t, incident, kind, 1, sequence)
}

func eventOf(t *testing.T, incident, kind string, generation, sequence int) []byte {
	t.Helper()
	fp := strings.Repeat(incident, 32)
	e := shipper.NewEvent("dev.thirdline.incident."+kind, time.Unix(0, 0), shipper.Incident{
		Fingerprint: fp, Generation: generation, Sequence: sequence, Title: strings.Repeat("x", 1000), Host: shipper.Host{Name: "h"},
	})
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func enqueue(t *testing.T, s *store.Store, events ...[]byte) {
	t.Helper()
	if err := s.Commit(func(b store.Batch) error {
		for _, e := range events {
			if err := b.Enqueue("d", e); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// spooled says what waits for d: the incident's letter, the sequence, and in
// brackets what was merged into it.
func spooled(t *testing.T, s *store.Store) (out []string) {
	t.Helper()
	events, err := s.After("d", 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, spooled := range events {
		var e shipper.Event
		if err := json.Unmarshal(spooled.Event, &e); err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%c%d(%d)", e.ID[0], e.Data.Sequence, e.Data.Coalesced))
	}
	return out
}

func TestAFullSpoolMergesTheOldestUpdatesAndNothingElse(t *testing.T) {
	s := open(t, t.TempDir())
	enqueue(t, s, event(t, "a", "opened", 1), event(t, "a", "updated", 2), event(t, "b", "opened", 1),
		event(t, "a", "updated", 3), event(t, "b", "updated", 2), event(t, "a", "updated", 4), event(t, "b", "updated", 3),
		event(t, "b", "resolved", 4), event(t, "a", "updated", 5))
	s.LimitSpool(8 * 1500)
	enqueue(t, s, event(t, "a", "resolved", 6))
	want := []string{"a1(0)", "b1(0)", "a4(2)", "b3(1)", "b4(0)", "a5(0)", "a6(0)"}
	if diff := cmp.Diff(want, spooled(t, s)); diff != "" {
		t.Errorf("spool (-want +got):\n%s", diff)
	}
	if n := s.Coalesced(); n != 3 {
		t.Errorf("%d were counted", n)
	}
}

func TestWhatWasMergedIsCountedByTheNextEvent(t *testing.T) {
	s := open(t, t.TempDir())
	enqueue(t, s, event(t, "a", "opened", 1), event(t, "a", "updated", 2), event(t, "a", "updated", 3), event(t, "a", "resolved", 4))
	s.LimitSpool(1)
	enqueue(t, s, event(t, "a", "updated", 5), event(t, "a", "updated", 6)) // what is said after the end
	if diff := cmp.Diff([]string{"a1(0)", "a4(2)", "a6(1)"}, spooled(t, s)); diff != "" {
		t.Errorf("spool (-want +got):\n%s", diff)
	}
}

func TestASpoolOfOpeningsOutgrowsTheLimit(t *testing.T) {
	s := open(t, t.TempDir())
	s.LimitSpool(1)
	for _, incident := range []string{"a", "b", "c"} {
		enqueue(t, s, event(t, incident, "opened", 1), event(t, incident, "updated", 2), event(t, incident, "updated", 3), event(t, incident, "resolved", 4), event(t, incident, "reopened", 1))
	}
	want := []string{"a1(0)", "a4(2)", "a1(0)", "b1(0)", "b4(2)", "b1(0)", "c1(0)", "c4(2)", "c1(0)"}
	if diff := cmp.Diff(want, spooled(t, s)); diff != "" {
		t.Errorf("spool (-want +got):\n%s", diff)
	}
	if n := s.Coalesced(); n != 6 {
		t.Errorf("%d were counted", n)
	}
}

func TestTheLimitCountsWhatWasDelivered(t *testing.T) {
	s := open(t, t.TempDir())
	s.LimitSpool(10 * 1500)
	for n := range 100 {
		enqueue(t, s, event(t, "a", "updated", n+1))
		events, err := s.After("d", 0, 9)
		if err != nil || len(events) != 1 {
			t.Fatal(events, err)
		}
		if err := s.Remove("d", []uint64{events[0].Sequence, events[0].Sequence}); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.Coalesced(); n != 0 {
		t.Errorf("%d were merged in a spool that was never full", n)
	}
}

func TestTheJournalIsOfOneDestination(t *testing.T) {
	s := open(t, t.TempDir())
	for _, d := range []string{"a", "ab"} {
		if err := s.Journal(d).Save("fp", []byte(d)); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Journal("a").All()
	if err != nil || len(all) != 1 || string(all["fp"]) != "a" {
		t.Errorf("all = %q, %v", all, err)
	}
	if err := s.Journal("a").Delete("fp"); err != nil {
		t.Fatal(err)
	}
	for d, want := range map[string]string{"a": "", "ab": "ab"} {
		if got, err := s.Journal(d).Load("fp"); string(got) != want || err != nil {
			t.Errorf("%s = %q, %v", d, got, err)
		}
	}
}
