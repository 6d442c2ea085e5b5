package tail

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/bmatcuk/doublestar/v4"
)

// watchFolders makes sure that every folder that can hold a followed file is
// watched, and returns them.
func (f *Follower) watchFolders() []string {
	set, origins := map[string]bool{}, map[string][]origin{}
	add := func(dir string, s *Source) {
		set[dir] = true
		if moved, from := s.elsewhere(dir), (origin{dir, s}); moved != "" && !slices.Contains(origins[moved], from) {
			set[moved] = true
			origins[moved] = append(origins[moved], from)
		}
	}
	for i := range f.o.Sources {
		s := &f.o.Sources[i]
		for _, pattern := range s.Include {
			base, rest := doublestar.SplitPattern(pattern)
			add(existing(base), s)
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
					add(filepath.Join(base, d), s)
				}
			}
		}
	}
	f.setOrigins(origins)
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
