package agent_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTheEventSaysWhetherItIsComplete: evidence that is awaited is not missing, one
// that did not come is, and an event with all of it says so.
func TestTheEventSaysWhetherItIsComplete(t *testing.T) {
	h := newHost(t, strings.Replace(examined, "run: [health, slow]}", "run: [health, slow]}\n    needs: [dev, health, slow]", 1))
	h.diagnostics = commands(t, "sleep 0.3; exit 2")
	h.start()
	h.write("bad sda\nbad x\n")
	h.await(4)
	h.stop()
	got := map[string]string{}
	for _, e := range h.desk.told() {
		s := e.Data.Snapshot
		got[fmt.Sprintf("%s/%d", e.Data.Fields["dev"], e.Data.Sequence)] = fmt.Sprintf("complete %v, missing %v, awaited %v", s.Complete, s.Missing, s.Awaited)
	}
	want := map[string]string{
		"sda/1": "complete false, missing [], awaited [health slow]", "sda/2": "complete true, missing [], awaited []",
		"x/1": "complete false, missing [], awaited [health slow]", "x/2": "complete false, missing [health], awaited []",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
