package tail

import (
	"path/filepath"
	"regexp"
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
// (app.log for app.log.1, app.log-20261124 and app-20261124.log), and its source.
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
	if live, s := f.moved(path); s != nil {
		return live, s
	}
	if s := f.source(path); s != nil {
		return path, s
	}
	return f.rotatedForm(path)
}

// rotatedForm returns the followed name that path is a rotated form of.
func (f *Follower) rotatedForm(path string) (string, *Source) {
	if live, s := f.dated(path); s != nil {
		return live, s
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

// numbers are what logrotate puts before an extension that it keeps: a date, with a time
// or not, seconds since the epoch, or a count behind a dot.
var numbers = regexp.MustCompile(`(?:[._-]\d{4}[._-]?\d\d[._-]?\d\d(?:[T._-]?\d+)*|[._-]\d{10}|\.\d{1,4})$`)

// dated takes app-20261124.log and app.1.log for rotated forms of app.log. Others are
// other logs, such as app-error.log and app-2.log.
func (f *Follower) dated(path string) (string, *Source) {
	ext := filepath.Ext(path)
	base := strings.TrimSuffix(path, ext)
	live := numbers.ReplaceAllString(base, "")
	if live == base || strings.HasSuffix(live, "/") {
		return "", nil
	}
	return live + ext, f.source(live + ext)
}

// compressed names are never read as text.
func compressed(path string) bool {
	switch filepath.Ext(path) {
	case ".tmp", ".swp":
		return true
	}
	return packed(path)
}

// packed names are what compressors make.
func packed(path string) bool {
	switch filepath.Ext(path) {
	case ".xz", ".lzma", ".lzo", ".Z", ".zip", ".7z":
		return true
	}
	return unpacks(path)
}

// unpacks reports whether a compressed file of that name can be read.
func unpacks(path string) bool {
	switch filepath.Ext(path) {
	case ".gz", ".zst", ".bz2", ".lz4":
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
