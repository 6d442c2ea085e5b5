package httpdriver

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// record is what the journal holds of an incident.
type record struct {
	// Ticket holds what was captured of it: its id.
	Ticket map[string]string `json:"ticket,omitempty"`
	// Previous is the ticket of an earlier generation, which is not to be taken for
	// a new one.
	Previous map[string]string `json:"previous,omitempty"`
	// Generation and Sequence are of the last event that was delivered whole.
	Generation int  `json:"generation"`
	Sequence   int  `json:"sequence"`
	Open       bool `json:"open"`
	// Done are the operations of the event under way that are done.
	Done []string `json:"done,omitempty"`
	// Intent is the operation that was begun, and whose outcome is not known yet.
	Intent *intent `json:"intent,omitempty"`
	// Last is the last event, where its state has to be repeated.
	Last json.RawMessage `json:"last,omitempty"`
	// Look is when the ticket of what is over is looked at next for what mended it,
	// after so many Looks; zero when it is not.
	Look  time.Time `json:"look,omitzero"`
	Looks int       `json:"looks,omitempty"`
	// Fix is a digest of what was found in the ticket last.
	Fix     string    `json:"fix,omitempty"`
	Changed time.Time `json:"changed"`
}

type intent struct {
	Event string `json:"event"`
	Op    string `json:"op"`
}

// has reports whether an event was delivered.
func (r *record) has(generation, sequence int) bool {
	return generation < r.Generation || generation == r.Generation && sequence <= r.Sequence
}

func (d *Driver) load(fingerprint string) (*record, error) {
	value, err := d.journal.Load(fingerprint)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	rec := &record{}
	if value == nil {
		return rec, nil
	}
	if err := json.Unmarshal(value, rec); err != nil {
		d.log.Error("an entry of the journal cannot be read; the ticket is looked for", "err", err)
		return &record{}, nil
	}
	return rec, nil
}

func (d *Driver) save(fingerprint string, rec *record) error {
	rec.Changed = d.now().UTC()
	value, err := json.Marshal(rec)
	if err != nil {
		return fmt.Errorf("encode journal: %w", err)
	}
	if err := d.journal.Save(fingerprint, value); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// memory is a journal that ends with the process.
type memory struct {
	mu sync.Mutex
	of map[string][]byte
}

func (m *memory) Load(incident string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of[incident], nil
}

func (m *memory) Save(incident string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.of[incident] = slices.Clone(value)
	return nil
}

func (m *memory) Delete(incident string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.of, incident)
	return nil
}

func (m *memory) All() (map[string][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.of), nil
}
