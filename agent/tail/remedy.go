package tail

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// Remedy says what a person can do about an error of opening, listing or watching.
func Remedy(err error) string {
	if errors.Is(err, fs.ErrPermission) {
		return "add the agent's user to the file's group (often adm), or give the service CAP_DAC_READ_SEARCH"
	}
	if errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) {
		return "raise LimitNOFILE"
	}
	return "it is tried again at every sweep"
}
