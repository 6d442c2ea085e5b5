// Package tail follows files by name and hands on every whole line once, in
// chunks, through rotation, truncation and restarts.
//
// File notifications are the hint, a sweep of the folders the truth, and pread
// the reader. A file is its inode (device, number, birth time), not its name; a
// descriptor is held for each, so what a rotated file still receives is read to
// its end. Every read also proves that the bytes before the offset are those
// read before (the guard), which finds a truncation even after the file has
// grown past its old size. After a truncation the rest is taken from the copy
// that copytruncate made, where there is one.
//
// What tail cannot give: lines that copytruncate destroys between its last read
// and its truncate are in no file, and so for nobody to read.
package tail

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/sys/unix"

	"github.com/thirdline/thirdline/agent/text"
)

const (
	chunkBytes     = 256 << 10
	sweepEvery     = 10 * time.Second
	sweepAtLeast   = time.Minute
	sweepUnwatched = time.Second            // where notifications cannot be had
	restEvery      = 100 * time.Millisecond // while there are rotated or unterminated files
)

// Source is a set of files to follow.
type Source struct {
	// Name identifies the source over restarts.
	Name string
	// Include and Exclude are absolute globs, with **.
	Include, Exclude []string
	// Roots are folders, beside those of Include, that symbolic links may lead to.
	Roots []string
	// Rotated is the folder that rotated files are moved to, from the root or from the
	// folder of each log; empty where they stay in that.
	Rotated string
	// Encoding of files without a byte order mark; nil is UTF-8.
	Encoding *text.Encoding
	// Framing, where it is set, says what of the whole lines is handed on; the rest
	// waits for more, or until nothing came for Wait.
	Framing Framing
	Wait    time.Duration
	// FromBeginning reads files that are there at the first start from their
	// beginning instead of their end.
	FromBeginning bool
	// Since is when the source was first followed; zero means now.
	Since time.Time
	// Counts are those of former runs; counting goes on from them.
	Counts Counts

	fresh bool // followed for the first time
}

// Framing tells how many bytes of whole lines are whole records.
type Framing interface {
	Whole(e *text.Encoding, lines []byte) int
}

// Options of a Follower. The zero value of each optional field is its default.
type Options struct {
	Sources []Source
	// Positions are those of the last run.
	Positions []Position
	// MaxLine is where a longer line is cut, in bytes. Default 1 MiB.
	MaxLine int
	// Linger is how long a rotated file without writers stays open after its
	// last byte, so that context can be read from it. Default 6 s.
	Linger time.Duration
	// RotateWait is how long a rotated file must be quiet where the kernel does
	// not tell whether it has writers. Default 30 s.
	RotateWait time.Duration
	Log        *slog.Logger
}

// Chunk is a run of whole lines of one file.
type Chunk struct {
	File *File
	// Offset of Data in the file, in bytes.
	Offset int64
	// Data ends with '\n', but for the last line of a finished file and a cut
	// one. It is valid until the next call of Next.
	Data []byte
	// Cut tells that Data is the head of a line longer than MaxLine; the rest of
	// that line is skipped.
	Cut bool
}

// Follower follows the files of its sources. Only Wake is safe for concurrent use.
// It starts no goroutine of its own.
type Follower struct {
	o        Options
	log      *slog.Logger
	watcher  *fsnotify.Watcher // nil where notifications cannot be had
	events   <-chan fsnotify.Event
	failures <-chan error
	folders  map[string]bool // watched
	deaf     bool            // some folder could not be watched

	files    map[Identity]*File
	byName   map[string]*File
	done     map[Identity]Position
	gone     []Identity // to be forgotten by the store
	told     map[string]bool
	links    map[string]string // where a linked file lies, and the link
	queue    []*File
	warm     warm
	restless map[*File]bool // rotated, or without an end of the last line
	buf      []byte

	families      map[string]*family  // by name
	origins       map[string][]origin // by the folder that rotated files are moved to
	woken         chan struct{}
	own           map[Identity]bool // files that we write
	swept, rested time.Time
	returned      time.Time          // from Next
	cost          time.Duration      // of the last sweep
	round         int                // number of the last sweep
	listed        []byte             // for entries
	stat          unix.Stat_t        // for unchanged
	counts        map[string]*Counts // by source
}

