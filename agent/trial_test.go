package agent_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/silence"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/shipper"
)

const trialRules = `
hours: {always: '00:00-24:00'}
rules:
  - {id: often, title: '{{ .user }} failed', severity: error, match: {regex: 'failed for (?P<user>\w+)'}, key: [user], threshold: {count: 2, within: 10m}, cooldown: 1h, cancel_on: {regex: 'welcome (?P<user>\w+)'}}
  - {id: host, title: host is down, severity: critical, match: {contains: host down}, incident: {resolve: {on: {contains: host up}}}, inhibit: [{rules: [app]}]}
  - {id: app, title: app is broken, severity: error, match: {contains: app broken}}
  - {id: group, title: 'disk {{ .dev }}', severity: error, match: {regex: 'bad (?P<dev>\w+)'}, key: [dev], incident: {group_wait: 1m}}
  - {id: look, title: look, severity: error, mode: observe, match: {contains: look}}
  - {id: hush, title: hush, severity: error, mute: [always], match: {contains: hush}}
  - {id: still, title: still, severity: error, match: {contains: still}}
  - {id: low, title: low, severity: info, match: {contains: low}}
  - {id: link, title: link, severity: error, toggle: {open: {contains: link down}, close: {contains: link up}}}
`

// trials are on a store with a silence, and with a destination that info does not reach.
func trials(t *testing.T) *agent.Trials {
	t.Helper()
	file := filepath.Join(t.TempDir(), "r.yaml")
	if err := os.WriteFile(file, []byte(trialRules), 0o600); err != nil {
		t.Fatal(err)
	}
	set, problems := rules.Load([]string{file}, nil)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	matcher, err := silence.Parse("rule=still")
	if err != nil {
		t.Fatal(err)
	}
	err = agent.EditSilences(s, func(b *silence.Book) error {
		now := time.Now()
		_, err := b.Add(silence.Silence{Matchers: []silence.Matcher{matcher}, Starts: now, Ends: now.Add(time.Hour), Author: "me", Comment: "x"}, now)
		return err
	})
	trials, newErr := agent.NewTrials(agent.Options{
		Host: shipper.Host{Name: "web1"}, Rules: set, Store: s, Backends: map[string]shipper.Backend{"pager": nil},
		Routes: &shipper.Routes{Fallback: []string{}, List: []shipper.Route{{Match: shipper.Match{MinSeverity: "error"}, To: []string{"pager"}}}},
	})
	if err := errors.Join(err, newErr); err != nil {
		t.Fatal(err)
	}
	return trials
}

// TestTrialsSayWhatComesOfARecord, and why nobody is told.
func TestTrialsSayWhatComesOfARecord(t *testing.T) {
	all := trials(t)
	now := time.Now()
	for n, c := range []struct{ line, counts, then, to, not string }{
		{"failed for joe", "1 of 2 records", "counts; nothing yet", "", ""},
		{"failed for jim", "1 of 2 records", "counts; nothing yet", "", ""},
		{"failed for joe", "0 of 2 records", "opens an incident: joe failed", "pager", ""},
		{"failed for joe", "1 of 2 records", "counts; nothing yet; the rule is silent until", "", ""},
		{"failed for joe", "0 of 2 records", "is one too many, and held back: the rule is silent until", "", ""},
		{"welcome jim", "0 of 2 records", "starts the condition anew", "", ""},
		{"host up", "", "ends nothing", "", ""},
		{"host down", "", "opens an incident: host is down", "pager", ""},
		{"host down", "", "counts in incident", "", ""},
		{"app broken", "", "opens an incident: app is broken", "", "muted while incident"},
		{"host up", "", "ends an incident: host is down, and opens an incident: app is broken", "pager", ""},
		{"bad sda", "", "opens an incident: disk sda", "pager", ""},
		{"bad sdb", "", "joins incident", "", ""},
		{"look", "", "opens an incident: look", "", "the rule observes"},
		{"hush", "", "opens an incident: hush", "", "muted: always"},
		{"still", "", "opens an incident: still", "", "silence "},
		{"low", "", "opens an incident: low", "", "no route leads it anywhere"},
		{"link down", "open; 0 of 1 records to close it", "opens an incident: link", "pager", ""},
	} {
		got := all.Try(n, c.line, now)
		if len(got) != 1 {
			t.Fatalf("%s: %d trials", c.line, len(got))
		}
		x := got[0]
		if !strings.Contains(x.Counts, c.counts) || !strings.HasPrefix(x.Then, c.then) || strings.Join(x.To, " ") != c.to || !strings.Contains(strings.Join(x.NotSent, " "), c.not) || (c.not == "") != (len(x.NotSent) == 0) {
			t.Errorf("%s: %+v, want %+v", c.line, x, c)
		}
	}
}
