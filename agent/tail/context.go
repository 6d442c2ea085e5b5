package tail

import (
	"io"
	"os"
	"slices"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/sys/unix"

	"github.com/thirdline/thirdline/agent/text"
)

// Log is a file as it stands now, to be read for context. It is used before the
// Follower's next call, and then closed.
type Log struct {
	// Source is the name of its source, Path where it lies.
	Source, Path string
	Identity     Identity
	Encoding     *text.Encoding
	Size         int64
	// Modified is when it was written last.
	Modified time.Time
	io.ReaderAt

	close func() // nil where the Follower holds it
}

// Close closes what was opened for the log alone.
func (l *Log) Close() {
	if l.close != nil {
		l.close()
	}
}

// Logs returns the followed files that wanted chooses and those of the sources in
// beside, which are not followed, as far as they were written to since then: the
// latest first, at most limit of them. left is how many more there were. Where a
// file is younger than since, the one that had its name before comes too.
func (f *Follower) Logs(wanted func(source, path string) bool, beside []Source, since time.Time, limit int) (logs []*Log, left int) {
	add := func(l *Log) {
		if l != nil && l.Modified.Before(since) {
			l.Close()
		} else if l != nil {
			logs = append(logs, l)
		}
	}
	for _, file := range f.files {
		if file.f == nil || file.text != io.ReaderAt(file.f) || !wanted(file.Source, file.Live) {
			continue
		}
		add(held(file))
		if !file.rotated && file.id.Birth > since.UnixNano() {
			add(f.before(file))
		}
	}
	for i := range beside {
		for _, path := range beside[i].paths() {
			if wanted(beside[i].Name, path) {
				add(f.aside(path, &beside[i]))
			}
		}
	}
	slices.SortFunc(logs, func(a, b *Log) int { return b.Modified.Compare(a.Modified) })
	seen := map[Identity]bool{}
	logs = slices.DeleteFunc(logs, func(l *Log) bool { // a file may be known by two ways
		twice := seen[l.Identity]
		if seen[l.Identity] = true; twice {
			l.Close()
		}
		return twice
	})
	for n := limit; n < len(logs); n++ {
		logs[n].Close()
		left++
	}
	return logs[:min(limit, len(logs))], left
}

// held returns the log that an open file is; nil when it cannot be looked at.
func held(file *File) *Log {
	_, st, err := identify(int(file.f.Fd()), "")
	if err != nil {
		return nil
	}
	return &Log{
		Source: file.Source, Path: file.Path(), Identity: file.id, Encoding: file.Encoding,
		Size: int64(st.Size), Modified: written(st), ReaderAt: file,
	}
}

func written(st *unix.Statx_t) time.Time { return time.Unix(st.Mtime.Sec, int64(st.Mtime.Nsec)) }

// before returns the log that a file's name had before it.
func (f *Follower) before(file *File) *Log {
	earlier, err := f.Earlier(file)
	if err != nil || earlier == nil {
		return nil
	}
	l := &Log{
		Source: file.Source, Path: earlier.Name(), Identity: earlier.Identity, Encoding: file.Encoding,
		Size: earlier.Size, ReaderAt: earlier, close: func() { f.quietly(earlier.File) },
	}
	if info, err := earlier.Stat(); err == nil {
		l.Modified = info.ModTime()
	}
	return l
}

// aside opens a file that is not followed, under the rules for those that are.
func (f *Follower) aside(path string, source *Source) *Log {
	if compressed(path) {
		return nil
	}
	file, _, err := f.openIn(path, source)
	if err != nil || file == nil {
		return nil
	}
	file.belongs(source, path, false)
	l := held(file)
	if l == nil {
		f.closeQuietly(file)
		return nil
	}
	l.close = func() { f.closeQuietly(file) }
	return l
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
