package agent_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/shipper"
)

// ids gives the numbers and types that a desk was told, in order.
func (d *desk) ids() (out []string) {
	for _, e := range d.told() {
		out = append(out, fmt.Sprintf("%s %d/%d %s", e.Type[len("dev.thirdline.incident."):], e.Data.Generation, e.Data.Sequence, e.Data.Reason))
	}
	return out
}

// TestADestinationThatComesLaterIsToldFromOne: the events of a generation count from
// 1 at every destination, also at one that is configured in its middle.
func TestADestinationThatComesLaterIsToldFromOne(t *testing.T) {
	h, late := newHost(t, disk), &desk{t: t}
	h.start()
	h.write("bad sda\nx\ny\n")
	h.await(2)
	h.stop()
	h.desks = map[string]shipper.Backend{"late": late}
	h.start()
	h.write("good sda\nbad sda\n")
	h.await(4)
	h.stop()
	if diff := cmp.Diff([]string{"opened 1/1 ", "updated 1/2 evidence", "resolved 1/3 recovered", "reopened 2/1 "}, h.desk.ids()); diff != "" {
		t.Errorf("desk (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"opened 2/1 "}, late.ids()); diff != "" {
		t.Errorf("late (-want +got):\n%s", diff)
	}
	if s := late.told()[0].Data.Snapshot; s == nil || s.Match != "bad sda" {
		t.Errorf("the opening has no record: %+v", s)
	}
	if e := h.desk.told()[3]; e.Data.Previous != e.Data.Fingerprint+"/1" {
		t.Errorf("previous = %q", e.Data.Previous)
	}
}

// TestAnIncidentWhoseRuleIsGoneIsResolved or kept, as is declared; both are said.
func TestAnIncidentWhoseRuleIsGoneIsResolved(t *testing.T) {
	for name, want := range map[string][]string{
		"resolved": {"opened 1/1 ", "updated 1/2 evidence", "resolved 1/3 rule removed"},
		"kept":     {"opened 1/1 ", "updated 1/2 evidence"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t, disk)
			h.start()
			h.write("bad sda\nx\ny\n")
			h.await(2)
			h.stop()
			other := newHost(t, disk)
			other.set.Rules[0].ID.Value = "other"
			h.set, h.keepGone = other.set, name == "kept"
			h.start()
			h.await(len(want))
			h.stop()
			if diff := cmp.Diff(want, h.desk.ids()); diff != "" {
				t.Errorf("desk (-want +got):\n%s", diff)
			}
			if got := filepath.Base(h.desk.told()[0].Data.Snapshot.File); got != "app.log" {
				t.Errorf("file %q", got)
			}
		})
	}
}

// TestRoutesMakeNoGaps: what a route or a destination leaves out is not missed in the
// numbers, and who was told of an incident is told of its end.
func TestRoutesMakeNoGaps(t *testing.T) {
	h, pager, quiet := newHost(t, disk), &desk{t: t}, &desk{t: t}
	h.desks = map[string]shipper.Backend{"pager": pager, "quiet": quiet}
	h.routes = &shipper.Routes{
		List:     []shipper.Route{{Match: shipper.Match{MinSeverity: "critical"}, To: []string{"desk", "pager", "quiet"}}},
		Fallback: []string{"desk"},
		Filters:  map[string]shipper.Filter{"quiet": {NoUpdates: true}},
	}
	h.start()
	h.write("bad sda\nx\ny\n")
	h.await(2)
	h.stop()
	h.set.Rules[0].Severity.Value = "error" // the route takes it no more
	h.start()
	h.await(3)
	h.write("good sda\nbad sda\n")
	h.await(5)
	for end := time.Now().Add(15 * time.Second); (len(pager.ids()) < 4 || len(quiet.ids()) < 2) && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond) // each destination has its own pace
	}
	h.stop()
	for name, c := range map[string]struct {
		at   *desk
		want []string
	}{
		"desk":  {h.desk, []string{"opened 1/1 ", "updated 1/2 evidence", "updated 1/3 severity", "resolved 1/4 recovered", "reopened 2/1 "}},
		"pager": {pager, []string{"opened 1/1 ", "updated 1/2 evidence", "updated 1/3 severity", "resolved 1/4 recovered"}},
		"quiet": {quiet, []string{"opened 1/1 ", "resolved 1/2 recovered"}},
	} {
		if diff := cmp.Diff(c.want, c.at.ids()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestALostLogEndsNothing: neither at once nor by its quiet, also over a restart, and a
// rotation is no loss.
func TestALostLogEndsNothing(t *testing.T) {
	h := newHost(t, strings.Replace(disk, `on: {regex: 'good (?P<dev>\w+)'}`, "after: 2s", 1))
	h.lostAfter, h.turnWithin = 600*time.Millisecond, 50*time.Millisecond
	h.start()
	h.write("bad sda\nx\ny\n")
	h.await(2)
	h.rotate()
	h.write("z\n")
	if err := os.Remove(h.log); err != nil {
		t.Fatal(err)
	}
	h.await(3)
	h.stop()
	h.start()
	time.Sleep(2500 * time.Millisecond) // longer than the quiet
	h.write("here again\n")
	h.await(5)
	h.stop()
	want := []string{"opened 1/1 ", "updated 1/2 evidence", "updated 1/3 source lost", "updated 1/4 source back", "resolved 1/5 quiet"}
	if diff := cmp.Diff(want, h.desk.ids()); diff != "" {
		t.Errorf("desk (-want +got):\n%s", diff)
	}
	told := h.desk.told()
	if quiet := told[4].Time.Sub(told[3].Time); quiet < 2*time.Second {
		t.Errorf("it ended %v after the log was back", quiet)
	}
}

// TestALateOpeningHasItsRecord: whoever is told of an incident only when it became
// worse is told with the record that opened it.
func TestALateOpeningHasItsRecord(t *testing.T) {
	h, pager := newHost(t, disk), &desk{t: t}
	h.desks = map[string]shipper.Backend{"pager": pager}
	h.routes = &shipper.Routes{
		List:     []shipper.Route{{Match: shipper.Match{MinSeverity: "critical"}, To: []string{"desk", "pager"}}},
		Fallback: []string{"desk"},
	}
	h.set.Rules[0].Severity.Value = "error"
	h.start()
	h.write("before\nbad sda\nx\ny\n")
	h.await(2)
	h.stop()
	h.set.Rules[0].Severity.Value = "critical"
	h.start()
	h.await(3)
	h.stop()
	if diff := cmp.Diff([]string{"opened 1/1 count=1 disk sda fails [before][bad sda][]"}, pager.lines()); diff != "" {
		t.Errorf("pager (-want +got):\n%s", diff)
	}
}
