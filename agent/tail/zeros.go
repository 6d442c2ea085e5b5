package tail

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// skipZeros moves past a run of zero bytes where a line would begin: what a writer
// leaves that goes on at its old offset after copytruncate, often as a hole of many
// gigabytes. It reports false while nothing else follows them: a log that was
// allocated ahead is zeros up to where it will be written.
func (f *Follower) skipZeros(file *File, data []byte) bool {
	at := file.off
	for {
		if zeros := len(data) - len(bytes.TrimLeft(data, "\x00")); zeros < len(data) {
			return file.seek(at+int64(zeros)) == nil
		}
		at += int64(len(data))
		if file.text == file.f { // a hole costs nothing to pass
			next, err := unix.Seek(int(file.f.Fd()), at, unix.SEEK_DATA)
			if err == unix.ENXIO { //nolint:errorlint // Seek returns the bare number
				return false
			}
			if err == nil {
				at = max(at, next)
			}
		}
		b := make([]byte, chunkBytes)
		n, err := file.text.ReadAt(b, at)
		if n == 0 {
			return false
		}
		if data = b[:n]; err == nil {
			continue
		}
		if len(bytes.TrimLeft(data, "\x00")) == 0 {
			return false // the end of the file
		}
	}
}
