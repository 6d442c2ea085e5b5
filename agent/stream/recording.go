package stream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/thirdline/thirdline/agent/tail"
)

const (
	maxFile    = 16 << 20 // bytes; then the recording is rotated
	keepFiles  = 4
	lastWithin = 4 << 20 // of the file's end, in which its last line is looked for
)

// recording is the file that a stream is recorded into, with those that it became
// before. It is safe for concurrent use.
type recording struct {
	path string
	news chan struct{} // more has been read

	mu     sync.Mutex // guards what follows
	file   file
	size   int64
	synced int64 // of size
	half   int64 // of size: the head of a line that the last run left
	goesOn bool  // the pipe may still hold its rest
	held   bool  // somebody reads it: what is unread stays
	read   map[tail.Identity]int64
}

// file is an [os.File].
type file interface {
	Write([]byte) (int, error)
	Sync() error
	Close() error
}

// resume opens the recording and finds its last whole line.
func resume(path string) (r *recording, last []byte, err error) {
	r = &recording{path: path, news: make(chan struct{}, 1), read: map[tail.Identity]int64{}}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, err
	}
	ends, size, written, err := end(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	whole := bytes.LastIndexByte(ends, '\n') + 1
	r.half, r.goesOn = int64(len(ends)-whole), sinceBoot(written)
	if whole == 0 {
		older, _, _, err := end(r.rotated(1))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, err
		}
		ends, whole = older, len(older)
	}
	if line := bytes.TrimSuffix(ends[:whole], []byte("\n")); len(line) > 0 {
		last = bytes.Clone(line[bytes.LastIndexByte(line, '\n')+1:])
	}
	if err := r.begin(path, size); err != nil {
		return nil, nil, err
	}
	return r, last, syncFolder(filepath.Dir(path))
}

// sinceBoot tells whether a time is of this run of the host: what a pipe held is gone
// with the one before.
func sinceBoot(t time.Time) bool {
	var s unix.Sysinfo_t
	return unix.Sysinfo(&s) == nil && time.Since(t) < time.Duration(s.Uptime)*time.Second
}

// end returns the last bytes of a file, its size, and when it was written.
func end(path string) (tail []byte, size int64, written time.Time, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, written, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, written, err
	}
	tail = make([]byte, min(info.Size(), lastWithin))
	if _, err := f.ReadAt(tail, info.Size()-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, written, err
	}
	return tail, info.Size(), info.ModTime(), nil
}

// continues settles what becomes of the half line at the end: a pipe holds the rest of
// it; of any other stream it comes again, or never.
func (r *recording) continues(pipe bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	half := r.half
	r.half = 0
	if half == 0 || pipe && r.goesOn {
		return nil
	}
	r.size -= half
	return os.Truncate(r.path, r.size)
}

// begin goes on with the file at path, which nobody has read yet.
func (r *recording) begin(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	id, err := tail.Identify(path)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	r.file, r.size, r.synced, r.read[id] = f, size, -1, 0 // who wrote it before us need not have synced it
	return nil
}

// write appends.
func (r *recording) write(b []byte) (n int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, err = r.file.Write(b)
	r.size += int64(n)
	return n, err
}

// sync makes durable what has been written. Writing goes on meanwhile.
func (r *recording) sync() error {
	r.mu.Lock()
	file, size, synced := r.file, r.size, r.synced
	r.mu.Unlock()
	if size == synced {
		return nil
	}
	if err := file.Sync(); err != nil && !errors.Is(err, fs.ErrClosed) { // whoever closes it has synced it
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == file {
		r.synced = size
	}
	return nil
}

func (r *recording) full() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.size >= maxFile
}

// committed notes how far its files have been read durably.
func (r *recording) committed(source string, positions []tail.Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = true
	for _, p := range positions {
		if p.Source == source {
			r.read[p.Identity] = p.Offset
		}
	}
	select {
	case r.news <- struct{}{}:
	default:
	}
}

// isUnread reports whether the file that the next rotation removes holds what
// somebody has still to read.
func (r *recording) isUnread() (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	oldest := r.rotated(keepFiles - 1)
	info, err := os.Stat(oldest)
	if errors.Is(err, fs.ErrNotExist) || !r.held {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	id, err := tail.Identify(oldest)
	if err != nil {
		return false, err
	}
	read, followed := r.read[id]
	return followed && read < info.Size(), nil
}

// rotate begins a new file and removes the oldest. Where that cannot be, for want
// of room, the old one goes on.
func (r *recording) rotate() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.file.Sync(); err != nil {
		return nil //nolint:nilerr // a commit meets the same error, and waits
	}
	next := r.path + ".tmp" // a name that is not followed
	old := r.file
	if err := r.begin(next, 0); err != nil {
		return nil //nolint:nilerr // writing meets the same error, and waits
	}
	for n := keepFiles - 1; n > 0; n-- {
		if err := os.Rename(r.rotated(n-1), r.rotated(n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(err, old.Close())
		}
	}
	if err := errors.Join(os.Rename(next, r.path), old.Close(), syncFolder(filepath.Dir(r.path))); err != nil {
		return err
	}
	return r.forget()
}

// syncFolder makes durable which names are in a folder.
func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// forget forgets the files that are gone.
func (r *recording) forget() error {
	read := map[tail.Identity]int64{}
	for n := range keepFiles {
		id, err := tail.Identify(r.rotated(n))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if offset, ok := r.read[id]; ok {
			read[id] = offset
		}
	}
	r.read = read
	return nil
}

// rotated is the name of the file before n rotations.
func (r *recording) rotated(n int) string {
	if n == 0 {
		return r.path
	}
	return fmt.Sprintf("%s.%d", r.path, n)
}

func (r *recording) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(r.file.Sync(), r.file.Close())
}
