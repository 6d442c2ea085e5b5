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

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/sys/unix"
)

// minHead is how many first bytes it takes to tell a copy from another file.
const minHead = 16

// source returns the source that follows path, or nil.
func (f *Follower) source(path string) *Source {
	matches := func(p string) bool {
		ok, err := doublestar.Match(p, path)
		return ok && err == nil
	}
	for i := range f.o.Sources {
		s := &f.o.Sources[i]
		if slices.ContainsFunc(s.Include, matches) && !slices.ContainsFunc(s.Exclude, matches) {
			return s
		}
	}
	return nil
}

// family returns the followed name that path is, or is a rotated form of
// (app.log for app.log.1 and app.log-20261124), and its source.
func (f *Follower) family(path string) (string, *Source) {
	if found, ok := f.families[path]; ok {
		return found.live, found.source
	}
	live, source := f.findFamily(path)
	f.families[path] = family{live, source}
	return live, source
}

// family is what a name belongs to.
type family struct {
	live   string
	source *Source
}

func (f *Follower) findFamily(path string) (string, *Source) {
	if s := f.source(path); s != nil {
		return path, s
	}
	dir := len(filepath.Dir(path)) + 1
	for i := len(path) - 1; i > dir; i-- {
		if strings.IndexByte(".-_", path[i]) >= 0 {
			if s := f.source(path[:i]); s != nil {
				return path[:i], s
			}
		}
	}
	return "", nil
}

// compressed names are never read as text.
func compressed(path string) bool {
	switch filepath.Ext(path) {
	case ".gz", ".xz", ".zst", ".bz2", ".lz4", ".tmp", ".swp":
		return true
	}
	return false
}

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
		f.once("folder "+dir, "cannot list folder", "path", dir, "err", err, "remedy", remedy(err))
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

// watchFolders makes sure that every folder that can hold a followed file is
// watched, and returns them.
func (f *Follower) watchFolders() []string {
	set := map[string]bool{}
	for _, s := range f.o.Sources {
		for _, pattern := range s.Include {
			base, rest := doublestar.SplitPattern(pattern)
			set[existing(base)] = true
			dirs := filepath.ToSlash(filepath.Dir(rest))
			if dirs == "." {
				continue
			}
			found, err := doublestar.Glob(os.DirFS(base), dirs)
			if err != nil {
				continue // the pattern was checked with the configuration
			}
			for _, d := range found {
				if info, err := os.Stat(filepath.Join(base, d)); err == nil && info.IsDir() {
					set[filepath.Join(base, d)] = true
				}
			}
		}
	}
	f.deaf = false
	f.listen()
	folders := make([]string, 0, len(set))
	for dir := range set {
		folders = append(folders, dir)
		f.watch(dir)
	}
	slices.Sort(folders)
	return folders
}

func (f *Follower) watch(dir string) {
	if f.watcher == nil {
		f.deaf = true
		return
	}
	// adding again is cheap, and needed when the folder was made anew
	if err := f.watcher.Add(dir); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		f.deaf = true
		f.once("watch "+dir, "cannot watch folder; it is looked at every second", "path", dir, "err", err,
			"remedy", "raise fs.inotify.max_user_watches and max_user_instances")
		return
	}
	f.folders[dir] = true
}

// existing returns the nearest folder upwards that is there.
func existing(dir string) string {
	for dir != "/" {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	return dir
}

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
		if known != file || known.rotated != (m.path != m.live) {
			f.named(known, m.path, m.live)
		} else if modified := m.modified(); modified != known.modified || int64(m.st.Size) != known.off {
			known.modified = modified
			f.enqueue(known)
		}
		return
	}
	if _, ok := f.done[m.id]; ok || m.st.Mode&unix.S_IFMT != unix.S_IFREG {
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
	if rotated && f.maybeCopy(live, file.head) {
		f.copies[path] = true // a copy is taken up when the truncation shows
		f.closeQuietly(file)
		return
	}
	delete(f.copies, path)
	file.belongs(source, live, rotated)
	if source.fresh && !source.FromBeginning && !rotated {
		if err := file.seek(lastLineEnd(file, int64(st.Size))); err != nil {
			f.once("open "+path, "cannot read file", "path", path, "err", err, "remedy", remedy(err))
			f.closeQuietly(file)
			return
		}
	}
	f.files[file.id] = file
	f.named(file, path, live)
}

// lastLineEnd returns the offset after the last line end before size, so that a
// line being written at the start is read whole.
func lastLineEnd(file *File, size int64) int64 {
	b := make([]byte, min(size&^1, 64<<10)) // an even number: UTF-16
	n, err := file.text.ReadAt(b, size&^1-int64(len(b)))
	if err != nil || n < len(b) {
		return size
	}
	return size&^1 - int64(len(b)) + int64(file.Encoding.Last(b))
}

// maybeCopy reports whether a file that begins with head is a copy of one that
// we follow under the same live name, or too short yet to tell. The original is
// read at once: its truncation is near.
func (f *Follower) maybeCopy(live string, head []byte) bool {
	for _, g := range f.files {
		n := min(len(head), len(g.head))
		if g.Live == live && n >= minHead && string(head[:n]) == string(g.head[:n]) {
			f.enqueue(g)
			return true
		}
	}
	return len(head) < minHead
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
			f.counts.Rotations++
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

func remedy(err error) string {
	if errors.Is(err, fs.ErrPermission) {
		return "add the agent's user to the file's group (often adm), or give the service CAP_DAC_READ_SEARCH"
	}
	if errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) {
		return "raise LimitNOFILE"
	}
	return "it is tried again at every sweep"
}
