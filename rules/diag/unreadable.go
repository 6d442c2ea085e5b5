package diag

import (
	"errors"
	"io/fs"
)

// Unreadable makes a problem of an error that reading file gave.
func Unreadable(file string, err error) Problem {
	p := Problem{File: file, Code: "unreadable", Message: err.Error()}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		p.Message = pe.Err.Error()
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		p.Hint = "let the user that thirdline runs as read it"
	case errors.Is(err, fs.ErrNotExist):
		p.Hint = "make it, or name another"
	}
	return p
}
