package scan

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/agent/text"
	"github.com/thirdline/thirdline/agent/unpack"
)

const chunkBytes = 256 << 10

// File is one file of history.
type File struct {
	Path string
	// Source is what the file belongs to, for the rules' selectors.
	Source string
	// Size and Modified are those on disk; Size counts compressed bytes.
	Size     int64
	Modified time.Time
	// Progress is told every number of bytes read from the disk, if it is set.
	Progress func(n int)
	// Encoding of a file without a byte order mark, and how its lines are made into
	// records; both as in the agent's source.
	Encoding *text.Encoding
	Shape    *record.Shape
	// MaxLine is where a longer line is cut, in bytes. Default 1 MiB.
	MaxLine int
}

// Open looks at the files, and orders them by their last change: so a log comes
// after the files it was rotated to.
func Open(paths []string) ([]*File, error) {
	var files []*File
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("find history: %w", err)
		}
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("find history: %s is not a regular file; name files, as in %s/*", path, path)
		}
		files = append(files, &File{Path: path, Size: info.Size(), Modified: info.ModTime(), MaxLine: 1 << 20})
	}
	slices.SortStableFunc(files, func(a, b *File) int {
		return cmp.Or(a.Modified.Compare(b.Modified), cmp.Compare(b.Path, a.Path))
	})
	return files, nil
}

// read hands the file on in chunks of whole lines, as the agent's tail does. Each is in
// a buffer of its own, which is given away with it.
func (f *File) read(bufs buffers, hand func(c tail.Chunk, buf []byte) error) (err error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	in, err := unpack.NewReader(&counter{file, f.Progress})
	if err != nil {
		return err
	}
	head := bufio.NewReaderSize(in, 4<<10)
	mark, err := head.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	as := &tail.File{Source: f.Source, Live: f.Path, Encoding: f.Encoding}
	e, n := text.Detect(mark)
	if n > 0 {
		as.Encoding = e
	}
	if _, err := head.Discard(n); err != nil {
		return err
	}
	l := liner{max: f.MaxLine, encoding: as.Encoding, shape: f.Shape, offset: int64(n), buffers: bufs}
	return l.lines(head, func(buf, data []byte, offset int64, cut bool) error {
		return hand(tail.Chunk{File: as, Offset: offset, Data: data, Cut: cut}, buf)
	})
}

// counter tells how much was read.
type counter struct {
	io.Reader
	tell func(int)
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	if c.tell != nil {
		c.tell(n)
	}
	return n, err
}

// liner cuts a stream into chunks of whole records.
type liner struct {
	max      int // where a longer line is cut
	encoding *text.Encoding
	shape    *record.Shape
	offset   int64
	buffers
}

// buffers are a bounded number of buffers.
type buffers interface {
	// take waits for a buffer that is free; it may have any size.
	take() []byte
	give(buf []byte)
}

// lines hands on chunks of whole records with their offsets, each in a buffer that
// is given away with it. A line longer than max is handed on once, cut, and its rest skipped; a
// last line without an end counts as whole.
func (l *liner) lines(r io.Reader, hand func(buf, data []byte, offset int64, cut bool) error) error {
	buf := l.sized(l.take())
	held, skipping := 0, false
	for {
		n, err := fill(r, buf[held:])
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return err
		}
		data := buf[:held+n]
		end := l.whole(data)
		cut := end == 0 && len(data) >= l.max && !last
		if last || cut {
			end = len(data)
		}
		start := 0
		if skipping {
			nl := l.encoding.First(data[:end])
			start = nl
			if skipping = nl == 0; skipping {
				start = end
			}
		}
		whole := data[start:end]
		if cut {
			whole = whole[:min(len(whole), l.max)]
		}
		next := buf
		if len(whole) > 0 && !last {
			next = l.sized(l.take())
		}
		held = copy(next, data[end:])
		if len(whole) > 0 {
			if err := hand(buf, whole, l.offset+int64(start), cut); err != nil {
				return err
			}
		} else if last {
			l.give(buf)
		}
		if last {
			return nil
		}
		buf = next
		skipping = skipping || cut
		l.offset += int64(end)
	}
}

// sized returns a buffer in which a line of the maximum has room.
func (l *liner) sized(buf []byte) []byte {
	if size := max(chunkBytes, l.max); len(buf) < size {
		return make([]byte, size)
	}
	return buf
}

// whole is what of data can be handed on; a record that fills it all is cut.
func (l *liner) whole(data []byte) int {
	end := l.encoding.Last(data)
	if whole := l.shape.Whole(l.encoding, data[:end]); whole > 0 {
		return whole
	}
	return end
}

// fill is io.ReadFull, but its io.EOF is the end of r and nothing else: a
// decompressor's io.ErrUnexpectedEOF tells of a file that was cut.
func fill(r io.Reader, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var got int
		got, err = r.Read(b[n:])
		n += got
	}
	return n, err
}
