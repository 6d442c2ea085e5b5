package agent_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/agent/diagnostic"
)

const examined = `
rules:
  - id: disk
    title: "disk {{ .dev }} fails"
    severity: critical
    match: {regex: 'bad (?P<dev>\w+)'}
    key: [dev]
    incident: {resolve: {on: {regex: 'good (?P<dev>\w+)'}}}
    snapshot: {before: 0, after: 0, run: [health, slow]}
`

func commands(t *testing.T, slow string) []diagnostic.Command {
	t.Helper()
	dev, err := diagnostic.Pattern("sd[a-z]")
	if err != nil {
		t.Fatal(err)
	}
	return []diagnostic.Command{
		{Name: "health", Argv: []string{"/bin/echo", "{dev} is", "hot; password=hunter2x"}, Fields: map[string]*regexp.Regexp{"dev": dev}},
		{Name: "slow", Argv: []string{"/bin/sh", "-c", slow}},
	}
}

// said gives the diagnostics of all events in short.
func (d *desk) said() (out []string) {
	for _, e := range d.told() {
		if e.Data.Snapshot == nil {
			continue
		}
		for _, r := range e.Data.Snapshot.Diagnostics {
			exit := ""
			if r.Exit != nil {
				exit = fmt.Sprint(*r.Exit)
			}
			text, _, _ := strings.Cut(r.Output, "#")
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s/%d %s: %s [%s] %s", strings.TrimPrefix(e.Type, "dev.thirdline.incident."), e.Data.Fields["dev"], e.Data.Generation, r.Name, text, exit, r.Note)))
		}
	}
	return out
}

// TestDiagnosticsFollowTheOpening: they run once an incident, the opening does not wait
// for them, what they say is redacted, and a value that is not of the declared form
// comes into no command.
func TestDiagnosticsFollowTheOpening(t *testing.T) {
	h := newHost(t, examined)
	h.diagnostics = commands(t, "sleep 0.3; echo twice; exit 2")
	h.start()
	h.write("bad sda\nbad sda\n")
	h.await(2)
	h.write("good sda\nbad sda\nbad x\n")
	h.await(7)
	h.stop()
	want := []string{
		"updated sda/1 health: sda is hot; password=[password [0]", "updated sda/1 slow: twice [2]",
		"updated sda/2 health: sda is hot; password=[password [0]", "updated sda/2 slow: twice [2]",
		"updated x/1 health:  [] not run: the value of dev is not of the form that is allowed", "updated x/1 slow: twice [2]",
	}
	got := h.desk.said()
	slices.Sort(got) // two incidents may come in either order
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%q\ndiagnostics (-want +got):\n%s", h.desk.lines(), diff)
	}
}

// TestAnEndDoesNotWaitForDiagnostics: what did not end before the incident was over is
// said to be missing.
func TestAnEndDoesNotWaitForDiagnostics(t *testing.T) {
	h := newHost(t, examined)
	h.diagnostics = commands(t, "sleep 60")
	h.start()
	h.write("bad sda\n")
	h.await(1)
	time.Sleep(300 * time.Millisecond) // health has ended
	h.write("good sda\n")
	h.await(2)
	h.stop()
	want := []string{"resolved sda/1 health: sda is hot; password=[password [0]", "resolved sda/1 slow:  [] missing: the incident was over before it ended"}
	if diff := cmp.Diff(want, h.desk.said()); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
}

// TestDiagnosticsRunAgainAfterARestart: a command that was cut short by the agent's end
// is owed to the incident.
func TestDiagnosticsRunAgainAfterARestart(t *testing.T) {
	h := newHost(t, examined)
	flag := filepath.Join(filepath.Dir(h.log), "flag")
	h.diagnostics = commands(t, "test -e "+flag+" && echo again && exit 0; touch "+flag+"; sleep 60")
	h.start()
	h.write("bad sda\n")
	h.await(1)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if found, _ := filepath.Glob(flag); len(found) > 0 {
			break
		}
	}
	h.stop()
	h.start()
	h.await(2)
	h.stop()
	want := []string{"updated sda/1 health: sda is hot; password=[password [0]", "updated sda/1 slow: again [0]"}
	if diff := cmp.Diff(want, h.desk.said()); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
}
