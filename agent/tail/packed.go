package tail

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	looksForMissing = 4
	lookAgainAfter  = 25 * time.Millisecond
	standstill      = time.Second
)

// downtime is what was compressed while we did not look.
type downtime struct {
	f         *Follower
	positions []Position
	missing   []Position      // of them
	shut      map[string]shut // by path
}

// shut is a file that cannot be read.
type shut struct {
	id         Identity
	path, live string
	source     *Source
	written    time.Time
	unread     bool // since its source was read last
	err        error
}

// unpackMissing looks for files that were compressed while we did not look: by the
// guarded bytes at the stored offset when they were known, or as written after all
// that we have read. It returns the positions that were not found, and the followed
// names of which a file could not be read. A rotation that goes on right now renames
// what we look for, so it looks more than once.
func (f *Follower) unpackMissing(positions, missing []Position) (left []Position, told map[string]bool) {
	d := &downtime{f, positions, missing, map[string]shut{}}
	folders := map[string]bool{}
	for _, p := range positions {
		for _, dir := range append(f.homes(p.Live), filepath.Dir(p.Path)) {
			folders[dir] = true
		}
	}
	for range looksForMissing {
		for dir := range folders {
			for _, path := range compressedIn(dir) {
				d.unpack(path)
			}
		}
		if !slices.ContainsFunc(d.missing, func(p Position) bool { return !p.Done }) {
			break
		}
		time.Sleep(lookAgainAfter)
	}
	told = d.tell()
	return d.missing, told
}

// afterStandstill looks for what came and was compressed while nobody called Next, for
// want of room in the store, say: of a file that was followed we hold the descriptor, but
// of one that was made, rotated and compressed meanwhile nothing else tells.
func (f *Follower) afterStandstill(now time.Time) {
	if f.returned.IsZero() || now.Sub(f.returned) < standstill {
		return
	}
	var known []Position
	for _, file := range f.files {
		known = append(known, file.position())
	}
	f.unpackMissing(slices.AppendSeq(known, maps.Values(f.done)), nil)
	f.swept = time.Time{} // the names of what is held are known before more is read
}

// unpack follows a compressed file from where its original had been read, or from
// its beginning when it is new to us and unread.
func (d *downtime) unpack(path string) {
	f := d.f
	original := strings.TrimSuffix(path, filepath.Ext(path))
	live, source := f.family(original)
	id, st, err := identify(unix.AT_FDCWD, path)
	if err != nil || source == nil || f.files[id] != nil || slices.ContainsFunc(d.positions, func(p Position) bool { return p.Identity == id }) {
		return
	}
	read := d.read(source)
	unread := !read.IsZero() && written(st).After(read)
	if !unread && !slices.ContainsFunc(d.missing, func(p Position) bool { return !p.Done && p.Source == source.Name }) {
		return
	}
	file, _, err := openFile(path)
	if err != nil {
		d.shut[path] = shut{id, path, live, source, written(st), unread, err}
		return
	}
	if f.refused(file, path, source) {
		f.closeQuietly(file)
		return
	}
	adopted := false
	for i, p := range d.missing {
		if p.Source == source.Name && file.begins(p) && file.carries(p) {
			if adopted = f.adopt(file, p.Live, source, p.Offset); !p.Done {
				f.gone = append(f.gone, p.Identity)
			}
			d.missing, unread = slices.Delete(slices.Clone(d.missing), i, i+1), false
			break
		}
	}
	if _, err := os.Lstat(original); err == nil || slices.ContainsFunc(d.positions, file.begins) {
		unread = false // it is being made of a file that we have, or will find
	}
	if unread {
		adopted = f.adopt(file, live, source, 0)
	}
	if !adopted {
		f.closeQuietly(file)
	}
}

// read is when something of a source was read last.
func (d *downtime) read(s *Source) (read time.Time) {
	for _, p := range d.positions {
		if p.Source == s.Name && p.Read.After(read) {
			read = p.Read
		}
	}
	return read
}

// tell counts, and names, the files that could not be read: as the rest of a file that
// is missing, or as new ones. It returns their followed names.
func (d *downtime) tell() map[string]bool {
	told := map[string]bool{}
	all := slices.SortedFunc(maps.Values(d.shut), func(a, b shut) int {
		switch {
		case a.unread == b.unread:
			return a.written.Compare(b.written)
		case a.unread: // what is surely missed has the first choice
			return -1
		}
		return 1
	})
	for _, s := range all {
		_, err := os.Lstat(s.path)
		if _, made := os.Lstat(strings.TrimSuffix(s.path, filepath.Ext(s.path))); err != nil || made == nil {
			continue // it was renamed, or is being made of a file that we will find
		}
		offset, rest := d.restIn(s)
		key := "shut " + s.id.String()
		if !rest && !s.unread || d.f.told[key] {
			continue
		}
		d.f.told[key] = true
		told[s.live] = true
		d.f.missed(s.source.Name, "a rotated file cannot be read; what it holds after the offset is missed", s.path, offset, s.err)
	}
	return told
}

// restIn takes the file for one that is missing, and returns how far that was read.
func (d *downtime) restIn(s shut) (offset int64, found bool) {
	n := slices.IndexFunc(d.missing, func(p Position) bool {
		return !p.Done && p.Live == s.live && !s.written.Before(p.Read.Add(-sameWrite))
	})
	if n < 0 {
		return 0, false
	}
	p := d.missing[n]
	d.f.gone = append(d.f.gone, p.Identity)
	d.missing = slices.Delete(slices.Clone(d.missing), n, n+1)
	return p.Offset, true
}

// missed counts and tells that something which was written is not read.
func (f *Follower) missed(source, message, path string, offset int64, err error) {
	f.count(source).Gaps++
	f.log.Warn(message, "source", source, "path", path, "offset", offset, "err", err, //nolint:sloglint // constant at every call
		"remedy", "decompress it elsewhere and look through it with `thirdline scan`; let rotation compress with gzip, zstd, bzip2 or lz4, and with delaycompress")
}

// errPacking tells of a kind of compression for which there is no decompressor.
var errPacking = errors.New("it is compressed in a way that is not read")

// compressedIn lists the compressed files of a folder, the oldest first.
func compressedIn(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // the sweep says so
	}
	at := map[string]time.Time{}
	var paths []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !packed(path) || !e.Type().IsRegular() {
			continue
		}
		if _, st, err := identify(unix.AT_FDCWD, path); err == nil {
			at[path] = written(st)
			paths = append(paths, path)
		}
	}
	slices.SortFunc(paths, func(a, b string) int { return at[a].Compare(at[b]) })
	return paths
}
