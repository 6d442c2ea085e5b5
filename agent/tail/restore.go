package tail

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// restore opens the files of the last run where they lie now, and finds out
// which of them were truncated since. It comes before the first sweep: a copy
// must be taken for its original before it can be taken for a new file.
func (f *Follower) restore(positions []Position) {
	var open []*File
	for _, p := range positions {
		if p.Done {
			p.saved = true
			f.done[p.Identity] = p
			continue
		}
		if file := f.reopen(p); file != nil {
			open = append(open, file)
			continue
		}
		f.log.Warn("a followed file is gone; what it held after the stored position was not read", "path", p.Path, "offset", p.Offset)
		f.gone = append(f.gone, p.Identity)
	}
	for _, file := range open {
		was := file.position()
		if !file.carries(was) {
			f.truncated(file)
		}
	}
}

// reopen finds the file of a position under its old name or beside it.
func (f *Follower) reopen(p Position) *File {
	path := f.findIdentity(p)
	if path == "" {
		return nil
	}
	live, source := f.family(path)
	if source == nil {
		return nil // no longer configured
	}
	file, _, err := openFile(path)
	if err != nil {
		f.once("open "+path, "cannot read file", "path", path, "err", err, "remedy", remedy(err))
		return nil
	}
	if file.id != p.Identity {
		f.closeQuietly(file)
		return nil
	}
	file.Live, file.Source, file.rotated = p.Live, source.Name, path != live
	file.off, file.guard, file.guardLen, file.skipping = p.Offset, p.Guard, p.GuardLen, p.Skipping
	if len(p.Head) > 0 {
		file.head = p.Head
	}
	f.files[file.id] = file
	f.named(file, path, live)
	return file
}

func (f *Follower) findIdentity(p Position) string {
	is := func(path string) bool {
		id, _, err := identify(unix.AT_FDCWD, path)
		return err == nil && id == p.Identity
	}
	if is(p.Path) {
		return p.Path
	}
	dir := filepath.Dir(p.Path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		if path := filepath.Join(dir, e.Name()); is(path) {
			return path
		}
	}
	return ""
}
