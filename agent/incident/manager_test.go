package incident_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/rules"
)

const source = `
rules:
  - id: disk
    title: "disk {{ .dev }}"
    severity: error
    match: {regex: 'bad (?P<dev>\w+)'}
    key: [dev]
    incident: {resolve: {on: {regex: 'good( (?P<dev>\w+))?'}, after: 10m}, update_every: 1m, reopen_within: 1h}
    snapshot: {after: 5}
`

type life struct {
	t   testing.TB
	m   *incident.Manager
	r   *rules.Rule
	set *rules.Set
	now time.Time
	log []string
	// stored is what a restart finds.
	stored map[string]incident.Incident
}

// encoded is the incident as the store has it.
func (l *life) encoded(i *incident.Incident) (out incident.Incident) {
	l.t.Helper()
	data, err := json.Marshal(i)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		l.t.Fatal(err)
	}
	return out
}

var words = []string{"opened", "updated", "resolved", "reopened"}

func newLife(t testing.TB) *life {
	t.Helper()
	return lifeOf(t, source)
}

func lifeOf(t testing.TB, source string) *life {
	t.Helper()
	file := filepath.Join(t.TempDir(), "r.yaml")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	set, problems := rules.Load([]string{file}, nil)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return &life{t: t, set: set, m: incident.NewManager("h", set, nil), r: set.Rules[0], stored: map[string]incident.Incident{}, now: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)}
}

func (l *life) note(steps ...incident.Step) {
	for _, s := range steps {
		i := s.Incident
		line := fmt.Sprintf("%s %s %d/%d count=%d %s", words[s.Kind], i.Title, i.Generation, i.Sequence, i.Count, s.Reason)
		l.log = append(l.log, line+joined(&i))
	}
}

// joined says what an incident has suppressed.
func joined(i *incident.Incident) (out string) {
	var keys []string
	if len(i.Members) > 0 && !i.Storm {
		keys = append(keys, i.Key["dev"])
	}
	for _, m := range i.Members {
		keys = append(keys, m.Key["dev"])
	}
	if len(keys) > 10 {
		keys = []string{fmt.Sprint(len(keys))}
	}
	if len(keys) > 0 {
		out += " keys=" + strings.Join(keys, ",")
	}
	for name, n := range map[string]int64{"unlisted": i.Unlisted, "returns": i.Returns, "muted": i.Muted} {
		if n > 0 {
			out += fmt.Sprintf(" %s=%d", name, n)
		}
	}
	return out
}

// match is a match of a rule.
func match(r *rules.Rule, dev string) incident.Detection {
	return incident.Detection{Rule: r, Fields: map[string]string{"dev": dev}, Place: incident.Place{Path: "/log"}, Count: 1}
}

func (l *life) bad(dev string) {
	if s, ok := l.m.Detect(match(l.r, dev), l.now); ok {
		l.note(s)
	}
}

func (l *life) good(fields map[string]string) {
	l.note(l.m.Recover(l.r, fields, incident.Place{}, l.now)...)
}

func (l *life) pass(d time.Duration) {
	l.now = l.now.Add(d)
	l.note(l.m.Tick(l.now)...)
}

func (l *life) want(lines ...string) {
	l.t.Helper()
	if diff := cmp.Diff(lines, l.log); diff != "" {
		l.t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestALife(t *testing.T) {
	l := newLife(t)
	l.bad("sda")
	l.bad("sda")
	l.pass(3 * time.Second) // the evidence
	l.pass(57 * time.Second)
	l.bad("sda")
	l.bad("sdb")
	l.pass(3 * time.Second)
	l.pass(time.Minute)
	l.good(map[string]string{"dev": "sda"})
	l.pass(time.Minute)
	l.bad("sda")
	l.pass(10 * time.Minute) // quiet; sdb too
	l.pass(2 * time.Hour)
	l.bad("sdb")
	l.want(
		"opened disk sda 1/1 count=1 ",
		"updated disk sda 1/2 count=2 evidence",
		"opened disk sdb 1/1 count=1 ",
		"updated disk sda 1/3 count=3 progress",
		"updated disk sdb 1/2 count=1 evidence",
		"resolved disk sda 1/4 count=3 recovered",
		"reopened disk sda 2/1 count=1 ",
		"resolved disk sda 2/2 count=1 quiet",
		"resolved disk sdb 1/3 count=1 quiet",
		"opened disk sdb 2/1 count=1 ",
	)
}

func TestARecoveryWithoutKeyResolvesAll(t *testing.T) {
	l := newLife(t)
	l.bad("sda")
	l.bad("sdb")
	l.good(nil)
	if len(l.log) != 4 {
		t.Errorf("steps: %q", l.log)
	}
}

func TestStoredIncidentsGoOnWhereTheyStood(t *testing.T) {
	l := newLife(t)
	l.bad("sda")
	l.bad("sda")
	stored := map[string]incident.Incident{}
	for fp, i := range l.m.Changed() {
		stored[fp] = *i
	}
	l.m = incident.NewManager("h", l.set, stored)
	l.bad("sda")
	l.pass(3 * time.Second)
	l.good(nil)
	l.want("opened disk sda 1/1 count=1 ", "updated disk sda 1/2 count=3 evidence", "resolved disk sda 1/3 count=3 recovered")
}

func TestFingerprintsDoNotRunTogether(t *testing.T) {
	seen := map[string]bool{}
	for _, fp := range []string{
		incident.Fingerprint("h", "r", nil), incident.Fingerprint("h", "r", []string{""}), incident.Fingerprint("h", "r", []string{"a", "b"}),
		incident.Fingerprint("h", "r", []string{"ab"}), incident.Fingerprint("hr", "", nil), incident.Fingerprint("h", "r", []string{`a" "b`}),
	} {
		if seen[fp] || len(fp) != 32 {
			t.Errorf("fingerprint %q", fp)
		}
		seen[fp] = true
	}
}
