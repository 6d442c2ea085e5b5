package shipper_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/eventtest"
)

func TestEventsKeepToTheSchema(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.FixedZone("", 3600))
	full := shipper.NewEvent(shipper.Opened, now, shipper.Incident{
		Fingerprint: strings.Repeat("0a", 16), Generation: 1, Sequence: 1, Status: "open", Reason: "r", Rule: "disk", Title: "t",
		Severity: "error", Tier: "L3", Owner: "o", Runbook: "u", Known: "k", Host: shipper.Host{Name: "h", Labels: map[string]string{"a": "b"}},
		Labels: map[string]string{"a": "b"}, Key: map[string]string{"a": ""}, Fields: map[string]string{"a": "b"},
		Redacted: map[string]int{"password": 1}, Count: 1, Opened: now, LastSeen: now,
		Snapshot: &shipper.Snapshot{File: "/f", Offset: 0, Generation: "1-2-3", Line: 2, Places: []shipper.Place{{File: "/f", Generation: "1-2-3", Line: 1, Offsets: []int64{0}}}, Facts: &shipper.Facts{
			Taken: now, OS: "o", Kernel: "k", BootID: "b", Booted: now, Load: []float64{1, 2, 3}, CPUs: 1, MemoryTotal: 1, MemoryFree: 1, SwapTotal: 1, SwapUsed: 1, CloudInstance: "i",
			Pressure: map[string]float64{"io some": 1}, Disk: &shipper.Disk{Path: "/"}, Process: &shipper.Process{PID: 1, Name: "n", Command: "c", Unit: "u", Files: 1, FileLimit: 1},
			TopCPU: []shipper.Process{{}}, TopMemory: []shipper.Process{{}}, Workload: map[string]string{"pod": "p"}, NotPermitted: []string{"x"}, Missing: []string{"y"},
		}, Before: []string{"a"}, Match: "b", After: []string{"c"}, Notes: []string{"n"}},
	})
	data, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	if err := eventtest.Validate(data); err != nil {
		t.Errorf("a full event: %v", err)
	}
	for _, broken := range []string{`"severity":"error"`, `"sequence":1`, `"specversion":"1.0"`} {
		key, _, _ := strings.Cut(broken, ":")
		if err := eventtest.Validate([]byte(strings.Replace(string(data), broken, key+`:0`, 1))); err == nil {
			t.Errorf("the schema took %s:0", key)
		}
	}
}
