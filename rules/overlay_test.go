package rules_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/rules"
)

// folder writes files and loads them together.
func folder(t *testing.T, files map[string]string) (*rules.Set, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, problems := rules.Load([]string{dir}, nil)
	return set, problems.Err()
}

// finds reports which of the records the first rule counts.
func finds(set *rules.Set, records ...string) []bool {
	out := make([]bool, len(records))
	view := set.View(rules.Source{})
	for i, r := range records {
		out[i] = len(view.Scan([]byte(r+"\n"), nil)) > 0
	}
	return out
}

const pack = `
lists: {machines: [backup, nagios]}
macros:
  failed: {any: [{contains: Failed}, {macro: denied}]}
  denied: {regex: 'denied for (?P<user>\w+)'}
rules:
  - id: login
    title: t
    severity: error
    tags: [auth]
    labels: {team: ops}
    match: {macro: failed, fields: {program: sshd}}
    key: [user]
    threshold: {count: 5, within: 1m}
    exceptions:
      - {fields: {user: {in: {list: machines}}}, reason: they poll}
    examples: {match: ['program=sshd denied for bob', 'program=sshd Failed user=eve']}
  - id: other
    title: t
    severity: error
    tags: [auth, noisy]
    match: {contains: other}
`

func TestListsMacrosAndExceptions(t *testing.T) {
	set, err := folder(t, map[string]string{"a.yaml": pack})
	if err != nil {
		t.Fatal(err)
	}
	got := finds(set, "program=sshd denied for bob", "program=sshd Failed user=eve", "program=sshd Failed user=nagios", "program=su Failed user=eve")
	if diff := cmp.Diff([]bool{true, true, false, false}, got); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

func TestAListCanStandInAFile(t *testing.T) {
	set, err := folder(t, map[string]string{
		"disks.txt": "# ours\nsda\n\n  sdb \r\n",
		"a.yaml":    "lists: {disks: {file: disks.txt}}\nrules:\n  - {id: a, title: t, severity: info, match: {contains_any: {list: disks}}}\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]bool{true, true, false}, finds(set, "bad sda", "bad sdb", "bad sdc # ours")); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

func TestOverlaysChangeARuleOfAnotherFile(t *testing.T) {
	set, err := folder(t, map[string]string{"pack.yaml": pack, "site.yaml": `
hours: {nights: ['22:00-06:00']}
overlays:
  - rule: login
    severity: critical
    tier: L3
    owner: us
    tags: [ours]
    labels: {site: berlin}
    threshold: {count: 20}
    mute: [nights]
    exceptions: [{contains: 10.0.0.1, reason: the scanner}]
  - {rule: login, severity: warning}
`})
	if err != nil {
		t.Fatal(err)
	}
	r := set.Rules[0]
	if r.Severity.Value != "warning" || r.Tier.Value != "L3" || r.Owner != "us" || r.Threshold.Count != 20 || r.Threshold.Within != time.Minute {
		t.Errorf("rule = %+v", r)
	}
	if diff := cmp.Diff(map[string]string{"team": "ops", "site": "berlin"}, r.Labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]bool{true, false, false}, finds(set, "program=sshd Failed user=eve", "program=sshd Failed 10.0.0.1 user=eve", "program=sshd Failed user=nagios")); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	if got := r.Quiet(time.Date(2026, 1, 1, 23, 0, 0, 0, time.UTC)); got != "muted: nights" {
		t.Errorf("quiet at night: %q", got)
	}
}

func TestSwitchesActInTheirOrder(t *testing.T) {
	for name, c := range map[string]struct {
		switches string
		on       string
	}{
		"none":                       {`[]`, "login other"},
		"a tag":                      {`[{disable: {tag: noisy}}]`, "login"},
		"all but one":                {`[{disable: {rule: '*'}}, {enable: {rule: oth*}}]`, "other"},
		"the last one decides":       {`[{enable: {rule: other}}, {disable: {tag: auth}}]`, ""},
		"on although it had been of": {`[{disable: {tag: auth}}, {enable: {rule: login}}]`, "login"},
	} {
		set, err := folder(t, map[string]string{"pack.yaml": pack, "site.yaml": "enabled: " + c.switches + "\noverlays: [{rule: other, tier: L1}]\n"})
		if err != nil {
			t.Fatal(name, err)
		}
		var on []string
		for _, r := range set.Rules {
			on = append(on, r.ID.Value)
		}
		if got := strings.Join(on, " "); got != c.on || len(set.Rules)+len(set.Disabled) != 2 {
			t.Errorf("%s: on are %q, want %q", name, got, c.on)
		}
	}
}

func TestHours(t *testing.T) {
	set, err := folder(t, map[string]string{"a.yaml": `
hours:
  business: mon-fri 09:00-17:30 Europe/Berlin
  nights: ['fri,sat 22:00-06:00', sun]
rules:
  - {id: a, title: t, severity: info, match: {contains: x}, active: [business]}
  - {id: b, title: t, severity: info, match: {contains: x}, mute: [nights]}
  - {id: c, title: t, severity: info, match: {contains: x}, mode: observe}
`})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rule  int
		at    string
		quiet bool
	}{
		{0, "2026-11-24T08:00:00Z", false}, // Tuesday, 9:00 in Berlin
		{0, "2026-11-24T07:59:59Z", true},
		{0, "2026-11-24T16:29:59Z", false},
		{0, "2026-11-24T16:30:00Z", true},
		{0, "2026-07-07T07:00:00Z", false}, // in summer an hour earlier
		{0, "2026-11-28T10:00:00Z", true},  // Saturday
		{1, "2026-11-27T21:59:00Z", false}, // Friday
		{1, "2026-11-27T22:00:00Z", true},
		{1, "2026-11-28T05:59:00Z", true},
		{1, "2026-11-28T06:00:00Z", false},
		{1, "2026-11-29T03:00:00Z", true}, // begun on Saturday
		{1, "2026-11-29T12:00:00Z", true}, // Sunday
		{1, "2026-11-30T00:00:00Z", false},
		{1, "2026-11-27T03:00:00Z", false}, // Thursday's night is none
		{2, "2026-11-24T12:00:00Z", true},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := set.Rules[c.rule].Quiet(at); (got != "") != c.quiet {
			t.Errorf("rule %d at %s: %q", c.rule, c.at, got)
		}
	}
}
