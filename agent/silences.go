package agent

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/thirdline/thirdline/agent/control"
	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/silence"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/shipper"
)

// What keeps an event quiet, as Status.Suppressed names it.
const (
	bySilence = "silence"
	byRule    = "observing rule"
	byHours   = "hours"
)

// silenced is what the reason begins with where a silence is the reason.
const silenced = "silence "

func newSuppressed() map[string]int64 {
	return map[string]int64{bySilence: 0, byRule: 0, byHours: 0}
}

// suppress counts an event that is not sent, and why.
func (p *pipeline) suppress(rule *rules.Rule, why string) {
	switch {
	case strings.HasPrefix(why, silenced):
		p.suppressed[bySilence]++
	case rule != nil && rule.Observes():
		p.suppressed[byRule]++
	default:
		p.suppressed[byHours]++
	}
}

// SilenceID names a silence in a request.
type SilenceID struct {
	ID string `json:"id"`
}

func (a *Agent) silences(ctx context.Context, _ *http.Request, _ struct{}) (any, error) {
	out := []silence.Silence{}
	err := a.look(ctx, func(p *pipeline, _ time.Time) error {
		for _, s := range p.book.List() {
			out = append(out, *s)
		}
		return nil
	})
	return out, err
}

// activeSilences are those that hold events back now.
func (p *pipeline) activeSilences(now time.Time) []silence.Silence {
	out := []silence.Silence{}
	for _, s := range p.book.List() {
		if s.Active(now) {
			out = append(out, *s)
		}
	}
	return out
}

func (a *Agent) addSilence(ctx context.Context, _ *http.Request, in silence.Silence) (any, error) {
	return a.editSilence(ctx, func(b *silence.Book, now time.Time) (*silence.Silence, error) { return b.Add(in, now) })
}

func (a *Agent) expireSilence(ctx context.Context, _ *http.Request, in SilenceID) (any, error) {
	return a.editSilence(ctx, func(b *silence.Book, now time.Time) (*silence.Silence, error) { return b.Expire(in.ID, now) })
}

func (a *Agent) editSilence(ctx context.Context, edit func(*silence.Book, time.Time) (*silence.Silence, error)) (any, error) {
	var out silence.Silence
	err := a.Do(ctx, func(p *pipeline, now time.Time) error {
		s, err := edit(p.book, now)
		if err != nil {
			return control.Failf(http.StatusBadRequest, "%v", err)
		}
		out = *s
		p.log.Info("silences changed", "silence", s.ID, "author", s.Author, "comment", s.Comment, "ends", s.Ends)
		return nil
	})
	return out, err
}

// EditSilences changes the silences of a store that no agent has open.
func EditSilences(s *store.Store, edit func(*silence.Book) error) error {
	book, err := newBook(s)
	if err != nil {
		return err
	}
	if err := edit(book); err != nil {
		return err
	}
	return s.Commit(func(b store.Batch) error { return fillBook(book, b) })
}

func newBook(s *store.Store) (*silence.Book, error) {
	stored, err := store.Load[silence.Silence](s, store.Silences)
	if err != nil {
		return nil, fmt.Errorf("restore silences: %w", err)
	}
	return silence.NewBook(stored), nil
}

// fillBook writes what changed of the silences.
func fillBook(book *silence.Book, b store.Batch) error {
	for id, s := range book.Changed() {
		var err error
		if s == nil {
			err = b.Delete(store.Silences, id)
		} else {
			err = b.Put(store.Silences, id, s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func subject(i *shipper.Incident) *silence.Subject {
	return &silence.Subject{
		Rule: i.Rule, Severity: i.Severity, Tier: i.Tier, Owner: i.Owner, Host: i.Host.Name, Tags: i.Tags, Labels: i.Labels, Key: i.Key,
	}
}

// quiet returns those of the destinations that are told of a step although a silence,
// the rule's hours or its mode keep it quiet: the end of an incident that they know of.
// why is empty when nothing keeps it quiet.
func (p *pipeline) quiet(step *incident.Step, data *shipper.Incident, to []string, now time.Time) (rest []string, why string) {
	if rule := p.incidents.Rule(step.Incident.Rule); rule != nil {
		why = rule.Quiet(now)
	}
	if why == "" && p.book != nil {
		if by := p.book.Holding(subject(data), now); by != nil {
			why = silenced + by.ID
			p.book.Count(by)
		}
	}
	if why == "" {
		return to, ""
	}
	for _, name := range to {
		if step.Kind == incident.StepResolved && p.incidents.Knows(step, name) {
			rest = append(rest, name)
		}
	}
	return rest, why
}

// tellSilenced tells the incidents that are still open when their silence is over.
func (p *pipeline) tellSilenced(now time.Time) {
	for _, s := range p.book.Over(now) {
		p.log.Info("silence is over", "silence", s.ID, "author", s.Author, "comment", s.Comment, "held_back", s.Held)
		for _, i := range p.incidents.All() {
			rule := p.incidents.Rule(i.Rule)
			if rule == nil {
				continue
			}
			if data := wireIncident(incident.Step{Incident: i}, rule, p.host); !s.Matches(subject(&data)) {
				continue
			}
			for _, step := range p.incidents.Remind(i.Fingerprint, "silence over", now) {
				p.tell(step, nil, now)
			}
		}
	}
}
