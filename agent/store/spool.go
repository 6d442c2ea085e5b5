package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/thirdline/thirdline/shipper"
)

const (
	maxRead   = 1 << 20 // bytes of events that are read ahead
	spoolSize = "spool_bytes"
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
	if err := bucket.Put(spoolKey(destination, sequence), event); err != nil {
		return err
	}
	b.waiting[destination]++
	size, err := b.grow(len(event))
	if limit := b.store.spoolLimit.Load(); err == nil && limit > 0 && size > limit {
		err = b.coalesce(size - limit + limit/coalesceShare)
	}
	return err
}

// grow notes that the spool has so many bytes more, and returns how many it has.
func (b Batch) grow(bytes int) (int64, error) {
	m := b.tx.Bucket([]byte(meta))
	size := spoolBytes(b.tx) + int64(bytes)
	if size < 0 { // a spool of a time before sizes were kept
		size = 0
	}
	return size, m.Put([]byte(spoolSize), number(uint64(size)))
}

// After returns the oldest events of a destination behind a sequence number: at
// most n, and fewer when they are large; none when there are none.
func (s *Store) After(destination string, sequence uint64, n int) (events []shipper.Spooled, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		prefix, size := spoolKey(destination, 0)[:len(destination)+1], 0
		c := tx.Bucket([]byte(spool)).Cursor()
		for k, v := c.Seek(spoolKey(destination, sequence+1)); bytes.HasPrefix(k, prefix) && len(events) < n && size < maxRead; k, v = c.Next() {
			events = append(events, shipper.Spooled{Sequence: binary.BigEndian.Uint64(k[len(prefix):]), Event: bytes.Clone(v)})
			size += len(v)
		}
		return nil
	})
	return events, err
}

// Remove takes delivered events from the spool. Those that are not there are no
// error.
func (s *Store) Remove(destination string, sequences []uint64) error {
	return s.Commit(func(b Batch) error {
		for _, n := range sequences {
			if err := b.unspool(spoolKey(destination, n)); err != nil {
				return err
			}
		}
		return nil
	})
}

// unspool deletes one event.
func (b Batch) unspool(key []byte) error {
	bucket := b.tx.Bucket([]byte(spool))
	if event := bucket.Get(key); event != nil {
		b.waiting[destinationOf(key)]--
		if _, err := b.grow(-len(event)); err != nil {
			return err
		}
	}
	return bucket.Delete(key)
}

// Bury moves an event from the spool to the dead letters.
func (s *Store) Bury(destination string, sequence uint64, reason string, now time.Time) error {
	return s.Commit(func(b Batch) error {
		key := spoolKey(destination, sequence)
		bucket := b.tx.Bucket([]byte(spool))
		event := bucket.Get(key)
		if event == nil {
			return nil // it was coalesced meanwhile
		}
		letter, err := json.Marshal(DeadLetter{Destination: destination, Time: now, Reason: reason, Event: event})
		if err != nil {
			return fmt.Errorf("encode dead letter: %w", err)
		}
		if err := b.tx.Bucket([]byte(dead)).Put(key, letter); err != nil {
			return err
		}
		return b.unspool(key)
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
