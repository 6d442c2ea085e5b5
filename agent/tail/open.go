package tail

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// look finds out which file a name stands for now.
func (f *Follower) look(path string) {
	live, source := f.family(path)
	if source == nil || compressed(path) {
		if info, err := os.Lstat(path); err == nil && info.IsDir() && f.byName[path] == nil {
			f.swept = time.Time{} // a new folder may hold followed files
		}
		return
	}
	m := member{path: path, live: live, source: source}
	if id, st, err := identify(unix.AT_FDCWD, path); err == nil {
		m.id, m.st = id, st
	}
	if path == live && f.replaced(m) {
		f.lookBeside(live)
	}
	f.lookAt(m)
}

func (f *Follower) lookAt(m member) {
	file := f.byName[m.path]
	if file != nil && (m.st == nil || file.id != m.id) {
		f.lost(file, m.path)
	}
	if m.st == nil {
		return
	}
	if known := f.files[m.id]; known != nil {
		known.round = f.round
		if known != file || known.rotated != (m.path != m.live) {
			f.named(known, m.path, m.live)
		} else {
			f.changed(known, m.modified(), int64(m.st.Size))
		}
		return
	}
	if p, ok := f.done[m.id]; ok {
		p.round = f.round
		f.done[m.id] = p
		return
	}
	if m.st.Mode&unix.S_IFMT != unix.S_IFREG || f.isOwn(m.id, m.path) {
		return
	}
	if m.path != m.live && birth(m.id, m.st) < m.source.Since.UnixNano() {
		return // rotated before our time
	}
	f.open(m.path, m.live, m.source)
}

func birth(id Identity, st *unix.Statx_t) int64 {
	if id.Birth != 0 {
		return id.Birth
	}
	return st.Mtime.Sec*1e9 + int64(st.Mtime.Nsec)
}

// open starts to follow a file that is not known yet.
func (f *Follower) open(path, live string, source *Source) {
	file, st, err := f.openIn(path, source)
	if err != nil || file == nil {
		return
	}
	delete(f.told, "open "+path)
	delete(f.told, "missing "+path)
	rotated := path != live
	if f.files[file.id] != nil {
		f.closeQuietly(file)
		return
	}
	file.belongs(source, live, rotated)
	if rotated && f.isCopy(file, int64(st.Size)) {
		f.closeQuietly(file)
		return
	}
	if source.fresh && !source.FromBeginning && !rotated {
		if err := file.seek(lastLineEnd(file, int64(st.Size))); err != nil {
			f.once("open "+path, "cannot read file", "path", path, "err", err, "remedy", Remedy(err))
			f.closeQuietly(file)
			return
		}
	}
	file.modified, file.round = st.Mtime.Sec*1e9+int64(st.Mtime.Nsec), f.round
	if file.off < int64(st.Size) {
		file.caught = time.Unix(0, birth(file.id, st))
	}
	f.files[file.id] = file
	f.named(file, path, live)
}

// lastLineEnd returns the offset after the last line end before size, so that a
// line being written at the start is read whole.
func lastLineEnd(file *File, size int64) int64 {
	whole := size
	if file.Encoding.Wide() {
		whole = size &^ 1
	}
	b := make([]byte, min(whole, 64<<10))
	n, err := file.text.ReadAt(b, whole-int64(len(b)))
	if err != nil || n < len(b) {
		return size
	}
	return whole - int64(len(b)) + int64(file.Encoding.Last(b))
}

// named notes the name that a file has now.
func (f *Follower) named(file *File, path, live string) {
	if file.path != path {
		if f.byName[file.path] == file {
			delete(f.byName, file.path)
		}
		file.path = path
		file.moved = true
	}
	if rotated := path != live; rotated != file.rotated {
		file.rotated = rotated
		file.quiet = time.Now()
		if rotated {
			f.count(file.Source).Rotations++
		}
	}
	f.byName[path] = file
	f.noteLink(file)
	f.enqueue(file)
}

// lost notes that a name no longer stands for the file.
func (f *Follower) lost(file *File, name string) {
	delete(f.byName, name)
	if file.path == name {
		file.path = ""
		if file.linked && is(file.real, file.id) {
			file.path, file.linked = file.real, false // the link leads elsewhere now
		}
		if !file.rotated {
			f.count(file.Source).Rotations++
		}
		file.rotated = true
		file.quiet = time.Now()
		file.moved = true
	}
	f.enqueue(file)
}

func (f *Follower) closeQuietly(file *File) {
	if err := file.f.Close(); err != nil {
		f.log.Warn("cannot close file", "path", file.path, "err", err)
	}
	file.f = nil
}
