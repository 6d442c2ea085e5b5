package backendtest

import (
	"encoding/json"
	"sync"
	"testing"

	"github.com/thirdline/thirdline/shipper"
)

// Message is what a far end got of one step, where it keeps messages and no tickets.
type Message struct {
	ID, Fingerprint, Title, Text string
	// Over tells that it is the end of the incident.
	Over bool
}

// MessageOf reads one from a whole event.
func MessageOf(t *testing.T, event []byte) Message {
	t.Helper()
	var e shipper.Event
	if err := json.Unmarshal(event, &e); err != nil {
		t.Errorf("what came is no event: %v", err)
	}
	return Message{ID: e.ID, Fingerprint: e.Data.Fingerprint, Title: e.Data.Title, Text: string(event), Over: e.Type == shipper.Resolved}
}

// Inbox keeps messages in the order in which they came. It is safe for concurrent
// use; its zero value is empty.
type Inbox struct {
	mu  sync.Mutex
	got []Message
}

// Add keeps a message.
func (b *Inbox) Add(m Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, m)
}

// AddOnce keeps a message whose id is new.
func (b *Inbox) AddOnce(m Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, old := range b.got {
		if old.ID == m.ID {
			return
		}
	}
	b.got = append(b.got, m)
}

// Len is how many messages came.
func (b *Inbox) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.got)
}

// Tickets takes the messages of an incident for one ticket: the first made it, and
// each after it is a comment.
func (b *Inbox) Tickets(_ *testing.T, fingerprint string) []Ticket {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []Ticket
	for _, m := range b.got {
		switch {
		case m.Fingerprint != fingerprint:
			continue
		case all == nil:
			all = []Ticket{{Title: m.Title}}
		default:
			all[0].Comments++
		}
		all[0].Open = !m.Over
		all[0].Text += m.Text
	}
	return all
}
