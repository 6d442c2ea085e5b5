package agent

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"golang.org/x/sys/unix"
)

// rest gives back, once, the memory that the start and a backlog took and what
// follows does not. It takes a while, which nobody misses now.
func (p *pipeline) rest() {
	if p.rested {
		return
	}
	p.rested = true
	debug.FreeOSMemory()
	if err := releaseCode(); err != nil {
		p.log.Debug("cannot give back the pages of the program", "err", err)
	}
}

// releaseCode takes the pages of the program's own file out of the process's memory.
// Most were touched by the start alone; the others come back from the page cache as
// they are needed.
func releaseCode() error {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("find program: %w", err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return fmt.Errorf("read mappings: %w", err)
	}
	for line := range strings.Lines(string(maps)) {
		var from, to uintptr
		var may, at, device, inode, path string
		if _, err := fmt.Sscanf(line, "%x-%x %s %s %s %s %s", &from, &to, &may, &at, &device, &inode, &path); err != nil {
			continue // it belongs to no file
		}
		if path != program || strings.Contains(may, "w") {
			continue
		}
		if _, _, errno := unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_DONTNEED); errno != 0 {
			return fmt.Errorf("release pages: %w", errno)
		}
	}
	return nil
}
