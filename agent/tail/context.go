package tail

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/sys/unix"

	"github.com/thirdline/thirdline/agent/text"
	"github.com/thirdline/thirdline/agent/unpack"
)

// Log is a file as it stands now, to be read for context, by any goroutine, until it
// is closed.
type Log struct {
	// Source is the name of its source, Path where it lies, and Live the followed name
	// that it has or had.
	Source, Path, Live string
	Identity           Identity
	Encoding           *text.Encoding
	Size               int64
	// Modified is when it was written last.
	Modified time.Time
	// Packed tells that it is compressed. It is read as the text that it was, from its
	// beginning, so that its end costs as much as all of it; Size is not known.
	Packed bool

	text io.ReaderAt
	*os.File
}

// ReadAt reads the log's text.
func (l *Log) ReadAt(b []byte, off int64) (int, error) { return l.text.ReadAt(b, off) }

// Held returns the followed files that wanted chooses, as far as they were written to
// since then: the latest first, at most limit of them. left is how many more there
// were. Where a file is younger than since, the one that had its name before comes too.
func (f *Follower) Held(wanted func(source, path string) bool, since time.Time, limit int) (logs []*Log, left int) {
	type candidate struct {
		file    *File
		written time.Time
	}
	var found []candidate
	for _, file := range f.files {
		if file.f == nil || file.text != io.ReaderAt(file.f) || !wanted(file.Source, file.Live) {
			continue
		}
		if _, st, err := identify(int(file.f.Fd()), ""); err == nil {
			found = append(found, candidate{file, written(st)})
		}
	}
	slices.SortFunc(found, func(a, b candidate) int { return b.written.Compare(a.written) })
	for _, c := range found {
		if !c.file.rotated && c.file.id.Birth > since.UnixNano() {
			logs = append(logs, f.before(c.file, since)...)
		}
		if c.written.Before(since) {
			continue
		}
		if len(logs) >= limit {
			left++
		} else if l, err := c.file.Log(); err == nil {
			logs = append(logs, l)
		}
	}
	return latest(logs, limit, &left), left
}

// Beside opens the files of sources that are not followed, as [Follower.Held] does
// those that are. What cannot be opened is a problem.
func Beside(sources []Source, wanted func(source, path string) bool, since time.Time, limit int) (logs []*Log, left int, problems []error) {
	for i := range sources {
		for _, path := range sources[i].paths() {
			if compressed(path) || !wanted(sources[i].Name, path) {
				continue
			}
			l, err := aside(path, &sources[i])
			switch {
			case err != nil:
				problems = append(problems, err)
			case l.Modified.Before(since):
				problems = append(problems, l.Close())
			default:
				logs = append(logs, l)
			}
			logs = latest(logs, limit, &left)
		}
	}
	return logs, left, slices.DeleteFunc(problems, func(err error) bool { return err == nil })
}

// latest orders logs, the latest first, and closes those after the first limit and
// those that are there twice.
func latest(logs []*Log, limit int, left *int) []*Log {
	slices.SortStableFunc(logs, func(a, b *Log) int { return b.Modified.Compare(a.Modified) })
	seen := map[Identity]bool{}
	n := 0
	return slices.DeleteFunc(logs, func(l *Log) bool { // a file may be known by two ways
		twice := seen[l.Identity]
		if seen[l.Identity] = true; !twice && n < limit {
			n++
			return false
		}
		if !twice {
			*left++
		}
		_ = l.Close() // it was only read
		return true
	})
}

// Log returns the open file as a log with a descriptor of its own.
func (f *File) Log() (*Log, error) {
	if f.f == nil {
		return nil, fmt.Errorf("open %s again: it is closed", f.Path())
	}
	_, st, err := identify(int(f.f.Fd()), "")
	if err != nil {
		return nil, err
	}
	fd, err := unix.FcntlInt(f.f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s again: %w", f.Path(), err)
	}
	l := &Log{
		Source: f.Source, Path: f.Path(), Live: f.Live, Identity: f.id, Encoding: f.Encoding,
		Size: int64(st.Size), Modified: written(st), File: os.NewFile(uintptr(fd), f.Path()),
	}
	l.text = l.File
	if f.text != io.ReaderAt(f.f) {
		l.Packed, l.Size = true, 0
		// by offsets: the two descriptors share the place that reading goes on from
		if l.text, err = unpack.NewReaderAt(io.NewSectionReader(l.File, 0, int64(st.Size))); err != nil {
			return nil, errors.Join(fmt.Errorf("open %s again: %w", f.Path(), err), l.Close())
		}
	}
	return l, nil
}

func written(st *unix.Statx_t) time.Time { return time.Unix(st.Mtime.Sec, int64(st.Mtime.Nsec)) }

// before returns the log that a file's name had before it, if it was written to since
// then.
func (f *Follower) before(file *File, since time.Time) []*Log {
	l, err := f.Earlier(file)
	if err != nil || l == nil {
		return nil
	}
	if l.Packed || l.Modified.Before(since) {
		f.quietly(l.File)
		return nil
	}
	return []*Log{l}
}

// aside opens a file that is not followed, under the rules for those that are.
func aside(path string, source *Source) (*Log, error) {
	file, _, err := openFile(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if err := file.leadsOut(path, source); err != nil {
		return nil, errors.Join(err, file.f.Close())
	}
	file.belongs(source, path, false)
	l, err := file.Log()
	return l, errors.Join(err, file.f.Close())
}

func (f *Follower) quietly(file *os.File) {
	if err := file.Close(); err != nil {
		f.log.Warn("cannot close file", "path", file.Name(), "err", err)
	}
}

// paths returns the files that are there of a source.
func (s *Source) paths() (paths []string) {
	for _, pattern := range s.Include {
		found, err := doublestar.FilepathGlob(pattern, doublestar.WithFilesOnly())
		if err != nil {
			continue // the pattern was checked with the configuration
		}
		for _, path := range found {
			excluded := slices.ContainsFunc(s.Exclude, func(p string) bool {
				ok, err := doublestar.Match(p, path)
				return ok && err == nil
			})
			if !excluded {
				paths = append(paths, path)
			}
		}
	}
	return paths
}
