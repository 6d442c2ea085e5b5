package tail

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/thirdline/thirdline/agent/text"
	"github.com/thirdline/thirdline/agent/unpack"
)

const guardMax = 256

// Identity is a file whatever its name.
type Identity struct {
	Device, Inode uint64
	// Birth is the file's creation in Unix nanoseconds; 0 where the file system
	// does not tell.
	Birth int64
}

// String gives the identity in a form fit for a key.
func (i Identity) String() string { return fmt.Sprintf("%x-%x-%x", i.Device, i.Inode, i.Birth) }

// Position is how far a file has been read, with the proof to know it again.
type Position struct {
	Identity Identity
	Source   string
	// Live is the followed name, Path where the file lay last.
	Live, Path string
	Offset     int64
	// Guard is the hash of the GuardLen bytes before Offset, Head that of the
	// HeadLen first ones: no log text comes into the store by them.
	Guard    uint64
	GuardLen int
	Head     uint64 `json:"HeadHash"`
	HeadLen  int
	// Read is when something of the file was read last.
	Read time.Time
	// Skipping tells that Offset is inside a line whose head was handed on.
	Skipping bool `json:",omitempty"`
	// Done files have been read to their end and are not read again.
	Done bool `json:",omitempty"`
	// Copy files, which are Done, hold what a followed file holds: they are read only
	// when that is truncated.
	Copy bool `json:",omitempty"`

	saved bool
	taken bool // it was a copy, and read as the rest of what was truncated
	round int  // of the last sweep that came across it
}

// File is one open file. It is not safe for concurrent use.
type File struct {
	// Source is the name of the source it belongs to.
	Source string
	// Live is the followed name that the file has or had.
	Live string
	// Encoding is that of its byte order mark, or its source's.
	Encoding *text.Encoding

	source   *Source
	held     bool // whole lines wait for the rest of their record
	id       Identity
	path     string // where it lies now; "" when unlinked
	real     string // where it lay when it was opened, without symbolic links
	linked   bool   // path is a symbolic link to it
	copy     bool   // copytruncate made it
	f        *os.File
	text     io.ReaderAt // f, or what it holds uncompressed
	off      int64
	guard    uint64
	guardLen int
	head     []byte
	pending  int // bytes after off without a line end
	rotated  bool
	skipping bool
	queued   bool
	warm     bool // gathers, and is read then
	drained  bool // the last read came to the end
	flushing bool // the last line is handed on without its end
	moved    bool // since the last Saved
	quiet    time.Time
	caught   time.Time // when it had been read to its end
	modified int64     // as a sweep saw it last, in Unix nanoseconds
	round    int       // of the last sweep that came across it
}

// belongs notes the source of a file and the name it has or had there.
func (f *File) belongs(s *Source, live string, rotated bool) {
	f.source, f.Source, f.Live, f.rotated = s, s.Name, live, rotated
	f.Encoding = s.Encoding
	if e, mark := text.Detect(f.head); mark > 0 {
		f.Encoding = e
	}
}

// Identity returns the file's identity.
func (f *File) Identity() Identity { return f.id }

// Path returns where the file lies now, or its followed name when it is unlinked.
func (f *File) Path() string {
	if f.path == "" {
		return f.Live
	}
	return f.path
}

// HandedOn returns the offset before which everything was handed on as chunks.
func (f *File) HandedOn() int64 { return f.off }

// ReadAt reads from the held descriptor, whatever has become of the name.
func (f *File) ReadAt(b []byte, off int64) (int, error) { return f.text.ReadAt(b, off) }

func (f *File) position() Position {
	path := f.Path()
	if f.linked {
		path = f.real
	}
	return Position{
		Identity: f.id, Source: f.Source, Live: f.Live, Path: path, Offset: f.off,
		Guard: f.guard, GuardLen: f.guardLen, Head: hash(f.head), HeadLen: len(f.head),
		Read: f.quiet, Skipping: f.skipping,
	}
}

