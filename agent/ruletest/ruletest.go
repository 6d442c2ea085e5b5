// Package ruletest holds rules to their own tests: the lines of each are played
// to the agent's own pipeline under a virtual clock, and what came of them is
// compared with what the test expects. It also finds what nothing covers.
package ruletest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules"
)

// Case is one test and what came of it.
type Case struct {
	Rule string `json:"rule"`
	Name string `json:"name"`
	File string `json:"file"`
	Line int    `json:"line"`
	// Failures is empty when the test passed.
	Failures []string `json:"failures,omitempty"`
	// Got is what came of the lines, by key.
	Got []Outcome `json:"got"`

	test *rules.Test
}

// Outcome is what came of one key.
type Outcome struct {
	Key      []string `json:"key,omitempty"`
	Opened   int      `json:"opened,omitempty"`
	Reopened int      `json:"reopened,omitempty"`
	Resolved int      `json:"resolved,omitempty"`
	Matches  int64    `json:"matches,omitempty"`
	// Title is that of the last incident.
	Title string `json:"title,omitempty"`
}

// Run plays every test of every rule.
func Run(set *rules.Set) []Case {
	hide := redactor()
	var out []Case
	for _, r := range set.Rules {
		for n := range r.Tests {
			out = append(out, play(set, hide, r, &r.Tests[n]))
		}
	}
	return out
}

// Play runs a test that stands in no file, and returns what came of its lines.
func Play(set *rules.Set, r *rules.Rule, t *rules.Test) []Outcome {
	return play(set, redactor(), r, t).Got
}

func redactor() *redact.Redactor {
	return redact.New([]byte("the same pseudonyms in every run"), redact.Internal)
}

// start is the virtual time at which every test begins.
func start() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// stage is one running test.
type stage struct {
	rule     *rules.Rule
	replay   *agent.Replay
	now      time.Time
	offset   map[string]int64
	outcomes map[string]*Outcome
	open     map[string]*Outcome // by fingerprint
}

func play(set *rules.Set, redactor *redact.Redactor, r *rules.Rule, t *rules.Test) Case {
	s := &stage{rule: r, now: start(), offset: map[string]int64{}, outcomes: map[string]*Outcome{}, open: map[string]*Outcome{}}
	s.replay = agent.NewReplay(agent.ReplayOptions{Host: "host", Rules: set, Tags: tags(t), Formats: formats(t), Shapes: shapes(t), Redact: redactor, Step: s.step})
	s.arrive(rules.Step{Lines: t.Lines}, "")
	for n, step := range t.Steps {
		s.arrive(step, source(n, step))
	}
	s.arrive(rules.Step{Wait: t.Wait}, "")
	for fp, o := range s.open {
		if i := s.replay.Incident(fp); i != nil {
			o.Matches += i.Count
		}
	}
	c := Case{Rule: r.ID.Value, Name: t.Name.Value, File: r.File, Line: t.Name.Line, test: t, Got: []Outcome{}}
	for _, key := range slices.Sorted(maps.Keys(s.outcomes)) {
		c.Got = append(c.Got, *s.outcomes[key])
	}
	c.compare(t)
	return c
}

// source names the source of a step; "" is one that every rule sees.
func source(n int, s rules.Step) string {
	if s.Path == "" && len(s.Tags) == 0 {
		return ""
	}
	return fmt.Sprintf("step %d", n+1)
}

func tags(t *rules.Test) map[string][]string {
	out := map[string][]string{}
	for n, s := range t.Steps {
		out[source(n, s)] = s.Tags
	}
	return out
}

// formats gives every source of the test the same.
func formats(t *rules.Test) map[string]*rules.Format {
	out := map[string]*rules.Format{"": t.Format}
	for n, s := range t.Steps {
		out[source(n, s)] = t.Format
	}
	return out
}

