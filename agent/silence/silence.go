// Package silence knows what shall not be sent for a while: silences, each with
// matchers, an end, an author and a comment.
//
// What a silence is about lives on and is recorded; only nothing is sent. The
// package holds no clock and does no I/O.
package silence

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	keep        = 7 * 24 * time.Hour // that a silence is remembered after its end
	longest     = 366 * 24 * time.Hour
	maxText     = 1000 // bytes of an author or a comment
	maxSilences = 1000
)

// Silence holds back the events of what its matchers are about.
type Silence struct {
	ID string `json:"id"`
	// Matchers must all agree.
	Matchers []Matcher `json:"matchers"`
	Starts   time.Time `json:"starts"`
	Ends     time.Time `json:"ends"`
	Author   string    `json:"author"`
	Comment  string    `json:"comment"`
	// Held counts the events that it has held back.
	Held int64 `json:"held"`
	// Told says that its end has been told.
	Told bool `json:"told,omitempty"`
}

// Subject is what a silence can be about: an incident.
type Subject struct {
	Rule, Severity, Tier, Owner, Host string
	Tags                              []string
	Labels, Key                       map[string]string
}

// Active reports whether the silence holds anything back at a time.
func (s *Silence) Active(at time.Time) bool { return !at.Before(s.Starts) && at.Before(s.Ends) }

// Matches reports whether the silence is about an incident.
func (s *Silence) Matches(i *Subject) bool {
	return !slices.ContainsFunc(s.Matchers, func(m Matcher) bool { return !m.Matches(i) })
}

// Depends returns the matchers that are about the key of an incident of which only the
// rest is known. ok tells whether that agrees.
func (s *Silence) Depends(i *Subject) (on []Matcher, ok bool) {
	for _, m := range s.Matchers {
		switch {
		case strings.HasPrefix(m.name, "key."):
			on = append(on, m)
		case !m.Matches(i):
			return nil, false
		}
	}
	return on, true
}

// Check says what is wrong with a silence that is to be added.
func (s *Silence) Check(now time.Time) error {
	switch {
	case len(s.Matchers) == 0:
		return errors.New("a silence without matchers would hold back everything; name what it is about: rule=disk-failing, or severity=~.* for everything")
	case !s.Ends.After(now):
		return fmt.Errorf("the silence would end at %s, which has passed", s.Ends.Format(time.RFC3339))
	case s.Ends.Sub(now) > longest:
		return errors.New("a silence lasts 366 days at most; to have it for good, switch the rule off or let it observe")
	case !s.Starts.Before(s.Ends):
		return errors.New("the silence would end before it begins")
	case s.Author == "":
		return errors.New("a silence has an author: name one with --author")
	case s.Comment == "":
		return errors.New("a silence has a comment: say why with --comment")
	case len(s.Author) > maxText, len(s.Comment) > maxText:
		return fmt.Errorf("author and comment have at most %d bytes", maxText)
	}
	return nil
}

// Book is the silences of a host. It is not safe for concurrent use.
type Book struct {
	all     map[string]*Silence
	changed map[string]*Silence // nil for one that is gone
}

// NewBook returns a book with the stored silences.
func NewBook(stored map[string]Silence) *Book {
	b := &Book{all: map[string]*Silence{}, changed: map[string]*Silence{}}
	for id, s := range stored {
		b.all[id] = &s
	}
	return b
}

// Add checks a silence and gives it an id.
func (b *Book) Add(s Silence, now time.Time) (*Silence, error) {
	if s.Starts.IsZero() {
		s.Starts = now
	}
	if err := s.Check(now); err != nil {
		return nil, err
	}
	if len(b.all) >= maxSilences {
		return nil, fmt.Errorf("there are %d silences already; end some with `thirdline silence expire`", len(b.all))
	}
	s.ID, s.Held, s.Told = strings.ToLower(rand.Text()[:10]), 0, false
	b.all[s.ID], b.changed[s.ID] = &s, &s
	return &s, nil
}

// Expire ends a silence now.
func (b *Book) Expire(id string, now time.Time) (*Silence, error) {
	s := b.all[id]
	switch {
	case s == nil:
		return nil, fmt.Errorf("no silence has the id %q; `thirdline silence list` shows them", id)
	case !s.Ends.After(now):
		return nil, fmt.Errorf("silence %s is over since %s", id, s.Ends.Format(time.RFC3339))
	}
	s.Ends = now
	if s.Starts.After(now) {
		s.Starts = now
	}
	b.changed[id] = s
	return s, nil
}

// Holding returns a silence that is about the incident now, or nil.
func (b *Book) Holding(i *Subject, now time.Time) *Silence {
	for _, s := range b.List() {
		if s.Active(now) && s.Matches(i) {
			return s
		}
	}
	return nil
}

// Count notes that a silence has held an event back.
func (b *Book) Count(s *Silence) {
	s.Held++
	b.changed[s.ID] = s
}

// Over returns, once each, the silences that have ended, and forgets those that
// ended long ago.
func (b *Book) Over(now time.Time) []*Silence {
	var out []*Silence
	for id, s := range b.all {
		switch {
		case now.Sub(s.Ends) > keep:
			delete(b.all, id)
			b.changed[id] = nil
		case !s.Told && !s.Ends.After(now):
			s.Told, b.changed[id] = true, s
			out = append(out, s)
		}
	}
	slices.SortFunc(out, before)
	return out
}

// List returns all silences, the first to end first.
func (b *Book) List() []*Silence { return slices.SortedFunc(maps.Values(b.all), before) }

func before(x, y *Silence) int {
	return cmp.Or(x.Ends.Compare(y.Ends), cmp.Compare(x.ID, y.ID))
}

// Changed returns what is to be stored, by id; nil is to be deleted.
func (b *Book) Changed() map[string]*Silence { return b.changed }

// Saved tells that what Changed returned is durable.
func (b *Book) Saved() { clear(b.changed) }
