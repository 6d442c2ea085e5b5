package store_test

import (
	"encoding/binary"
	"errors"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/thirdline/thirdline/agent/store"
)

// waits compares what is counted with what is there.
func waits(t *testing.T, s *store.Store, when, destination string, want int) {
	t.Helper()
	events, err := s.After(destination, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.Spooled(destination); err != nil || n != want || n != len(events) {
		t.Errorf("%s: %d events wait for %s, %d are counted: %v; want %d", when, len(events), destination, n, err, want)
	}
}

func TestWhatWaitsIsCounted(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	enqueue(t, s, event(t, "a", "opened", 1), event(t, "a", "updated", 2), event(t, "a", "updated", 3), event(t, "a", "updated", 4), event(t, "b", "opened", 1))
	waits(t, s, "spooled", "d", 5)
	s.LimitSpool(1)
	enqueue(t, s, event(t, "a", "resolved", 5))
	waits(t, s, "merged", "d", 3)
	s.LimitSpool(0)
	if err := errors.Join(s.Remove("d", []uint64{1, 1}), s.Bury("d", 6, "no", time.Now()), s.Bury("d", 6, "no", time.Now())); err != nil {
		t.Fatal(err)
	}
	waits(t, s, "delivered, and refused", "d", 1)
	boom := errors.New("boom")
	if err := s.Commit(func(b store.Batch) error { return errors.Join(b.Enqueue("d", []byte(`{}`)), boom) }); !errors.Is(err, boom) {
		t.Fatal(err)
	}
	waits(t, s, "not committed", "d", 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	byAnOlderVersion(t, dir)
	s = open(t, dir)
	waits(t, s, "used by an older version", "d", 2)
	enqueue(t, s, event(t, "c", "opened", 1))
	waits(t, s, "used again", "d", 3)
}

// byAnOlderVersion spools an event and counts nothing but its bytes.
func byAnOlderVersion(t *testing.T, dir string) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(dir, store.File), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bolt.Tx) error {
		m := tx.Bucket([]byte("meta"))
		bytes := binary.BigEndian.AppendUint64(nil, binary.BigEndian.Uint64(m.Get([]byte("spool_bytes")))+2)
		return errors.Join(m.Put([]byte("spool_bytes"), bytes), tx.Bucket([]byte("spool")).Put([]byte("d\x00\x00\x00\x00\x00\x00\x00\x00\x09"), []byte(`{}`)))
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
