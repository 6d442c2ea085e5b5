package tail

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// sweep looks at every name there is, and at every file that changed.
func (f *Follower) sweep(now time.Time) {
	f.swept = now
	folders := f.watchFolders()
	seen := map[Identity]bool{}
	names := map[string]bool{}
	for _, dir := range folders {
		for _, m := range f.members(dir) {
			names[m.path], seen[m.id] = true, true
			f.lookAt(m)
		}
	}
	for name, file := range f.byName {
		if !names[name] {
			if _, err := os.Lstat(name); err != nil {
				f.lost(file, name)
			}
		}
	}
	for id, p := range f.done {
		if !seen[id] && !is(p.Path, id) {
			delete(f.done, id)
			f.gone = append(f.gone, id)
		}
	}
	for _, file := range f.files {
		if file.path == "" || !names[file.path] {
			f.enqueue(file)
		}
	}
	for path := range f.families {
		if !names[path] {
			delete(f.families, path)
		}
	}
	f.sayMissing()
	f.cost = time.Since(now)
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
// before live ones and older before newer, so that lines come in order.
func (f *Follower) members(dir string) []member {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		f.once("folder "+dir, "cannot list folder", "path", dir, "err", err, "remedy", Remedy(err))
	}
	all := make([]member, 0, len(entries))
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		live, s := f.family(path)
		if s == nil || compressed(path) || e.IsDir() {
			continue
		}
		m := member{path: path, live: live, source: s}
		if id, st, err := identify(unix.AT_FDCWD, path); err == nil {
			m.id, m.st = id, st
		}
		all = append(all, m)
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
