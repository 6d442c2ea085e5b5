package silence_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/agent/silence"
)

func matchers(t *testing.T, texts ...string) (out []silence.Matcher) {
	t.Helper()
	for _, text := range texts {
		m, err := silence.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

func TestMatchers(t *testing.T) {
	subject := &silence.Subject{
		Rule: "disk-failing", Severity: "error", Tier: "L3", Owner: "dba", Host: "db1", Tags: []string{"storage", "io"},
		Labels: map[string]string{"team": "dba", "a.b": "c"}, Key: map[string]string{"dev": "sda"},
	}
	for text, want := range map[string]bool{
		"rule=disk-failing":        true,
		"rule=disk":                false,
		"rule=~disk-.*":            true,
		"rule=~disk":               false, // the whole value
		"severity!=info":           true,
		"severity!~error|critical": false,
		"tier=L3":                  true,
		"owner=dba":                true,
		"host=~db[0-9]":            true,
		"tag=io":                   true,
		"tag!=io":                  false,
		"tag=~stor.*":              true,
		"team=dba":                 true,
		"label.team=dba":           true,
		"a.b=c":                    true,
		"key.dev=sda":              true,
		"key.dev=~sd[bc]":          false,
		"nothing=":                 true,
		"nothing!=x":               true,
		"key.dev=":                 false,
	} {
		if got := matchers(t, text)[0].Matches(subject); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"", "rule", "=x", "rule=~(", "rule!x"} {
		if m, err := silence.Parse(text); err == nil {
			t.Errorf("%q was taken as %v", text, m)
		}
	}
}

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestALife(t *testing.T) {
	b := silence.NewBook(nil)
	s, err := b.Add(silence.Silence{Matchers: matchers(t, "rule=a", "host=h"), Ends: now.Add(time.Hour), Author: "me", Comment: "work"}, now)
	if err != nil {
		t.Fatal(err)
	}
	about := &silence.Subject{Rule: "a", Host: "h"}
	if b.Holding(about, now) != s || b.Holding(&silence.Subject{Rule: "a", Host: "i"}, now) != nil || b.Holding(about, now.Add(time.Hour)) != nil {
		t.Error("it holds back the wrong things")
	}
	b.Count(s)
	data, err := json.Marshal(b.Changed())
	if err != nil {
		t.Fatal(err)
	}
	var stored map[string]silence.Silence
	if err := json.Unmarshal(data, &stored); err != nil {
		t.Fatal(err)
	}
	b = silence.NewBook(stored)
	if h := b.Holding(about, now); h == nil || h.Held != 1 {
		t.Errorf("after a restart: %+v", h)
	}
	if over := b.Over(now); over != nil {
		t.Errorf("over before its end: %v", over)
	}
	if _, err := b.Expire(s.ID, now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Expire(s.ID, now.Add(time.Minute)); err == nil {
		t.Error("it ended twice")
	}
	if over := b.Over(now.Add(time.Minute)); len(over) != 1 || b.Over(now.Add(time.Minute)) != nil {
		t.Errorf("over: %v", over)
	}
	b.Saved()
	b.Over(now.Add(8 * 24 * time.Hour))
	if diff := cmp.Diff(map[string]*silence.Silence{s.ID: nil}, b.Changed()); diff != "" || len(b.List()) != 0 {
		t.Errorf("it is not forgotten (-want +got):\n%s", diff)
	}
}

func TestASilenceSaysWhatItIsAbout(t *testing.T) {
	good := silence.Silence{Matchers: matchers(t, "rule=a"), Ends: now.Add(time.Hour), Author: "me", Comment: "work"}
	for name, spoil := range map[string]func(*silence.Silence){
		"no matchers":    func(s *silence.Silence) { s.Matchers = nil },
		"over":           func(s *silence.Silence) { s.Ends = now },
		"for ever":       func(s *silence.Silence) { s.Ends = now.AddDate(10, 0, 0) },
		"ends too early": func(s *silence.Silence) { s.Starts = now.Add(2 * time.Hour) },
		"no author":      func(s *silence.Silence) { s.Author = "" },
		"no comment":     func(s *silence.Silence) { s.Comment = "" },
	} {
		s := good
		spoil(&s)
		if _, err := silence.NewBook(nil).Add(s, now); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
	if _, err := silence.NewBook(nil).Expire("x", now); err == nil {
		t.Error("one that is not there has ended")
	}
}
