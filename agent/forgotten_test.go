package agent_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules/condition"
)

// TestForgottenKeysAndHeldDetectionsAreTold in the fields of the next detection.
func TestForgottenKeysAndHeldDetectionsAreTold(t *testing.T) {
	h := newHost(t, `
rules:
  - id: many
    title: many
    severity: error
    match: {regex: 'from (?P<src>\S+)'}
    key: [src]
    threshold: {count: 2, within: 1h}
    cooldown: 10m
    incident: {resolve: {after: 1m}, reopen_within: 1s}
`)
	var opened []incident.Incident
	replay := agent.NewReplay(agent.ReplayOptions{Host: "web1", Rules: h.set, Step: func(s incident.Step) {
		if s.Kind == incident.StepOpened {
			opened = append(opened, s.Incident)
		}
	}})
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	read := func(lines ...string) {
		replay.Read(tail.Chunk{File: &tail.File{}, Data: []byte(strings.Join(lines, "\n") + "\n")}, now)
	}
	var all []string
	for n := range condition.MaxKeys + 3 {
		all = append(all, fmt.Sprintf("from k%d", n))
	}
	read(all...)
	read("from a", "from a")
	now = now.Add(5 * time.Minute)
	replay.Pass(now)
	read("from a", "from a")
	now = now.Add(5 * time.Minute)
	replay.Pass(now)
	read("from a", "from a")
	if len(opened) != 2 || opened[0].Fields["keys_forgotten"] != "4" || opened[0].Fields["held"] != "" || opened[1].Fields["held"] != "1" {
		t.Errorf("opened: %+v", opened)
	}
}
