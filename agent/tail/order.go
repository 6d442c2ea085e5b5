package tail

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const maxRotations = 99999 // what is higher in a name is a date

// oldest returns which queued file comes before all others that had the same name:
// lines of one log are read in the order in which they were written.
func (f *Follower) oldest(file *File) (n int) {
	if len(f.restless) == 0 {
		return 0 // none is rotated
	}
	for i, other := range f.queue {
		if other.Live == file.Live && other.rotated && (!file.rotated || other.older(file)) {
			n, file = i, other
		}
	}
	return n
}

// older reports whether a rotated file was written before another of the same name:
// by their births, and by their names where the clock of births was too coarse.
func (f *File) older(than *File) bool {
	if f.id.Birth != than.id.Birth {
		return f.id.Birth < than.id.Birth
	}
	a, b := strings.TrimPrefix(filepath.Base(f.path), filepath.Base(f.Live)), strings.TrimPrefix(filepath.Base(than.path), filepath.Base(than.Live))
	if n, m := rotations(a), rotations(b); n > 0 && m > 0 {
		return n > m // app.log.2 was app.log.1 before
	}
	return a < b // dates
}

// rotations is the number at the end of a rotated name, or 0.
func rotations(end string) int {
	n, err := strconv.Atoi(strings.TrimLeft(end, ".-_"))
	if err != nil || n > maxRotations {
		return 0
	}
	return n
}

// replaced reports whether a followed name stands for another file than before.
func (f *Follower) replaced(m member) bool {
	if m.st == nil || f.files[m.id] != nil {
		return false
	}
	for file := range f.restless {
		if file.rotated && file.Live == m.live {
			return true
		}
	}
	return f.byName[m.path] != nil
}

// lookBeside looks at the rotated files of a followed name, whose lines come before
// those of the file that has it now.
func (f *Follower) lookBeside(live string) {
	for _, m := range f.rotatedFiles(live) {
		f.lookAt(m)
	}
}

// copies are the files that copytruncate may have made of a log.
func (f *Follower) copies(live string) (paths []string) {
	for _, m := range f.rotatedFiles(live) {
		paths = append(paths, m.path)
	}
	return append(paths, f.packedOf(live)...)
}

// packedOf are the compressed files of a followed name.
func (f *Follower) packedOf(live string) (paths []string) {
	for _, dir := range f.homes(live) {
		for _, path := range compressedIn(dir) {
			if of, _ := f.family(path); of == live && unpacks(path) {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// rotatedFiles are the rotated files of a followed name, the older first.
func (f *Follower) rotatedFiles(live string) (all []member) {
	for _, dir := range f.homes(live) {
		all = append(all, f.members(dir, nil)...)
	}
	return slices.DeleteFunc(all, func(m member) bool { return m.live != live || m.path == live })
}
