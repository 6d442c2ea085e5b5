// Package unpack reads compressed logs as the text that they were.
package unpack

import (
	"bytes"
	"cmp"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

const (
	maxWindow = 128 << 20 // memory that a zstd frame may ask for
	readBytes = 256 << 10
	keepBytes = 1 << 20 // behind what was read last
)

// NewReader returns the text that r holds, compressed with gzip, zstd, bzip2 or
// lz4, or plain. It looks at the first bytes, not at a name: rotation tools differ in how
// they call what they compress.
func NewReader(r io.Reader) (io.Reader, error) {
	head := make([]byte, 6)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	head = head[:n]
	r = io.MultiReader(bytes.NewReader(head), r)
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return gzip.NewReader(r)
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return z, nil
	case bytes.HasPrefix(head, []byte("BZh")):
		return bzip2.NewReader(r), nil
	case bytes.HasPrefix(head, []byte("\x04\x22\x4d\x18")):
		return lz4.NewReader(r), nil
	case bytes.HasPrefix(head, []byte("\xfd7zXZ\x00")):
		return nil, errors.New("it is compressed with xz, which is not read; pass it through `xz -dc` into a file")
	}
	return r, nil
}

// ReaderAt reads a compressed file by offsets in its text. Reading on is cheap, and
// so is going back by up to 1 MiB; going back further reads the file from its
// beginning. It is not safe for concurrent use.
type ReaderAt struct {
	file   io.ReadSeeker
	text   io.Reader
	window []byte // what was read last
	end    int64  // of the window, in the text
	size   int64  // of the text; -1 while it is not known
	damage error
}

// NewReaderAt returns a reader of file, which begins at the file's beginning.
func NewReaderAt(file io.ReadSeeker) (*ReaderAt, error) {
	r := &ReaderAt{file: file, size: -1}
	return r, r.rewind()
}

func (r *ReaderAt) rewind() error {
	if _, err := r.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("rewind: %w", err)
	}
	text, err := NewReader(r.file)
	r.text, r.window, r.end = text, nil, 0
	return err
}

// Damage tells, once the end was read, why there is no more to be had of a file that
// ought to hold more.
func (r *ReaderAt) Damage() error { return r.damage }

// Size returns the size of the text in bytes, or of what is to be had of it; known is
// false until the end was read once.
func (r *ReaderAt) Size() (size int64, known bool) { return r.size, r.size >= 0 }

// ReadAt is [io.ReaderAt] on the text.
func (r *ReaderAt) ReadAt(b []byte, off int64) (int, error) {
	if off < r.end-int64(len(r.window)) {
		if err := r.rewind(); err != nil {
			return 0, err
		}
	}
	for want := off + int64(len(b)); r.end < want && r.end != r.size; {
		if err := r.more(off); err != nil {
			r.damage, r.size = err, r.end
		}
	}
	start := r.end - int64(len(r.window))
	if off >= r.end {
		return 0, cmp.Or(r.damage, io.EOF)
	}
	n := copy(b, r.window[off-start:])
	if n < len(b) {
		return n, cmp.Or(r.damage, io.EOF)
	}
	return n, nil
}

// more reads on, and keeps what lies behind off for going back a little.
func (r *ReaderAt) more(off int64) error {
	start := r.end - int64(len(r.window))
	if drop := min(off, r.end) - keepBytes - start; drop > keepBytes {
		r.window = append(r.window[:0], r.window[drop:]...)
	}
	have := len(r.window)
	r.window = append(r.window, make([]byte, readBytes)...)
	n, err := io.ReadFull(r.text, r.window[have:])
	r.window = r.window[:have+n]
	r.end += int64(n)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && n < readBytes {
		// a decompressor tells of a cut file by the same error; one more read tells
		if _, again := r.text.Read(make([]byte, 1)); !errors.Is(again, io.EOF) && again != nil {
			return fmt.Errorf("decompress: %w", again)
		}
		r.size = r.end
		return nil
	}
	if err != nil {
		return fmt.Errorf("decompress: %w", err)
	}
	return nil
}