// shapes gives every source of the test the same.
func shapes(t *rules.Test) map[string]*record.Shape {
	joiner, err := record.Configured(t.Multiline.Settings())
	if joiner == nil || err != nil { // the check has said so
		return nil
	}
	shape := &record.Shape{Joiner: joiner}
	out := map[string]*record.Shape{"": shape}
	for n, s := range t.Steps {
		out[source(n, s)] = shape
	}
	return out
}

// arrive lets time pass and lines arrive.
func (s *stage) arrive(step rules.Step, source string) {
	s.now = s.now.Add(step.Wait)
	s.replay.Pass(s.now)
	if step.Lines == "" {
		return
	}
	data := []byte(step.Lines)
	if !bytes.HasSuffix(data, []byte("\n")) {
		data = append(data, '\n')
	}
	s.replay.Read(tail.Chunk{File: &tail.File{Source: source, Live: step.Path}, Offset: s.offset[step.Path], Data: data}, s.now)
	s.offset[step.Path] += int64(len(data))
}

func (s *stage) step(step incident.Step) {
	i := step.Incident
	if i.Rule != s.rule.ID.Value {
		return
	}
	key := make([]string, len(s.rule.Key))
	for n, k := range s.rule.Key {
		key[n] = i.Key[k.Value]
	}
	id := fmt.Sprintf("%q", key)
	o := s.outcomes[id]
	if o == nil {
		o = &Outcome{Key: key}
		s.outcomes[id] = o
	}
	o.Title = i.Title
	switch step.Kind {
	case incident.StepOpened:
		o.Opened++
		s.open[i.Fingerprint] = o
	case incident.StepReopened:
		o.Reopened++
		s.open[i.Fingerprint] = o
	case incident.StepResolved:
		o.Resolved++
		o.Matches += i.Count
		delete(s.open, i.Fingerprint)
	}
}

// compare says how what came differs from what was expected.
func (c *Case) compare(t *rules.Test) {
	if t.Expect == nil {
		c.fail("the test does not say what it expects; `thirdline test --update` writes it")
		return
	}
	left := slices.Clone(c.Got)
	all := false
	for _, e := range t.Expect.List {
		if len(e.Key) == 0 {
			all = true
			c.check(e, "", sum(c.Got))
			continue
		}
		at := slices.IndexFunc(left, func(o Outcome) bool { return slices.Equal(o.Key, e.Key) })
		got := Outcome{}
		if at >= 0 {
			got = left[at]
			left = slices.Delete(left, at, at+1)
		}
		c.check(e, " for "+e.Key.String(), got)
	}
	for _, o := range left {
		if !all {
			c.fail("opened%s: want none, got %d", of(o.Key), o.Opened+o.Reopened)
		}
	}
}

func of(key []string) string {
	if len(key) == 0 {
		return ""
	}
	return " for " + strings.Join(key, ", ")
}

func (c *Case) fail(format string, args ...any) {
	c.Failures = append(c.Failures, fmt.Sprintf(format, args...))
}

func (c *Case) check(e rules.Expectation, of string, got Outcome) {
	for _, n := range []struct {
		what string
		want *int
		got  int
	}{
		{"opened", e.Opened, got.Opened},
		{"reopened", e.Reopened, got.Reopened},
		{"resolved", e.Resolved, got.Resolved},
		{"matches", e.Matches, int(got.Matches)},
	} {
		if n.want != nil && *n.want != n.got {
			c.fail("%s%s: want %d, got %d", n.what, of, *n.want, n.got)
		}
	}
	if e.Title != nil && *e.Title != got.Title {
		c.fail("title%s: want %q, got %q", of, *e.Title, got.Title)
	}
}

func sum(all []Outcome) Outcome {
	var out Outcome
	for _, o := range all {
		out.Opened += o.Opened
		out.Reopened += o.Reopened
		out.Resolved += o.Resolved
		out.Matches += o.Matches
		out.Title = o.Title
	}
	return out
}
