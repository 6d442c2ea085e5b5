package tail

import (
	"errors"
	"io"
	"time"

	"golang.org/x/sys/unix"

	"github.com/thirdline/thirdline/agent/text"
	"github.com/thirdline/thirdline/agent/unpack"
)

// read returns the whole lines after the offset, or false when there are none.
func (f *Follower) read(file *File) (Chunk, bool) {
	for file.f != nil {
		n, err := file.readOnce(f.buf, file.off-int64(file.guardLen))
		if err != nil && !errors.Is(err, io.EOF) {
			f.once("read "+file.path, "cannot read", "path", file.Path(), "err", err)
			return Chunk{}, false
		}
		if n < file.guardLen || hash(f.buf[:file.guardLen]) != file.guard {
			half := file.pending > 0
			if !f.truncated(file, file.position()) && half {
				f.count(file.Source).Gaps++
			}
			continue
		}
		file.drained = n < len(f.buf)
		if file.drained {
			file.caught = time.Now()
		}
		data := f.buf[file.guardLen:n]
		if len(data) > 0 {
			file.readHead()
		}
		if file.off == 0 && file.passMark(len(data)) {
			continue
		}
		if len(data) > 0 && data[0] == 0 && !file.skipping && !file.Encoding.Wide() {
			if !f.skipZeros(file, data) {
				return Chunk{}, false
			}
			continue
		}
		end := f.whole(file, data)
		if end == 0 {
			if file.flushing && len(data) == file.pending {
				file.flushing = false
				return f.flush(file)
			}
			if n < len(f.buf) {
				f.unterminated(file, len(data))
				return Chunk{}, false
			}
			if len(data) < f.o.MaxLine {
				f.buf = make([]byte, min(2*len(f.buf), f.o.MaxLine+guardMax))
				continue
			}
			if c, ok := f.tooLong(file, data, n); ok {
				return c, true
			}
			continue
		}
		start := 0
		if file.skipping {
			start = file.Encoding.First(data)
			file.skipping = false
		}
		c := Chunk{File: file, Offset: file.off + int64(start), Data: data[start:end]}
		file.advance(f.buf[:file.guardLen+end], end)
		file.pending = len(data) - end
		f.countRead(file, data[:end])
		if start == end {
			continue
		}
		return c, true
	}
	return Chunk{}, false
}

// readOnce reads with one call of the kernel, where ReadAt needs another to see that
// there is no more: less than asked for is the end of the file as it is now.
func (f *File) readOnce(b []byte, off int64) (int, error) {
	if packed, ok := f.text.(*unpack.ReaderAt); ok {
		n, err := packed.ReadAt(b, off)
		if packed.Damage() != nil {
			err = io.EOF // it is told of when what can be read has been
		}
		return n, err
	}
	for {
		n, err := unix.Pread(int(f.f.Fd()), b, off)
		if !errors.Is(err, unix.EINTR) {
			return max(n, 0), err
		}
	}
}

// passMark moves past a byte order mark, and learns from it.
func (f *File) passMark(n int) bool {
	e, mark := text.Detect(f.head)
	if mark > 0 {
		f.Encoding = e
	}
	return mark > 0 && mark <= n && f.seek(int64(mark)) == nil
}

// whole returns the length of what can be handed on: whole lines, and of them whole
// records while their rest may still come.
func (f *Follower) whole(file *File, data []byte) int {
	end, s := file.Encoding.Last(data), file.source
	waited := file.held && time.Since(file.quiet) >= s.Wait
	if s.Framing == nil || end == 0 || waited || len(data) >= f.o.MaxLine || file.flushing {
		file.held = false
		return end
	}
	whole := s.Framing.Whole(file.Encoding, data[:end])
	file.held = whole < end
	return whole
}

// tooLong hands on the head of a line longer than MaxLine, once.
func (f *Follower) tooLong(file *File, data []byte, n int) (Chunk, bool) {
	c := Chunk{File: file, Offset: file.off, Data: data[:min(len(data), f.o.MaxLine)], Cut: true}
	skipping := file.skipping
	file.skipping = true
	file.advance(f.buf[:n], len(data))
	f.countRead(file, data)
	if !skipping {
		f.count(file.Source).Cuts++
	}
	return c, !skipping
}

// unterminated notes that the last line has no end yet.
func (f *Follower) unterminated(file *File, n int) {
	if n != file.pending {
		file.pending, file.quiet = n, time.Now()
	}
	if len(f.buf) > 4*chunkBytes {
		f.buf = make([]byte, chunkBytes+guardMax)
	}
}

// flush hands on the last line of a finished file although it has no line end.
func (f *Follower) flush(file *File) (Chunk, bool) {
	b := make([]byte, file.pending)
	n, err := file.text.ReadAt(b, file.off)
	if err != nil && !errors.Is(err, io.EOF) || n == 0 {
		file.pending = 0
		return Chunk{}, false
	}
	c := Chunk{File: file, Offset: file.off, Data: b[:n]}
	if err := file.seek(file.off + int64(n)); err != nil {
		return Chunk{}, false
	}
	file.pending = 0
	skipped := file.skipping
	file.skipping = false
	f.countRead(file, b[:n])
	f.count(file.Source).Lines++
	return c, !skipped
}
