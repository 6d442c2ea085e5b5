package snapshot

import (
	"bytes"
	"io"
)

// maxCount bounds how many bytes are read to number a line.
const maxCount = 64 << 20

// Lines numbers the lines of files. It remembers where it counted last, so that
// the next question about a file reads only what came since. The zero value is
// ready; it is not safe for concurrent use.
type Lines struct {
	file   string
	offset int64
	breaks int64
}

// At returns the number, from 1, of the line that begins at offset in the file
// with this identity. It is 0 where it would cost too much to know.
func (l *Lines) At(r io.ReaderAt, identity string, offset int64) int64 {
	if l.file != identity || offset < l.offset {
		*l = Lines{file: identity}
	}
	if offset-l.offset > maxCount {
		return 0
	}
	buf := make([]byte, 256<<10)
	for l.offset < offset {
		n, err := r.ReadAt(buf[:min(int64(len(buf)), offset-l.offset)], l.offset)
		l.breaks += int64(bytes.Count(buf[:n], []byte("\n")))
		l.offset += int64(n)
		if err != nil || n == 0 {
			break
		}
	}
	if l.offset < offset {
		return 0 // the file was truncated
	}
	return l.breaks + 1
}