// New opens the files of the last run at their positions and finds the others.
func New(o Options) (*Follower, error) {
	if o.MaxLine == 0 {
		o.MaxLine = 1 << 20
	}
	if o.Linger == 0 {
		o.Linger = 6 * time.Second
	}
	if o.RotateWait == 0 {
		o.RotateWait = 30 * time.Second
	}
	f := &Follower{
		o: o, log: o.Log.With("component", "tail"), folders: map[string]bool{},
		files: map[Identity]*File{}, byName: map[string]*File{}, done: map[Identity]Position{},
		told: map[string]bool{}, links: map[string]string{}, families: map[string]*family{}, origins: map[string][]origin{}, buf: make([]byte, chunkBytes+guardMax),
		counts: map[string]*Counts{}, restless: map[*File]bool{}, woken: make(chan struct{}, 1), own: ownOutput(),
	}
	f.listen()
	now := time.Now()
	for i := range f.o.Sources {
		s := &f.o.Sources[i]
		*f.count(s.Name) = s.Counts
		if s.Since.IsZero() {
			s.Since = now
			s.fresh = true
		}
	}
	f.watchFolders()
	f.restore(o.Positions)
	f.sweep(now)
	for i := range f.o.Sources {
		f.o.Sources[i].fresh = false
	}
	return f, nil
}

// Next returns the next chunk. It returns false when none came within wait, and
// the context's error when that ended.
func (f *Follower) Next(ctx context.Context, wait time.Duration) (Chunk, bool, error) {
	deadline := time.Now().Add(wait)
	f.afterStandstill(time.Now())
	defer func() { f.returned = time.Now() }()
	for {
		if err := ctx.Err(); err != nil {
			return Chunk{}, false, err
		}
		f.takeEvents()
		f.housekeeping(time.Now())
		f.gathered(time.Now())
		for len(f.queue) > 0 {
			n := f.oldest(f.queue[0])
			file := f.queue[n]
			c, ok := f.read(file)
			f.minds(file)
			f.queue = slices.Delete(f.queue, n, n+1)
			if ok {
				f.again(file)
				return c, true, nil
			}
			file.queued = false
		}
		left := time.Until(deadline)
		if left <= 0 || f.await(ctx, left) {
			return Chunk{}, false, nil
		}
	}
}

// Wake ends the sleep of Next, or else its next one. It may be called from any
// goroutine.
func (f *Follower) Wake() {
	select {
	case f.woken <- struct{}{}:
	default:
	}
}

// minds notes a file that needs looking after although nobody writes to it.
func (f *Follower) minds(file *File) {
	if file.rotated || file.pending > 0 {
		f.restless[file] = true
	}
}

func (f *Follower) enqueue(file *File) {
	f.minds(file)
	if !file.queued && !file.warm && file.f != nil {
		file.queued = true
		f.queue = append(f.queue, file)
	}
}

// Changes returns the positions that moved since the last Saved, and the files
// that can be forgotten. The positions include the chunk returned last, so call
// it when that chunk is dealt with.
func (f *Follower) Changes() (moved []Position, gone []Identity) {
	for _, file := range f.files {
		if file.moved {
			moved = append(moved, file.position())
		}
	}
	for id, p := range f.done {
		if !p.saved {
			moved = append(moved, f.done[id])
		}
	}
	return moved, f.gone
}

// Saved tells that what Changes returned is durable.
func (f *Follower) Saved() {
	for _, file := range f.files {
		file.moved = false
	}
	for id, p := range f.done {
		p.saved = true
		f.done[id] = p
	}
	f.gone = nil
}

// Sources returns the sources with the time since when each is followed.
func (f *Follower) Sources() []Source { return f.o.Sources }

// File returns the open file with this identity, or nil.
func (f *Follower) File(id Identity) *File { return f.files[id] }

// Close ends the notifications and closes every file.
func (f *Follower) Close() error {
	var errs []error
	if f.watcher != nil {
		errs = append(errs, f.watcher.Close())
	}
	for _, file := range f.files {
		errs = append(errs, file.f.Close())
	}
	return errors.Join(errs...)
}
