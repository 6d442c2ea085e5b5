package incident

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	maxNotes = 20   // the last ones of an incident
	maxSaid  = 4000 // runes of a note or a fix
)

// The errors of what a person asks for.
var (
	ErrUnknown   = errors.New("there is no such incident")
	ErrAmbiguous = errors.New("more than one incident begins so; give more digits")
	errOpen      = errors.New("the incident is open already")
	errResolved  = errors.New("the incident is resolved already")
	errRuleGone  = errors.New("its rule is gone, so nobody would look for its end")
)

// All returns what is kept of every incident, the one seen last first.
func (m *Manager) All() []Incident {
	out := make([]Incident, 0, len(m.all))
	for _, i := range m.all {
		if !i.Forgotten {
			out = append(out, *i)
		}
	}
	slices.SortFunc(out, func(a, b Incident) int {
		if n := b.LastSeen.Compare(a.LastSeen); n != 0 {
			return n
		}
		return strings.Compare(a.Fingerprint, b.Fingerprint)
	})
	return out
}

// Find returns the incident whose fingerprint begins with prefix. A generation after
// it, as in an event's id, is left aside.
func (m *Manager) Find(prefix string) (*Incident, error) {
	prefix, _, _ = strings.Cut(strings.ToLower(prefix), "/")
	if prefix == "" {
		return nil, ErrUnknown
	}
	var found *Incident
	for fp := range maps.Keys(m.all) {
		if !strings.HasPrefix(fp, prefix) || m.all[fp].Forgotten {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("%q: %w", prefix, ErrAmbiguous)
		}
		found = m.all[fp]
	}
	if found == nil {
		return nil, fmt.Errorf("%q: %w", prefix, ErrUnknown)
	}
	return found, nil
}

// ResolveByHand ends an incident whatever its rule says. What mended it, where it is
// given, is told when the problem comes again.
func (m *Manager) ResolveByHand(i *Incident, fix string, now time.Time) ([]Step, error) {
	if i.Status == Resolved {
		if fix == "" {
			return nil, errResolved
		}
		m.learn(i, fix, now)
		return nil, nil
	}
	m.learn(i, fix, now)
	reason := reasonByHand
	if !i.Lost.IsZero() {
		reason = reasonSourceLost
	}
	i.Flaps = 0
	return m.resolve(i, reason, now, now), nil
}

// learn keeps what mended a problem; an empty text teaches nothing.
func (m *Manager) learn(i *Incident, fix string, now time.Time) {
	if fix != "" {
		i.Fix, i.Fixed, i.FixOf = cut(fix), now, i.Generation
		m.changed[i.Fingerprint] = i
	}
}

// LearnOf keeps what a ticket says that mended a generation, unless more is known of
// that one or a later one already: a person's own word goes before. It tells whether
// it was news.
func (m *Manager) LearnOf(fingerprint string, generation int, fix string, now time.Time) bool {
	i := m.all[fingerprint]
	if i == nil || fix == "" || generation > i.Generation || generation <= i.FixOf {
		return false
	}
	m.learn(i, fix, now)
	i.FixOf = generation
	return true
}

// ReopenByHand starts the next generation of a resolved incident.
func (m *Manager) ReopenByHand(i *Incident, now time.Time) ([]Step, error) {
	r := m.rules[i.Rule]
	switch {
	case i.Status == Open:
		return nil, errOpen
	case r == nil:
		return nil, errRuleGone
	}
	was := *i
	i.Ended = now // whatever the rule's window is
	m.begin(i, r, i.Fingerprint, now)
	i.Key, i.Fields, i.Title, i.At, i.Storm, i.Count = was.Key, was.Fields, was.Title, was.At, was.Storm, 0
	m.lead(i)
	m.mute(i, r)
	if i.MutedBy != "" {
		m.touch(i)
		return nil, nil
	}
	return []Step{m.step(i, i.opening(), reasonByHand, now)}, nil
}

// Annotate adds what a person says to an incident, and tells it.
func (m *Manager) Annotate(i *Incident, by, said string, now time.Time) []Step {
	note := Note{Time: now, By: by, Text: cut(said)}
	i.Notes = append(slices.Clone(i.Notes), note)
	i.Notes = i.Notes[max(0, len(i.Notes)-maxNotes):]
	m.changed[i.Fingerprint] = i
	if i.Status != Open {
		return nil
	}
	steps := m.update(i, reasonNoted, now)
	for n := range steps {
		steps[n].Note = &note
	}
	return steps
}

func cut(s string) string {
	if r := []rune(s); len(r) > maxSaid {
		return string(r[:maxSaid]) + " [cut]"
	}
	return s
}
