package tail

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// sameWrite is how far apart the times of a file and of what it was compressed to may
// be: not every tool keeps fractions of seconds.
const sameWrite = time.Second

// Earlier opens the log that the name of a followed file stood for before: the youngest
// of its family, and after a truncation the copy. It returns nil when none is known. The
// caller closes it.
func (f *Follower) Earlier(file *File) (*Log, error) {
	var best earlier
	for _, other := range f.files {
		if other.rotated && other.f != nil && file.follows(other.position(), other.copy) {
			best.weigh(earlier{open: other}, other.stat())
		}
	}
	for id, p := range f.done {
		if compressed(p.Path) || !file.follows(p, p.Copy || p.taken) {
			continue
		}
		if found, st, err := identify(unix.AT_FDCWD, p.Path); err == nil && found == id {
			best.weigh(earlier{path: p.Path}, st)
		}
	}
	source := f.source(file.Live)
	if source == nil {
		return nil, nil
	}
	best.compressed(f, file.Live)
	switch {
	case best.open != nil:
		return best.open.Log()
	case best.path == "":
		return nil, nil
	}
	l, err := aside(best.path, source)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", best.path, err)
	}
	l.Live = file.Live
	return l, nil
}

// follows reports whether a rotated file was written before f was. What is younger
// than f was only where it is a copy, and not of what f holds now.
func (f *File) follows(p Position, isCopy bool) bool {
	switch {
	case p.Live != f.Live || p.Identity == f.id:
		return false
	case f.id.Birth == 0 || p.Identity.Birth <= f.id.Birth:
		return true
	}
	return isCopy && !f.begins(p)
}

// earlier is a candidate: a file that is open, or one to be opened.
type earlier struct {
	open    *File
	path    string
	written time.Time
}

func (f *File) stat() *unix.Statx_t {
	_, st, err := identify(int(f.f.Fd()), "")
	if err != nil {
		return nil
	}
	return st
}

// weigh takes the candidate that was written later.
func (e *earlier) weigh(other earlier, st *unix.Statx_t) {
	if st == nil {
		return
	}
	if other.written = written(st); other.written.After(e.written) {
		*e = other
	}
}

// compressed weighs the compressed files of a family. One that is only the compressed
// form of the best one so far does not better it.
func (e *earlier) compressed(f *Follower, live string) {
	packed := earlier{written: e.written.Add(sameWrite)}
	for _, path := range f.packedOf(live) {
		if _, st, err := identify(unix.AT_FDCWD, path); err == nil {
			packed.weigh(earlier{path: path}, st)
		}
	}
	if packed.path != "" {
		*e = packed
	}
}
