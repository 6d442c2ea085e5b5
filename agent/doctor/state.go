package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const (
	roomWanted   = 1 << 30 // bytes: what the spool may take
	inodesWanted = 100
)

// state examines the state directory, or where it will be made.
func state(dir string) Finding {
	about := "state " + dir
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		parent := dir
		for ; errors.Is(err, fs.ErrNotExist) && parent != "/"; _, err = os.Stat(parent) {
			parent = filepath.Dir(parent)
		}
		return room(about, parent, "it will be made at the first start; ")
	case err != nil:
		return Finding{about, Bad, err.Error(), "let the agent's user into it"}
	case !info.IsDir():
		return Finding{about, Bad, "it is not a directory", "move it away, or name another with `state`"}
	case info.Mode().Perm()&0o077 != 0:
		return Finding{about, Warning, fmt.Sprintf("others may look into it: mode %#o", info.Mode().Perm()), "chmod 700 " + dir}
	}
	return room(about, dir, "")
}

// room says whether the file system of dir can take what the spool may need.
func room(about, dir, first string) Finding {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return Finding{about, Unknown, fmt.Sprintf("look at its file system: %v", err), "df " + dir}
	}
	free := s.Bavail * uint64(max(s.Bsize, 0))
	said := fmt.Sprintf("%s%d MiB are free", first, free>>20)
	switch {
	case unix.Access(dir, unix.W_OK) != nil:
		return Finding{about, Bad, first + "it cannot be written", "let the agent's user write to " + dir}
	case s.Files > 0 && s.Ffree < inodesWanted:
		return Finding{about, Bad, "its file system has no inodes left", "remove small files there, or name another place with `state`"}
	case free < roomWanted:
		return Finding{about, Warning, said, "make room for 1 GiB: events wait here while an endpoint is down"}
	}
	return Finding{about, Fine, said, ""}
}
