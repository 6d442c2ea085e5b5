package tail

import "golang.org/x/sys/unix"

// ownOutput returns the files that this process writes to as standard output or
// error. They are not followed: each line about a line would be a line.
func ownOutput() map[Identity]bool {
	own := map[Identity]bool{}
	for _, fd := range []int{unix.Stdout, unix.Stderr} {
		if id, st, err := identify(fd, ""); err == nil && st.Mode&unix.S_IFMT == unix.S_IFREG {
			own[id] = true
		}
	}
	return own
}

// isOwn reports, and says once, that a file is our own log.
func (f *Follower) isOwn(id Identity, path string) bool {
	if !f.own[id] {
		return false
	}
	f.once("own "+path, "a file is not followed: this agent writes its own log to it", "path", path, "remedy", "exclude it, or send the agent's log elsewhere")
	return true
}
