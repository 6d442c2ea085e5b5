package tail

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/sys/unix"
)

// realPath asks the kernel where an open file lies, so that no link can change
// between the question and the reading.
func realPath(h *os.File, st *unix.Statx_t) (string, error) {
	real, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", h.Fd()))
	if err != nil {
		return "", fmt.Errorf("find out where %s leads: %w", h.Name(), err)
	}
	if st.Nlink == 0 {
		real = strings.TrimSuffix(real, " (deleted)")
	}
	return real, nil
}

// errLeadsOut tells that a symbolic link leads to where a source may not read.
var errLeadsOut = errors.New("refused to follow a symbolic link out of the source's folders")

// leadsOut is an error when a file, opened by path, lies outside the folders that its
// source may read: a user who can write to a log folder must not have us read for
// him, by a link, what he cannot read himself.
func (f *File) leadsOut(path string, s *Source) error {
	within := func(root string) bool {
		return f.real == root || strings.HasPrefix(f.real, strings.TrimSuffix(root, "/")+"/")
	}
	if f.real == path || slices.ContainsFunc(s.roots(), within) {
		return nil
	}
	return fmt.Errorf("%w: %s to %s", errLeadsOut, path, f.real)
}

// refused says so, once, when a file leads out of its source's folders.
func (f *Follower) refused(file *File, path string, s *Source) bool {
	if file.leadsOut(path, s) == nil {
		return false
	}
	f.once("refused "+path+" "+file.real, errLeadsOut.Error(), "path", path, "target", file.real,
		"remedy", fmt.Sprintf("add %s to the source's `roots`, if whoever can write to %s may read what is there", filepath.Dir(file.real), filepath.Dir(path)))
	return true
}

// roots returns the folders that a source's files may lie in: those it names, and
// the fixed part of each glob.
func (s *Source) roots() []string {
	roots := slices.Clone(s.Roots)
	for _, pattern := range s.Include {
		base, _ := doublestar.SplitPattern(pattern)
		for _, dir := range []string{base, s.elsewhere(base)} {
			if dir == "" {
				continue
			}
			roots = append(roots, dir)
			if resolved, ok := trusted(dir); ok {
				roots = append(roots, resolved)
			}
		}
	}
	return roots
}

// trusted resolves the links in a configured folder's path, such as /var/log on
// another disk. It trusts only links of root and of our own user.
func trusted(dir string) (string, bool) {
	for at := dir; at != "/" && at != "."; at = filepath.Dir(at) {
		var st unix.Stat_t
		if err := unix.Lstat(at, &st); err != nil {
			return "", false
		}
		if st.Mode&unix.S_IFMT == unix.S_IFLNK && st.Uid != 0 && int(st.Uid) != os.Geteuid() {
			return "", false
		}
	}
	resolved, err := filepath.EvalSymlinks(dir)
	return resolved, err == nil
}

// noteLink notes whether the file's name is a link to it, so that notifications
// about the file itself are understood.
func (f *Follower) noteLink(file *File) {
	info, err := os.Lstat(file.path)
	file.linked = err == nil && info.Mode()&os.ModeSymlink != 0
	for real, link := range f.links {
		if link == file.path && real != file.real {
			delete(f.links, real)
		}
	}
	if file.linked {
		f.links[file.real] = file.path
	}
	if dir := filepath.Dir(file.real); dir != filepath.Dir(file.path) {
		f.watch(dir)
	}
}

// between returns the files that a link pointed to after was and before now: those
// beside them that are called alike but for their digits, and were born in between.
func between(was, now string) []string {
	first, st, err := identify(unix.AT_FDCWD, was)
	from := birth(first, st)
	if err != nil {
		from = 0
	}
	last, st, err := identify(unix.AT_FDCWD, now)
	if err != nil || last == first || from == 0 {
		return nil
	}
	to := birth(last, st)
	type target struct {
		path string
		born int64
	}
	var found []target
	for _, dir := range slices.Compact([]string{filepath.Dir(was), filepath.Dir(now)}) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			path := filepath.Join(dir, e.Name())
			id, st, err := identify(unix.AT_FDCWD, path)
			if err == nil && shape(path) == shape(now) && e.Type().IsRegular() && birth(id, st) > from && birth(id, st) < to {
				found = append(found, target{path, birth(id, st)})
			}
		}
	}
	slices.SortFunc(found, func(a, b target) int { return int(min(max(a.born-b.born, -1), 1)) })
	paths := make([]string, len(found))
	for i, t := range found {
		paths[i] = t.path
	}
	return paths
}

// shape is a file's name with each run of digits as one 0.
func shape(path string) string {
	var b strings.Builder
	digits := false
	for _, c := range filepath.Base(path) {
		digit := c >= '0' && c <= '9'
		switch {
		case !digit:
			b.WriteRune(c)
		case !digits:
			b.WriteByte('0')
		}
		digits = digit
	}
	return b.String()
}
