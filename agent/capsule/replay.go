package capsule

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
)

// Opened is an incident that a rule opens on the captured records.
type Opened struct {
	Rule        string            `json:"rule"`
	Title       string            `json:"title"`
	Fingerprint string            `json:"fingerprint"`
	Key         map[string]string `json:"key,omitempty"`
	Matches     int64             `json:"matches"`
	Resolved    bool              `json:"resolved,omitempty"`
	// Captured tells that it is the capsule's own.
	Captured bool `json:"captured,omitempty"`
}

// Rules compiles the captured rule.
func (c *Capsule) Rules(lookup func(string) (string, bool)) (set *rules.Set, err error) {
	if c.Rule == "" {
		return nil, fmt.Errorf("replay capsule: it holds no rule; name one with --rules")
	}
	dir, err := os.MkdirTemp("", "thirdline-replay-")
	if err != nil {
		return nil, fmt.Errorf("replay capsule: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder of our own
	file := filepath.Join(dir, ruleFile)
	if err := os.WriteFile(file, []byte(c.Rule), 0o600); err != nil {
		return nil, fmt.Errorf("replay capsule: %w", err)
	}
	set, problems := rules.Load([]string{file}, lookup)
	if err := problems.Err(); err != nil {
		return nil, fmt.Errorf("compile the captured rule: %w%s", err, hint(problems, c.Manifest.RuleChanged))
	}
	return set, nil
}

func hint(problems diag.List, redacted bool) string {
	if redacted && len(problems) > 0 {
		return "; something was redacted in it: name the rule with --rules"
	}
	return ""
}

// From is the source of the captured records, as the manifest's origin describes it.
// The zero one is every rule's, and its lines are as they stand.
type From struct {
	agent.Source
	// Multiline is how the source's shape joins lines.
	Multiline *rules.Multiline
	// Zone is that of times that name none; nil is UTC.
	Zone *time.Location
}

// Replay runs rules on the captured records and returns what they open. The records
// carry the times that they were written with; those that carry none were written
// when the incident opened. Rules select by the tags of from and the followed name,
// and its records are read as there.
func (c *Capsule) Replay(set *rules.Set, from From) []Opened {
	var found []*Opened
	open := map[string]*Opened{}
	replay := agent.NewReplay(agent.ReplayOptions{
		Host: c.Manifest.Host, Rules: set, Redact: redact.New(redact.NewKey(), redact.Internal),
		Tags: map[string][]string{from.Name: from.Tags}, Shapes: map[string]*record.Shape{from.Name: from.Shape},
		Formats: map[string]*rules.Format{from.Name: from.Fields}, Clocks: clocks(&from), Zone: from.Zone,
		Step: func(s incident.Step) {
			i := s.Incident
			switch s.Kind {
			case incident.StepOpened, incident.StepReopened:
				o := &Opened{Rule: i.Rule, Title: i.Title, Fingerprint: i.Fingerprint, Key: i.Key, Captured: i.Fingerprint == c.Manifest.Incident}
				found, open[i.Fingerprint] = append(found, o), o
			case incident.StepResolved:
				if o := open[i.Fingerprint]; o != nil {
					o.Resolved, o.Matches = true, i.Count
				}
			}
		},
	})
	at := c.Manifest.First
	if at.IsZero() {
		at = time.Now()
	}
	file := &tail.File{Source: from.Name}
	if o := c.Manifest.Origin; o != nil && from.Name != "" {
		file.Live = o.Path
	}
	for _, chunk := range chunks(from.Shape, c.records()) { // conditions see them one after the other
		replay.Read(tail.Chunk{File: file, Data: chunk}, at)
	}
	out := make([]Opened, len(found))
	for n, o := range found {
		if i := replay.Incident(o.Fingerprint); i != nil && !o.Resolved {
			o.Matches = i.Count
		}
		out[n] = *o
	}
	return out
}

func clocks(from *From) map[string]*record.Clock {
	if from.Clock == nil {
		return nil
	}
	return map[string]*record.Clock{from.Name: from.Clock}
}

// chunks cuts captured lines into records. They are UTF-8 whatever the file was.
func chunks(shape *record.Shape, lines []string) (out [][]byte) {
	if shape == nil || len(lines) == 0 {
		for _, line := range lines {
			out = append(out, []byte(line+"\n"))
		}
		return out
	}
	raw := []byte(strings.Join(lines, "\n") + "\n")
	text, marks := shape.Text(nil, raw)
	unwrapped, at := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")), 0
	if marks == nil { // the text is the raw bytes
		for _, line := range unwrapped {
			marks = append(marks, record.Mark{Raw: at})
			at += len(line) + 1
		}
	}
	var starts []int
	if shape.Joiner != nil {
		starts = shape.Joiner.Starts(unwrapped)
	}
	begun := 0
	for n := 1; n < len(marks); n++ {
		if shape.Joiner == nil || slices.Contains(starts, n) {
			out, begun = append(out, raw[begun:marks[n].Raw]), marks[n].Raw
		}
	}
	return append(out, raw[begun:])
}

// Reproduced reports whether the capsule's incident is among what was opened.
func (c *Capsule) Reproduced(opened []Opened) bool {
	return slices.ContainsFunc(opened, func(o Opened) bool { return o.Captured })
}
