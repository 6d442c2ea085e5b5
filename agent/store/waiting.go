package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// waitingKey holds, in meta, how many events wait for each destination, so that
// nobody reads the whole spool to count them.
const waitingKey = "waiting"

// waiting counts the events of a spool that has so many bytes. It does not hold for a
// spool of another size: a version of this program that keeps no counts has used it.
type waiting struct {
	Bytes  int64
	Events map[string]int
}

// kept returns the counts that are kept of a spool of that size, or false.
func kept(tx *bolt.Tx, bytes int64) (w waiting, ok bool) {
	err := json.Unmarshal(tx.Bucket([]byte(meta)).Get([]byte(waitingKey)), &w)
	return w, err == nil && w.Bytes == bytes && w.Events != nil
}

// counted counts a spool from its beginning to its end.
func counted(tx *bolt.Tx) waiting {
	w := waiting{spoolBytes(tx), map[string]int{}}
	c := tx.Bucket([]byte(spool)).Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		w.Events[destinationOf(k)]++
	}
	return w
}

// destinationOf returns whose event has a key in the spool.
func destinationOf(key []byte) string {
	destination, _, _ := bytes.Cut(key, []byte{0})
	return string(destination)
}

// spoolBytes is how many bytes the spool of a transaction has.
func spoolBytes(tx *bolt.Tx) int64 {
	if v := tx.Bucket([]byte(meta)).Get([]byte(spoolSize)); len(v) == 8 {
		return int64(binary.BigEndian.Uint64(v))
	}
	return 0
}

// count keeps the counts of a spool that had so many bytes before the transaction.
func (b Batch) count(before int64) error {
	w, ok := kept(b.tx, before)
	if !ok {
		w, b.waiting = counted(b.tx), nil
	}
	for destination, n := range b.waiting {
		if w.Events[destination] += n; w.Events[destination] <= 0 {
			delete(w.Events, destination)
		}
	}
	w.Bytes = spoolBytes(b.tx)
	data, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("encode counts: %w", err)
	}
	return b.tx.Bucket([]byte(meta)).Put([]byte(waitingKey), data)
}

// Spooled returns the number of events that wait for a destination.
func (s *Store) Spooled(destination string) (n int, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		w, ok := kept(tx, spoolBytes(tx))
		if !ok {
			w = counted(tx)
		}
		n = w.Events[destination]
		return nil
	})
	return n, err
}
