// Package store is the one transactional database on the host: positions,
// incidents and spooled events change together or not at all.
//
// After a crash at any instant the store is a consistent prefix of what was
// read. It is a single bbolt file; values are JSON. Opening it takes a lock, so
// that a second agent on the same state directory is refused, and checks the
// format's version, so that an older agent never touches a newer database.
package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// version of the format. It grows when an older agent could misread the file.
const version = 1

// Bucket names a kind of thing in the store.
type Bucket string

// The buckets. The spool and the dead letters have methods of their own.
const (
	Positions  Bucket = "positions"  // file identity -> tail.Position
	Sources    Bucket = "sources"    // source name -> time of first start
	Watched    Bucket = "watched"    // source name -> what was read of it
	Conditions Bucket = "conditions" // rule 0x00 meaning 0x00 key -> condition.Saved
	Incidents  Bucket = "incidents"  // fingerprint -> incident.Incident
	Silences   Bucket = "silences"   // id -> silence.Silence
	spool      Bucket = "spool"      // destination 0x00 sequence -> event
	dead       Bucket = "dead"       // destination 0x00 sequence -> DeadLetter
	meta       Bucket = "meta"
	journal    Bucket = "journal" // destination 0x00 incident -> what its backend did
)

// File is the store's file in its directory.
const File = "thirdline.db"

// ErrLocked tells that another process has the store open.
var ErrLocked = errors.New("another thirdline uses this state directory")

// Store is safe for concurrent use.
type Store struct {
	db   *bolt.DB
	path string

	spoolLimit, coalesced atomic.Int64
	unmapped              atomic.Int64 // when, in Unix nanoseconds
}

// Open opens or makes the store in dir, which is made with mode 0700.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make state directory: %w", err)
	}
	path := filepath.Join(dir, File)
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: 200 * time.Millisecond, FreelistType: bolt.FreelistMapType})
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, fmt.Errorf("open store %s: %w; stop it, or give this one its own `state`", path, ErrLocked)
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w; set the file aside to start anew", path, err)
	}
	db.MaxBatchDelay = 2 * time.Millisecond
	s := &Store{db: db, path: path}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func (s *Store) prepare() error {
	return s.db.Update(func(tx *bolt.Tx) error {
		m, err := tx.CreateBucketIfNotExists([]byte(meta))
		if err != nil {
			return fmt.Errorf("prepare store: %w", err)
		}
		if v := m.Get([]byte("version")); len(v) == 8 && binary.BigEndian.Uint64(v) > version {
			return fmt.Errorf("open store %s: it has format %d and this thirdline knows up to %d; run the newer thirdline, or give this one its own `state`",
				s.path, binary.BigEndian.Uint64(v), version)
		}
		if err := m.Put([]byte("version"), number(version)); err != nil {
			return fmt.Errorf("prepare store: %w", err)
		}
		for _, b := range append(evidence(), Positions, Sources, Watched, Conditions, Incidents, Silences, spool, dead, journal) {
			if _, err := tx.CreateBucketIfNotExists([]byte(b)); err != nil {
				return fmt.Errorf("prepare store: %w", err)
			}
		}
		return nil
	})
}

// Copy writes the store as it stands between two commits, while it is in use.
func (s *Store) Copy(w io.Writer) error {
	return s.db.View(func(tx *bolt.Tx) error {
		if _, err := tx.WriteTo(w); err != nil {
			return fmt.Errorf("copy store: %w", err)
		}
		return nil
	})
}

// Close releases the store.
func (s *Store) Close() error { return s.db.Close() }

// Batch is what one transaction changes.
type Batch struct {
	tx      *bolt.Tx
	store   *Store
	waiting map[string]int // events more or less, by destination
}

// Commit runs fill and makes its changes durable together. With an error none of
// them happened.
func (s *Store) Commit(fill func(Batch) error) error {
	err := s.db.Update(func(tx *bolt.Tx) error {
		b, was := Batch{tx, s, map[string]int{}}, spoolBytes(tx)
		err := fill(b)
		if err == nil && len(b.waiting) > 0 {
			err = b.count(was)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	s.unmap(time.Now())
	return nil
}

// Put stores value as JSON.
func (b Batch) Put(bucket Bucket, key string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode %s %s: %w", bucket, key, err)
	}
	return b.tx.Bucket([]byte(bucket)).Put([]byte(key), data)
}

// PutNew stores value unless the key is there already.
func (b Batch) PutNew(bucket Bucket, key string, value any) error {
	if b.tx.Bucket([]byte(bucket)).Get([]byte(key)) != nil {
		return nil
	}
	return b.Put(bucket, key, value)
}

// Delete forgets a key; one that is not there is no error.
func (b Batch) Delete(bucket Bucket, key string) error {
	return b.tx.Bucket([]byte(bucket)).Delete([]byte(key))
}

// Trim forgets the first keys of a bucket, and keeps the last so many.
func (b Batch) Trim(bucket Bucket, keep int) error {
	k := b.tx.Bucket([]byte(bucket))
	c := k.Cursor()
	var first [][]byte
	n := 0
	for key, _ := c.Last(); key != nil; key, _ = c.Prev() {
		if n++; n > keep {
			first = append(first, bytes.Clone(key))
		}
	}
	for _, key := range first {
		if err := k.Delete(key); err != nil {
			return fmt.Errorf("trim %s: %w", bucket, err)
		}
	}
	return nil
}

// Load decodes every value of a bucket, in key order.
func Load[T any](s *Store, bucket Bucket) (map[string]T, error) {
	out := map[string]T{}
	err := s.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(bucket)).ForEach(func(k, v []byte) error {
			var value T
			if err := json.Unmarshal(v, &value); err != nil {
				return fmt.Errorf("decode %s %s: %w", bucket, k, err)
			}
			out[string(k)] = value
			return nil
		})
	})
	return out, err
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
