package tail

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// restore opens the files of the last run where they lie now, finds out which of
// them were truncated since, and what was rotated away, compressed or linked
// elsewhere. It comes before the first sweep: a copy must be taken for its original
// before it can be taken for a new file, and older lines come first.
func (f *Follower) restore(positions []Position) {
	var open []*File
	was := map[*File]Position{}
	var missing []Position
	for _, p := range positions {
		if p.Done {
			p.saved = true
			f.done[p.Identity] = p
			if !p.Copy && f.findIdentity(p) == "" {
				missing = append(missing, p)
			}
			continue
		}
		if file := f.reopen(p); file != nil {
			open, was[file] = append(open, file), p
			continue
		}
		missing = append(missing, p)
	}
	missing, told := f.unpackMissing(positions, missing)
	for _, p := range missing {
		if p.Done {
			continue // the sweep forgets it
		}
		f.gone = append(f.gone, p.Identity)
		if f.source(p.Live) == nil {
			continue // no longer configured
		}
		f.count(p.Source).Gaps++
		f.log.Warn("a followed file is gone; what it held after the stored position was not read", "path", p.Path, "offset", p.Offset,
			"remedy", "if rotation moves files to another folder, name it as the source's `rotated`")
	}
	for _, file := range open {
		if !file.carries(was[file]) && !f.truncated(file, was[file]) && !told[file.Live] {
			f.count(file.Source).Gaps++
		}
	}
	for _, file := range open {
		f.relinked(file)
	}
}

// reopen finds the file of a position under its old name or beside it.
func (f *Follower) reopen(p Position) *File {
	path := f.findIdentity(p)
	source := f.source(p.Live)
	if path == "" || source == nil { // gone, or no longer configured
		return nil
	}
	if is(p.Live, p.Identity) {
		path = p.Live
	}
	file, _, err := f.openIn(path, source)
	if err != nil || file == nil {
		return nil
	}
	if file.id != p.Identity {
		f.closeQuietly(file)
		return nil
	}
	file.belongs(source, p.Live, path != p.Live)
	file.off, file.guard, file.guardLen, file.skipping = p.Offset, p.Guard, p.GuardLen, p.Skipping
	file.caught = p.Read
	f.files[file.id] = file
	f.named(file, path, p.Live)
	return file
}

// openIn opens path for a source. It returns nil where that is refused, and says
// why it cannot be opened.
func (f *Follower) openIn(path string, source *Source) (*File, *unix.Statx_t, error) {
	file, st, err := openFile(path)
	if err != nil {
		if !os.IsNotExist(err) {
			f.once("open "+path, "cannot read file", "path", path, "err", err, "remedy", Remedy(err))
		}
		return nil, nil, err
	}
	if f.refused(file, path, source) {
		f.closeQuietly(file)
		return nil, nil, nil
	}
	return file, st, nil
}

func is(path string, id Identity) bool {
	found, _, err := identify(unix.AT_FDCWD, path)
	return err == nil && found == id
}

func (f *Follower) findIdentity(p Position) string {
	if is(p.Path, p.Identity) {
		return p.Path
	}
	for _, dir := range append([]string{filepath.Dir(p.Path)}, f.homes(p.Live)...) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // the sweep says so
		}
		for _, e := range entries {
			if path := filepath.Join(dir, e.Name()); is(path, p.Identity) {
				return path
			}
		}
	}
	return ""
}

// relinked follows the files that a link led to while we were down.
func (f *Follower) relinked(file *File) {
	if file.path == file.Live { // still linked, or no link at all
		return
	}
	now, err := filepath.EvalSymlinks(file.Live)
	if err != nil || now == file.Live {
		return
	}
	source := f.source(file.Live)
	for _, path := range between(file.real, now) {
		f.followRotated(path, file.Live, source)
	}
}

// followRotated follows a file that had the followed name while we were down.
func (f *Follower) followRotated(path, live string, source *Source) {
	file, _, err := f.openIn(path, source)
	if err == nil && file != nil && !f.adopt(file, live, source, 0) {
		f.closeQuietly(file)
	}
}

// adopt follows an open file that had the followed name, from offset on. It reports
// false when that is not to be.
func (f *Follower) adopt(file *File, live string, source *Source, offset int64) bool {
	if _, known := f.done[file.id]; known || f.files[file.id] != nil || file.seek(offset) != nil {
		return false
	}
	file.belongs(source, live, true)
	if last := f.count(source.Name).Last; !last.IsZero() {
		file.caught = last
	}
	f.files[file.id] = file
	f.byName[file.path] = file
	f.enqueue(file)
	return true
}
