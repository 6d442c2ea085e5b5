package doctor

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	nonblock    = unix.O_NONBLOCK
	watchesFile = "/proc/sys/fs/inotify/max_user_watches"
	spare       = 64 // descriptors for all that is not a log
)

// watches compares the folders to watch with what the kernel grants a user.
func watches(folders int) Finding {
	text, err := os.ReadFile(watchesFile)
	if err != nil {
		return Finding{"notifications", Unknown, fmt.Sprintf("read the limit: %v", err), "see that /proc is mounted"}
	}
	limit, err := strconv.Atoi(strings.TrimSpace(string(text)))
	switch said := fmt.Sprintf("%d folders to watch, the kernel grants %d", folders, limit); {
	case err != nil:
		return Finding{"notifications", Unknown, fmt.Sprintf("read the limit: %v", err), "read " + watchesFile}
	case folders > limit/2:
		return Finding{"notifications", Warning, said, fmt.Sprintf("sysctl fs.inotify.max_user_watches=%d; without a watch a folder is looked at each second", 4*max(folders, limit))}
	default:
		return Finding{"notifications", Fine, said, ""}
	}
}

// descriptors compares the files to hold open with the process's limit.
func descriptors(files int) Finding {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return Finding{"open files", Unknown, fmt.Sprintf("read the limit: %v", err), "look at `ulimit -n`"}
	}
	said := fmt.Sprintf("%d files to follow, %d may be open", files, limit.Max)
	if need := uint64(2*files + spare); need > limit.Max { // rotated files stay open beside the new ones
		return Finding{"open files", Bad, said, fmt.Sprintf("set LimitNOFILE=%d in the unit", 2*need)}
	}
	return Finding{"open files", Fine, said, ""}
}

// clock asks the kernel whether somebody keeps its clock right.
func clock() Finding {
	const remedy = "run chrony or systemd-timesyncd: windows and tickets go by time"
	var t unix.Timex
	kept, err := unix.Adjtimex(&t)
	switch {
	case err != nil:
		return Finding{"clock", Unknown, fmt.Sprintf("ask the kernel: %v", err), remedy}
	case kept == unix.TIME_ERROR:
		return Finding{"clock", Warning, "nothing keeps it right", remedy}
	}
	return Finding{"clock", Fine, "it is kept right", ""}
}