// begins reports whether the file begins with p's first bytes.
func (f *File) begins(p Position) bool {
	return p.HeadLen > 0 && p.HeadLen <= len(f.head) && hash(f.head[:p.HeadLen]) == p.Head
}

func hash(b []byte) uint64 {
	h := fnv.New64a()
	h.Write(b)
	return h.Sum64()
}

// Identify returns the identity of the file at path.
func Identify(path string) (Identity, error) {
	id, _, err := identify(unix.AT_FDCWD, path)
	if err != nil {
		return id, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return id, nil
}

func identify(fd int, path string) (Identity, *unix.Statx_t, error) {
	var st unix.Statx_t
	flags := unix.AT_STATX_SYNC_AS_STAT
	if path == "" {
		flags |= unix.AT_EMPTY_PATH
	}
	err := unix.Statx(fd, path, flags, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &st)
	id := Identity{uint64(st.Dev_major)<<32 | uint64(st.Dev_minor), st.Ino, 0}
	if st.Mask&unix.STATX_BTIME != 0 {
		id.Birth = st.Btime.Sec*1e9 + int64(st.Btime.Nsec)
	}
	return id, &st, err
}

var errNotRegular = errors.New("not a regular file")

// openFile opens path for reading without blocking on what is no file.
func openFile(path string) (*File, *unix.Statx_t, error) {
	h, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	id, st, err := identify(int(h.Fd()), "")
	if err == nil && st.Mode&unix.S_IFMT != unix.S_IFREG {
		err = errNotRegular
	}
	if err != nil {
		return nil, nil, errors.Join(err, h.Close())
	}
	f := &File{id: id, f: h, text: h, path: path, guard: hash(nil), quiet: time.Now(), caught: time.Now(), moved: true}
	if compressed(path) {
		if f.text, err = unpack.NewReaderAt(h); err == nil && !unpacks(path) {
			err = errPacking
		}
		if err != nil {
			return nil, nil, errors.Join(err, h.Close())
		}
	}
	if f.real, err = realPath(h, st); err != nil {
		return nil, nil, errors.Join(err, h.Close())
	}
	if f.real == path {
		f.real = path // one string for both: there may be many files
	}
	f.readHead()
	return f, st, nil
}

// readHead keeps the first bytes, which tell a copy from another file.
func (f *File) readHead() {
	if len(f.head) == guardMax {
		return
	}
	b := make([]byte, guardMax)
	n, err := f.text.ReadAt(b, 0)
	if err == nil || errors.Is(err, io.EOF) {
		f.head = b[:n]
	}
}

// seek sets the offset and the guard that belongs to it.
func (f *File) seek(off int64) error {
	guard, n, err := f.guardAt(off)
	if err != nil {
		return fmt.Errorf("read %s at %d: %w", f.path, off, err)
	}
	f.off, f.guard, f.guardLen, f.moved = off, guard, n, true
	return nil
}

// guardAt returns the guard that belongs to an offset, and of how many bytes it is.
func (f *File) guardAt(off int64) (guard uint64, n int, err error) {
	b := make([]byte, min(off, guardMax))
	if _, err := f.text.ReadAt(b, off-int64(len(b))); err != nil {
		return 0, 0, err
	}
	return hash(b), len(b), nil
}

// advance moves the offset by n; seen ends at the new offset.
func (f *File) advance(seen []byte, n int) {
	f.off += int64(n)
	if len(seen) > guardMax {
		seen = seen[len(seen)-guardMax:]
	}
	f.guard, f.guardLen = hash(seen), len(seen)
	f.moved = true
	f.quiet = time.Now()
}

// carries reports whether the bytes before p's offset are those that p guards.
func (f *File) carries(p Position) bool {
	b := make([]byte, p.GuardLen)
	n, err := f.text.ReadAt(b, p.Offset-int64(p.GuardLen))
	return n == len(b) && (err == nil || errors.Is(err, io.EOF)) && hash(b) == p.Guard
}
