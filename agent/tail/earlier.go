package tail

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Earlier opens the file that had the followed name before file had it: the
// youngest of the family that was last written before file was. It returns nil
// when none is known, or when it has been compressed. The caller closes it.
func (f *Follower) Earlier(file *File) (*Earlier, error) {
	began := file.id.Birth
	best, modified := "", int64(0)
	look := func(id Identity, live, path string) {
		if live != file.Live || id == file.id || path == "" {
			return
		}
		found, st, err := identify(unix.AT_FDCWD, path)
		if err != nil || found != id {
			return
		}
		at := st.Mtime.Sec*1e9 + int64(st.Mtime.Nsec)
		if began != 0 && id.Birth > began || at < modified {
			return
		}
		best, modified = path, at
	}
	for id, other := range f.files {
		if other.rotated {
			look(id, other.Live, other.path)
		}
	}
	for id, p := range f.done {
		look(id, p.Live, p.Path)
	}
	if best == "" {
		return nil, nil
	}
	source := f.source(file.Live)
	if source == nil {
		return nil, nil
	}
	opened, st, err := f.openIn(best, source)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", best, err)
	}
	if opened == nil {
		return nil, nil
	}
	return &Earlier{File: opened.f, Identity: opened.id, Size: int64(st.Size)}, nil
}

// Earlier is a rotated file, opened to be read back.
type Earlier struct {
	*os.File
	Identity Identity
	Size     int64
}

// Log returns it as the log that came before file. Closing either closes both.
func (e *Earlier) Log(file *File) *Log {
	l := &Log{Source: file.Source, Path: e.Name(), Live: file.Live, Identity: e.Identity, Encoding: file.Encoding, Size: e.Size, File: e.File}
	if info, err := e.Stat(); err == nil {
		l.Modified = info.ModTime()
	}
	return l
}
