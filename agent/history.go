package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/thirdline/thirdline/agent/control"
	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/shipper"
)

// maxPast bounds one remembered event, in bytes.
const maxPast = 16 << 20

// Past is an event as it was told, kept for the incident's capsule.
type Past struct {
	Type string `json:"type"`
	// Time is when it happened; zero in what an older thirdline kept.
	Time time.Time `json:"time,omitzero"`
	// Rule is the text of the rule's file at the opening, without its other rules.
	Rule string `json:"rule,omitempty"`
	// Origin is where the record of the opening came from; nil where that is not known.
	Origin *Origin          `json:"origin,omitempty"`
	Data   shipper.Incident `json:"data"`
}

// Origin is where a record came from, and how it was read.
type Origin struct {
	// Path is the followed name of the file, before any rotation.
	Path string `json:"path"`
	// Zone is the host's at that time, as in +02:00: times without one are of it.
	Zone string `json:"zone,omitempty"`
	// Source is what the configuration says of its source, as [Source.Described].
	Source json.RawMessage `json:"source"`
}

// origin returns where a record of a time came from, or nil.
func (p *pipeline) origin(from *incident.Place, at time.Time) *Origin {
	said := p.sources.described[from.Source]
	if said == nil || p.follower == nil {
		return nil
	}
	o := Origin{Path: from.Path, Zone: at.In(p.zone).Format("-07:00"), Source: said}
	if file := p.follower.File(from.File); file != nil {
		o.Path = file.Live
	}
	return &o
}

// ErrNotRemembered tells that nothing is known of an incident.
var ErrNotRemembered = errors.New("nothing is remembered of this incident")

// remember keeps an event, which is durable together with the incident.
func (p *pipeline) remember(d *draft) {
	step, data := &d.step, d.data
	wire, _ := kind(step.Kind)
	past := Past{Type: wire, Time: d.at.UTC(), Data: data}
	past.Data.Sequence = step.Incident.Sequence // the destinations count their own
	if step.Kind == incident.StepOpened || step.Kind == incident.StepReopened {
		past.Rule = p.evidence.texts.of(p.set, p.incidents.Rule(step.Incident.Rule))
		if step.Match != nil {
			past.Origin = p.origin(step.Match, data.Opened)
		}
	}
	encoded, err := json.Marshal(past)
	if err != nil { // every field is text, a number or a time
		p.log.Error("cannot encode event", "incident", data.Fingerprint, "err", err)
		return
	}
	p.evidence.past = append(p.evidence.past, told{jobOf(data.Fingerprint, data.Generation), p.evidence.trimmer.encoder.EncodeAll(encoded, nil)})
}

// told is a remembered event that is not durable yet.
type told struct {
	incident string
	event    []byte
}

// History returns what is remembered of the latest life of the one incident whose
// fingerprint begins so; FINGERPRINT/GENERATION names another life.
func History(s *store.Store, incident string) (all []Past, err error) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxPast), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("set up compression: %w", err)
	}
	defer decoder.Close()
	err = s.History(incident, func(id string, event []byte) error {
		data, err := decoder.DecodeAll(event, nil)
		if err != nil {
			return fmt.Errorf("read event of %s: %w", id, err)
		}
		var past Past
		if err := json.Unmarshal(data, &past); err != nil {
			return fmt.Errorf("decode event of %s: %w", id, err)
		}
		d := past.Data
		switch {
		case strings.Contains(incident, "/") && jobOf(d.Fingerprint, d.Generation) != incident:
			return nil // generation 12 begins like generation 1
		case len(all) > 0 && all[0].Data.Fingerprint != d.Fingerprint:
			return fmt.Errorf("find incident: several begin with %s; give more of its fingerprint", incident)
		case len(all) > 0 && all[0].Data.Generation != d.Generation:
			all = nil
		}
		all = append(all, past)
		return nil
	})
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("find incident %s: %w; it is older than what is kept, or has another fingerprint", incident, ErrNotRemembered)
	}
	return all, err
}

// history answers GET /history?incident=FINGERPRINT.
func (a *Agent) history(_ context.Context, r *http.Request, _ struct{}) (any, error) {
	all, err := History(a.pipeline.store, r.URL.Query().Get("incident"))
	if errors.Is(err, ErrNotRemembered) {
		return nil, control.Failf(http.StatusNotFound, "%v", err)
	}
	return all, err
}

// ruleTexts are the rule files as they were when their set was loaded.
type ruleTexts struct {
	set   *rules.Set
	files map[string]string
}

// load reads the files of a set that is new.
func (t *ruleTexts) load(set *rules.Set) {
	if t.set == set {
		return
	}
	t.set, t.files = set, map[string]string{}
	for _, r := range set.Rules {
		if _, known := t.files[r.File]; !known {
			text, err := os.ReadFile(r.File)
			if err != nil {
				text = nil // it was read a moment ago; the capsule is without it
			}
			t.files[r.File] = string(text)
		}
	}
}

// of returns the text of a rule's file without its other rules.
func (t *ruleTexts) of(set *rules.Set, rule *rules.Rule) string {
	t.load(set)
	if rule == nil {
		return ""
	}
	return onlyRule(t.files[rule.File], rule.Pos.Line)
}

// onlyRule leaves out the other items of the list of rules: those at the indent of the
// one that stands at a line. A file in another style is left whole.
func onlyRule(text string, line int) string {
	lines := strings.SplitAfter(text, "\n")
	if line < 1 || line > len(lines) {
		return text
	}
	dash := indent(lines[line-1])
	if !strings.HasPrefix(lines[line-1][dash:], "- ") {
		return text
	}
	var out bytes.Buffer
	keep := true
	for n, l := range lines {
		switch at := indent(l); {
		case strings.TrimSpace(l) == "":
		case at == dash && strings.HasPrefix(l[at:], "-"):
			keep = n == line-1
		case at < dash || at == dash && dash == 0 && !strings.HasPrefix(l[at:], "#"):
			keep = true // another key of the file
		}
		if keep {
			out.WriteString(l)
		}
	}
	return out.String()
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
