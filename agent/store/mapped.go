package store

import (
	"time"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

const (
	mappedBytes = 16 << 20 // of a file that may stay mapped
	unmapEvery  = 200 * time.Millisecond
)

// unmap takes the file's pages out of the process's memory, at most five times a second.
// Each page that was read would count as ours for ever; the kernel keeps them all as
// long as it has room for them.
func (s *Store) unmap(now time.Time) {
	last := s.unmapped.Load()
	if now.UnixNano()-last < int64(unmapEvery) || !s.unmapped.CompareAndSwap(last, now.UnixNano()) {
		return
	}
	_ = s.db.View(func(tx *bolt.Tx) error { // while it is open, the mapping stays where it is
		if tx.Size() >= mappedBytes { // at worst they stay
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, s.db.Info().Data, uintptr(tx.Size()), unix.MADV_DONTNEED)
		}
		return nil
	})
}
