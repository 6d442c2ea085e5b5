package tail

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// origin is a folder of logs whose rotated files are moved elsewhere.
type origin struct {
	folder string
	source *Source
}

// elsewhere returns where the rotated files of the logs in a folder are moved, or "".
func (s *Source) elsewhere(folder string) string {
	if s.Rotated == "" {
		return ""
	}
	dir := filepath.Clean(s.Rotated)
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(folder, dir)
	}
	if dir == folder {
		return ""
	}
	return dir
}

// homes returns the folders in which files lie that have or had a followed name.
func (f *Follower) homes(live string) []string {
	homes := []string{filepath.Dir(live)}
	if s := f.source(live); s != nil {
		if dir := s.elsewhere(homes[0]); dir != "" {
			homes = append(homes, dir)
		}
	}
	return homes
}

// setOrigins notes which folders have their rotated files where.
func (f *Follower) setOrigins(now map[string][]origin) {
	if !maps.EqualFunc(f.origins, now, slices.Equal) {
		f.origins = now
		clear(f.families)
	}
}

// moved returns the followed name that a file had before it was moved away, or is a
// rotated form of, and its source. Where logs of one name share a folder, it is one of
// them that is there.
func (f *Follower) moved(path string) (live string, s *Source) {
	for _, from := range f.origins[filepath.Dir(path)] {
		was := filepath.Join(from.folder, filepath.Base(path))
		of, source := f.rotatedForm(was)
		if source != from.source {
			of, source = was, f.source(was)
		}
		if source != from.source {
			continue
		}
		if _, err := os.Lstat(of); err == nil {
			return of, source
		}
		if s == nil {
			live, s = of, source
		}
	}
	return live, s
}
