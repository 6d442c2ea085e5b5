package backendtest

import (
	"maps"
	"slices"
	"sync"

	"github.com/thirdline/thirdline/shipper"
)

// Journal is one in memory, which outlives the backends of a test.
type Journal struct {
	mu sync.Mutex
	of map[string][]byte
}

var _ shipper.Journal = (*Journal)(nil)

// NewJournal returns an empty journal.
func NewJournal() *Journal { return &Journal{of: map[string][]byte{}} }

// Load implements [shipper.Journal].
func (j *Journal) Load(incident string) ([]byte, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.of[incident], nil
}

// Save implements [shipper.Journal].
func (j *Journal) Save(incident string, value []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.of[incident] = slices.Clone(value)
	return nil
}

// Delete implements [shipper.Journal].
func (j *Journal) Delete(incident string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.of, incident)
	return nil
}

// All implements [shipper.Journal].
func (j *Journal) All() (map[string][]byte, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return maps.Clone(j.of), nil
}
