package shipper

import (
	"slices"
	"time"
)

// lane is the order of one incident's events: the first is delivered before the
// second begins.
type lane struct {
	incident string
	events   []queued
	flying   bool
	failures int
	due      time.Time // not before
}

// queued is an event that was read from the spool. It holds no text where too much is
// held already: that is read again when its turn comes.
type queued struct {
	Spooled
	id string
}

// lanes holds the events that were read from the spool, by incident.
type lanes struct {
	all     map[string]*lane
	ready   []*lane // those that may fly now, the longest waiting first
	waiting []*lane // those that may not before they are due
	held    int     // events
	bytes   int     // of their texts
}

// add puts an event behind the others of its incident. What cannot be read has no
// incident, and is refused when its turn comes.
func (l *lanes) add(s Spooled) {
	head, err := HeadOf(s.Event)
	if err != nil {
		head = Head{}
	}
	of := l.all[head.Subject]
	if of == nil {
		of = &lane{incident: head.Subject}
		l.all[head.Subject] = of
		l.ready = append(l.ready, of)
	}
	if l.bytes+len(s.Event) > heldBytes {
		s.Event = nil
	}
	of.events = append(of.events, queued{s, head.ID})
	l.held++
	l.bytes += len(s.Event)
}

// next returns a lane whose first event may fly now, or nil.
func (l *lanes) next(now time.Time) *lane {
	l.waiting = slices.DeleteFunc(l.waiting, func(w *lane) bool {
		if w.due.After(now) {
			return false
		}
		l.ready = append(l.ready, w)
		return true
	})
	if len(l.ready) == 0 {
		return nil
	}
	of := l.ready[0]
	l.ready = l.ready[1:]
	of.flying = true
	return of
}

// landed takes the first event of a lane away.
func (l *lanes) landed(of *lane) {
	l.bytes -= len(of.events[0].Event)
	of.events[0] = queued{}
	of.events, of.flying, of.failures = of.events[1:], false, 0
	l.held--
	if len(of.events) == 0 {
		delete(l.all, of.incident)
		return
	}
	l.ready = append(l.ready, of)
}

// back keeps the first event of a lane until it is due.
func (l *lanes) back(of *lane, due time.Time) {
	of.flying, of.due = false, due
	l.waiting = append(l.waiting, of)
}

// due returns when the first lane that waits may fly; zero when none waits.
func (l *lanes) due() (first time.Time) {
	for _, w := range l.waiting {
		if first.IsZero() || w.due.Before(first) {
			first = w.due
		}
	}
	return first
}
