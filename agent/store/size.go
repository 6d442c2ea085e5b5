package store

import (
	"bytes"

	bolt "go.etcd.io/bbolt"
)

// Size returns the size of the store's file in bytes.
func (s *Store) Size() (n int64, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		n = tx.Size()
		return nil
	})
	return n, err
}

// Spool returns how many bytes of events wait, of all destinations together, and
// the limit; 0 is none.
func (s *Store) Spool() (bytes, limit int64, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		bytes = spoolBytes(tx)
		return nil
	})
	return bytes, s.spoolLimit.Load(), err
}

// Dead returns the number of events that a destination refused for good.
func (s *Store) Dead(destination string) (n int, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		prefix := spoolKey(destination, 0)[:len(destination)+1]
		c := tx.Bucket([]byte(dead)).Cursor()
		for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
			n++
		}
		return nil
	})
	return n, err
}
