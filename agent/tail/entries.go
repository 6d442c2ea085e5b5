package tail

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// entryBytes is how much of a folder is listed at once.
const entryBytes = 64 << 10

// entry is a name in a folder.
type entry struct {
	name []byte // valid during the call
	// inode is the folder's word for it: that of a mount point or of a link is not
	// that of the file, and overlayfs may tell another.
	inode  uint64
	folder bool
}

// entries calls each for every name in a folder. It is os.ReadDir without a string
// and a sorting for each of ten thousand names, and with their inode numbers; the
// layout is that of linux_dirent64 in getdents(2).
func (f *Follower) entries(dir *os.File, each func(entry)) error {
	if f.listed == nil {
		f.listed = make([]byte, entryBytes)
	}
	for {
		n, err := unix.Getdents(int(dir.Fd()), f.listed)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return fmt.Errorf("list folder: %w", err)
		case n == 0:
			return nil
		}
		for rest := f.listed[:n]; len(rest) > 19; {
			length := int(binary.NativeEndian.Uint16(rest[16:]))
			name, _, _ := bytes.Cut(rest[19:length], []byte{0})
			if string(name) != "." && string(name) != ".." {
				each(entry{name, binary.NativeEndian.Uint64(rest), rest[18] == unix.DT_DIR})
			}
			rest = rest[length:]
		}
	}
}
