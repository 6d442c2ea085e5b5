package store

import (
	"bytes"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// maxHistory is how much is kept of what was told, in bytes.
const maxHistory = 64 << 20

// History is what was told of incidents, kept after its delivery:
//
//	sequence (8 bytes, big endian) incident -> bytes of the caller's
//
// The oldest go first when there is too much.
const history Bucket = "history"

// Remember keeps what was told of an incident.
func (b Batch) Remember(incident string, told []byte) error {
	bucket := b.tx.Bucket([]byte(history))
	sequence, err := bucket.NextSequence()
	if err != nil {
		return fmt.Errorf("remember event: %w", err)
	}
	if err := bucket.Put(append(number(sequence), incident...), told); err != nil {
		return fmt.Errorf("remember event: %w", err)
	}
	m := b.tx.Bucket([]byte(meta))
	total := uint64(len(told))
	if v := m.Get([]byte(history)); len(v) == 8 {
		total += binary.BigEndian.Uint64(v)
	}
	for total > maxHistory {
		k, v := bucket.Cursor().First()
		if k == nil {
			total = 0
			break
		}
		total -= min(uint64(len(v)), total)
		if err := bucket.Delete(bytes.Clone(k)); err != nil {
			return fmt.Errorf("forget event: %w", err)
		}
	}
	return m.Put([]byte(history), number(total))
}

// History hands on what is remembered of the incidents whose name begins so, the
// oldest first. The bytes are valid until hand returns.
func (s *Store) History(prefix string, hand func(incident string, told []byte) error) error {
	return s.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(history)).ForEach(func(k, v []byte) error {
			if len(k) < 8 || !bytes.HasPrefix(k[8:], []byte(prefix)) {
				return nil
			}
			return hand(string(k[8:]), v)
		})
	})
}
