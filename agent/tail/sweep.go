package tail

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// sweep looks at every name there is, and at every file that changed.
func (f *Follower) sweep(now time.Time) {
	f.swept = now
	f.round++
	for _, dir := range f.watchFolders() {
		for _, m := range f.members(dir, f.unchanged) {
			f.lookAt(m)
		}
	}
	f.missNames()
	f.sayMissing()
	f.cost = time.Since(now)
}

// missNames deals with what this round did not come across.
func (f *Follower) missNames() {
	for name, file := range f.byName {
		if file.round != f.round {
			if _, err := os.Lstat(name); err != nil {
				f.lost(file, name)
			}
		}
	}
	for id, p := range f.done {
		if p.round != f.round && !is(p.Path, id) {
			delete(f.done, id)
			f.gone = append(f.gone, id)
		}
	}
	for _, file := range f.files {
		if file.round != f.round {
			f.enqueue(file)
		}
	}
	for path, found := range f.families {
		if found.round != f.round {
			delete(f.families, path)
		}
	}
}

// unchanged deals with a name that still stands for the file that it stood for, which
// the folder's inode number tells: no other file can have it while we hold this one
// open. It costs a file that is left alone one fstat.
func (f *Follower) unchanged(path []byte, device, inode uint64) bool {
	file := f.byName[string(path)]
	if file == nil || file.linked || file.id.Inode != inode || file.id.Device != device ||
		file.path != string(path) || file.rotated != (file.path != file.Live) {
		return false
	}
	if unix.Fstat(int(file.f.Fd()), &f.stat) != nil {
		return false
	}
	file.round = f.round
	f.changed(file, f.stat.Mtim.Nano(), f.stat.Size)
	return true
}

// changed enqueues a file that was written to since the last round.
func (f *Follower) changed(file *File, modified, size int64) {
	if modified != file.modified || size != file.off {
		file.modified = modified
		f.enqueue(file)
	}
}

// member is a name in a folder that belongs to a source, and the file it is of.
type member struct {
	path, live string
	source     *Source
	id         Identity
	st         *unix.Statx_t // nil when the file is gone
}

func (m member) modified() int64 {
	if m.st == nil {
		return 0
	}
	return m.st.Mtime.Sec*1e9 + int64(m.st.Mtime.Nsec)
}

// members lists the names of a folder that belong to a source, rotated ones
// before live ones and older before newer, so that lines come in order. Those that
// skip, where it is given, has dealt with are left out.
func (f *Follower) members(dir string, skip func(path []byte, device, inode uint64) bool) (all []member) {
	folder, err := os.Open(dir)
	if err == nil {
		all, err = f.list(folder, skip)
		err = errors.Join(err, folder.Close())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		f.once("folder "+dir, "cannot list folder", "path", dir, "err", err, "remedy", Remedy(err))
	}
	slices.SortStableFunc(all, func(a, b member) int {
		if rotated := a.path != a.live; rotated != (b.path != b.live) {
			if rotated {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.modified(), b.modified())
	})
	return all
}

func (f *Follower) list(folder *os.File, skip func(path []byte, device, inode uint64) bool) (all []member, err error) {
	own, _, err := identify(int(folder.Fd()), "")
	if err != nil {
		return nil, err
	}
	path := append([]byte(strings.TrimSuffix(folder.Name(), "/")), '/')
	base := len(path)
	err = f.entries(folder, func(e entry) {
		path = append(path[:base], e.name...)
		if e.folder || skip != nil && skip(path, own.Device, e.inode) {
			return
		}
		live, s := f.family(string(path))
		if s == nil || compressed(string(path)) {
			return
		}
		m := member{path: string(path), live: live, source: s}
		if id, st, err := identify(int(folder.Fd()), string(e.name)); err == nil {
			m.id, m.st = id, st
		}
		all = append(all, m)
	})
	return all, err
}

// sayMissing names, once, the plain paths that are not there.
func (f *Follower) sayMissing() {
	for _, s := range f.o.Sources {
		for _, p := range s.Include {
			if strings.ContainsAny(p, "*?[{\\") || f.byName[p] != nil || f.told["open "+p] {
				continue
			}
			if _, err := os.Stat(p); errors.Is(err, fs.ErrNotExist) {
				f.once("missing "+p, "file is not there yet; waiting for it", "path", p, "source", s.Name)
			}
		}
	}
}

// once says a thing the first time it is so.
func (f *Follower) once(key, message string, attrs ...any) {
	if f.told[key] {
		return
	}
	f.told[key] = true
	f.log.Warn(message, attrs...) //nolint:sloglint // constant at every call
}
