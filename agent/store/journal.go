package store

import (
	"bytes"

	bolt "go.etcd.io/bbolt"

	"github.com/thirdline/thirdline/shipper"
)

// Journal is what one destination's backend remembers.
type Journal struct {
	store       *Store
	destination string
}

var _ shipper.Journal = (*Journal)(nil)

// Journal returns the journal of a destination.
func (s *Store) Journal(destination string) *Journal { return &Journal{s, destination} }

func (j *Journal) key(incident string) []byte {
	return append(append([]byte(j.destination), 0), incident...)
}

// Load implements [shipper.Journal].
func (j *Journal) Load(incident string) (value []byte, err error) {
	err = j.store.db.View(func(tx *bolt.Tx) error {
		value = bytes.Clone(tx.Bucket([]byte(journal)).Get(j.key(incident)))
		return nil
	})
	return value, err
}

// Save implements [shipper.Journal]. Those who save at the same time share one
// transaction.
func (j *Journal) Save(incident string, value []byte) error {
	return j.store.db.Batch(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(journal)).Put(j.key(incident), value)
	})
}

// Delete implements [shipper.Journal].
func (j *Journal) Delete(incident string) error {
	return j.store.db.Batch(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(journal)).Delete(j.key(incident))
	})
}

// All implements [shipper.Journal].
func (j *Journal) All() (map[string][]byte, error) {
	out := map[string][]byte{}
	err := j.store.db.View(func(tx *bolt.Tx) error {
		prefix := j.key("")
		c := tx.Bucket([]byte(journal)).Cursor()
		for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
			out[string(k[len(prefix):])] = bytes.Clone(v)
		}
		return nil
	})
	return out, err
}
