package backendtest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/thirdline/thirdline/shipper"
)

// Event makes an encoded event. With log it has a snapshot.
func Event(kind, fingerprint string, generation, sequence int, log bool) (id string, event []byte) {
	i := shipper.Incident{
		Fingerprint: fingerprint, Generation: generation, Sequence: sequence, Status: "open", Rule: "disk-fails",
		Title: "disk sda fails on web1", Severity: "critical", Tier: "L3", Owner: "storage", Runbook: Runbook, Host: shipper.Host{Name: "web1"},
		Fields: map[string]string{"dev": "sda"}, Count: int64(sequence),
		Opened: time.Now().Add(-time.Minute), LastSeen: time.Now(),
	}
	if kind == shipper.Resolved {
		i.Status, i.Reason = "resolved", "recovered"
	}
	if log {
		i.Snapshot = &shipper.Snapshot{File: "/var/log/app.log", Line: 17, Before: []string{"line before"}, Match: "bad sda", After: []string{"line after"}}
	}
	return Encode(kind, i)
}

// Runbook is the address of the rule's runbook in every [Event].
const Runbook = "https://wiki.test/disk?a=1"

// Encode wraps an incident's step.
func Encode(kind string, i shipper.Incident) (id string, event []byte) {
	e := shipper.NewEvent(kind, time.Now(), i)
	data, err := json.Marshal(e)
	if err != nil {
		panic("backendtest: " + err.Error()) // it is text, numbers and times
	}
	return e.ID, data
}

// Fingerprint makes one that no other test has.
func Fingerprint() string { return fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64()) }
