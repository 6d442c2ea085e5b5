package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// DeadLetter is an event that a destination refused for good.
type DeadLetter struct {
	Destination string          `json:"destination"`
	Time        time.Time       `json:"time"`
	Reason      string          `json:"reason"`
	Event       json.RawMessage `json:"event"`
}

func spoolKey(destination string, sequence uint64) []byte {
	return append(append([]byte(destination), 0), number(sequence)...)
}

// Enqueue spools an event for a destination, after those spooled before.
func (b Batch) Enqueue(destination string, event []byte) error {
	bucket := b.tx.Bucket([]byte(spool))
	sequence, err := bucket.NextSequence()
	if err != nil {
		return fmt.Errorf("spool event: %w", err)
	}
	return bucket.Put(spoolKey(destination, sequence), event)
}

// Oldest returns the oldest spooled event of a destination and its sequence
// number, or nil when the spool holds none.
func (s *Store) Oldest(destination string) (event []byte, sequence uint64, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		k, v := tx.Bucket([]byte(spool)).Cursor().Seek(spoolKey(destination, 0))
		if prefix := spoolKey(destination, 0)[:len(destination)+1]; bytes.HasPrefix(k, prefix) {
			event = bytes.Clone(v)
			sequence = binary.BigEndian.Uint64(k[len(prefix):])
		}
		return nil
	})
	return event, sequence, err
}

// Remove takes a delivered event from the spool.
func (s *Store) Remove(destination string, sequence uint64) error {
	return s.Commit(func(b Batch) error {
		return b.tx.Bucket([]byte(spool)).Delete(spoolKey(destination, sequence))
	})
}

// Bury moves an event from the spool to the dead letters.
func (s *Store) Bury(destination string, sequence uint64, reason string, now time.Time) error {
	return s.Commit(func(b Batch) error {
		key := spoolKey(destination, sequence)
		bucket := b.tx.Bucket([]byte(spool))
		letter, err := json.Marshal(DeadLetter{Destination: destination, Time: now, Reason: reason, Event: bucket.Get(key)})
		if err != nil {
			return fmt.Errorf("encode dead letter: %w", err)
		}
		if err := b.tx.Bucket([]byte(dead)).Put(key, letter); err != nil {
			return err
		}
		return bucket.Delete(key)
	})
}

// DeadLetters returns what destinations refused, oldest first per destination.
func (s *Store) DeadLetters() ([]DeadLetter, error) {
	var out []DeadLetter
	err := s.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(dead)).ForEach(func(_, v []byte) error {
			var l DeadLetter
			if err := json.Unmarshal(v, &l); err != nil {
				return fmt.Errorf("decode dead letter: %w", err)
			}
			out = append(out, l)
			return nil
		})
	})
	return out, err
}

// Spooled returns the number of events that wait for a destination.
func (s *Store) Spooled(destination string) (int, error) {
	n := 0
	err := s.db.View(func(tx *bolt.Tx) error {
		prefix := spoolKey(destination, 0)[:len(destination)+1]
		c := tx.Bucket([]byte(spool)).Cursor()
		for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
			n++
		}
		return nil
	})
	return n, err
}
