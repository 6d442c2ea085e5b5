package changed

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/sys/unix"

	"github.com/thirdline/thirdline/shipper"
)

const (
	maxFiles = 1000     // watched
	maxFile  = 1 << 20  // bytes; of a larger one size and time are compared
	maxBytes = 16 << 20 // hashed in one look
)

// State is what is known of a watched file. Nothing of its content is kept but a hash.
type State struct {
	Hash     string `json:",omitempty"`
	Size     int64
	Modified time.Time
	// Changed is the inode's change time, which tells of a content put back in time.
	Changed time.Time
}

// Look compares the watched files with what was known of them, brings known up to
// date, and returns what changed. It reads only files whose times or size differ. A
// nil known is the first look, which only learns.
func (c *Collector) Look(known map[string]State, now time.Time) (changes []shipper.Change, differ map[string]*State) {
	differ = map[string]*State{}
	hashed := int64(0)
	seen := map[string]bool{}
	for _, path := range c.watched() {
		was, old := known[path]
		is, err := stat(path)
		if err != nil {
			continue // gone, or not readable: as if it were not there
		}
		seen[path] = true
		if old && is.Size == was.Size && is.Modified.Equal(was.Modified) && is.Changed.Equal(was.Changed) {
			continue
		}
		if is.Size <= maxFile && hashed <= maxBytes {
			is.Hash = hash(path)
			hashed += is.Size
		}
		differ[path] = &is
		same := old && is.Size == was.Size && is.Hash == was.Hash && is.Hash != ""
		if same || known == nil {
			continue
		}
		changes = append(changes, shipper.Change{Time: is.at(now), Kind: File, What: path, Detail: describe(was, is, old)})
	}
	for _, path := range slices.Sorted(maps.Keys(known)) {
		if !seen[path] {
			differ[path] = nil
			changes = append(changes, shipper.Change{Time: now.UTC(), Kind: File, What: path, Detail: "removed"})
		}
	}
	return changes, differ
}

// at is when a file was changed: not in the future, whatever was set by hand.
func (s *State) at(now time.Time) time.Time {
	if s.Modified.Before(s.Changed) && s.Changed.Before(now) {
		return s.Changed.UTC() // put there later than it was written
	}
	if s.Modified.After(now) {
		return now.UTC()
	}
	return s.Modified.UTC()
}

func describe(was, is State, old bool) string {
	if !old {
		return fmt.Sprintf("new, %d bytes", is.Size)
	}
	return fmt.Sprintf("changed, %d to %d bytes", was.Size, is.Size)
}

// watched lists the files that the globs name.
func (c *Collector) watched() (paths []string) {
	for _, pattern := range c.Files {
		found, err := doublestar.FilepathGlob(pattern, doublestar.WithFilesOnly())
		if err != nil {
			continue // the pattern was checked with the configuration
		}
		paths = append(paths, found...)
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	return paths[:min(len(paths), maxFiles)]
}

func stat(path string) (State, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return State{}, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return State{}, os.ErrInvalid
	}
	return State{Size: st.Size, Modified: time.Unix(st.Mtim.Unix()).UTC(), Changed: time.Unix(st.Ctim.Unix()).UTC()}, nil
}

// hash returns "" for a file that cannot be read.
func hash(path string) string {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer f.Close() //nolint:errcheck // only read
	h := sha256.New()
	if _, err := io.Copy(h, io.LimitReader(f, maxFile+1)); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}
