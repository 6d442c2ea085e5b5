// Package file is the backend that appends events to a file, one JSON object a line.
//
// An event counts as delivered when it is on the disk. The file is opened for each,
// so that it may be rotated at any time. After a crash the last event can stand
// there twice, with the same id; a line that a crash cut is ended before the next.
package file

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/thirdline/thirdline/shipper"
)

// File takes one event at a time.
type File struct{ path string }

var (
	_ shipper.Backend = (*File)(nil)
	_ shipper.Serial  = (*File)(nil)
)

// New returns the backend. The file is made with the first event, readable by its
// owner and group.
func New(path string) *File { return &File{path} }

// Serial implements [shipper.Serial]: lines do not mix.
func (*File) Serial() {}

// Deliver implements [shipper.Backend].
func (f *File) Deliver(_ context.Context, _ string, event []byte) (err error) {
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o640)
	if err != nil {
		return fmt.Errorf("append event: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("append event: %w", err)
	}
	line := make([]byte, 0, len(event)+2)
	if size := info.Size(); size > 0 {
		last := make([]byte, 1)
		if _, err := file.ReadAt(last, size-1); err != nil {
			return fmt.Errorf("append event: %w", err)
		}
		if last[0] != '\n' {
			line = append(line, '\n')
		}
	}
	line = append(append(line, event...), '\n')
	if _, err := file.Write(line); err != nil {
		return fmt.Errorf("append event: %w", err)
	}
	if err := file.Sync(); err != nil {
		return fmt.Errorf("append event: %w", err)
	}
	return nil
}
