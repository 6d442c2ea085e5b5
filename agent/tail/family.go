package tail

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

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
		found.round = f.round
		return found.live, found.source
	}
	live, source := f.findFamily(path)
	f.families[path] = &family{live, source, f.round}
	return live, source
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

// family is what a name belongs to.
type family struct {
	live   string
	source *Source
	round  int // of the last sweep that asked
}
