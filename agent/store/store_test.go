package store_test

import (
	"encoding/binary"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/thirdline/thirdline/agent/store"
)

func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestACommitHappensWholeOrNotAtAll(t *testing.T) {
	s := open(t, t.TempDir())
	boom := errors.New("boom")
	err := s.Commit(func(b store.Batch) error {
		if err := b.Put(store.Positions, "p", 1); err != nil {
			return err
		}
		if err := b.Enqueue("d", []byte(`{}`)); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	positions, err := store.Load[int](s, store.Positions)
	if err != nil || len(positions) != 0 {
		t.Errorf("positions = %v, %v", positions, err)
	}
	if e, err := s.After("d", 0, 9); e != nil || err != nil {
		t.Errorf("spooled %v, %v", e, err)
	}
}

func TestTheSpoolIsOrderedPerDestinationAndSurvives(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(func(b store.Batch) error {
		return errors.Join(b.Enqueue("a", []byte(`1`)), b.Enqueue("ab", []byte(`2`)), b.Enqueue("a", []byte(`3`)))
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	events, err := s.After("a", 0, 9)
	if err != nil || len(events) != 2 || string(events[0].Event) != "1" || string(events[1].Event) != "3" {
		t.Fatalf("events = %v, %v", events, err)
	}
	if err := s.Remove("a", []uint64{events[0].Sequence, 99}); err != nil {
		t.Fatal(err)
	}
	if left, err := s.After("a", 0, 9); err != nil || len(left) != 1 || left[0].Sequence != events[1].Sequence {
		t.Fatalf("events = %v, %v", left, err)
	}
	if err := s.Bury("a", events[1].Sequence, "no", time.Now()); err != nil {
		t.Fatal(err)
	}
	letters, err := s.DeadLetters()
	if err != nil || len(letters) != 1 || string(letters[0].Event) != "3" || letters[0].Reason != "no" {
		t.Errorf("dead letters = %+v, %v", letters, err)
	}
	for dest, want := range map[string]int{"a": 0, "ab": 1, "b": 0} {
		if got, err := s.Spooled(dest); got != want || err != nil {
			t.Errorf("Spooled(%q) = %d, %v, want %d", dest, got, err, want)
		}
	}
}

func TestASecondAgentIsRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	if _, err := store.Open(dir); !errors.Is(err, store.ErrLocked) {
		t.Errorf("err = %v", err)
	}
}

func TestANewerFormatIsRefused(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(filepath.Join(dir, "thirdline.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("version"), binary.BigEndian.AppendUint64(nil, 2))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(dir); err == nil || !strings.Contains(err.Error(), "format 2") {
		t.Errorf("err = %v", err)
	}
}
