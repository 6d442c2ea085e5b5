package snapshot

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"io"
	"slices"
)

const (
	maxCount   = 64 << 20  // bytes that are read to number a line
	countBytes = 256 << 10 // bytes between two marks, and read at a time
	maxMarks   = 1024      // of a file
	maxCounted = 16        // files
	guardBytes = 64
)

// Lines numbers the lines of files. It remembers how many lines there were up to
// marks in the files that were asked about last, so that a question reads only what
// lies behind the nearest mark, whatever the order of the questions. The zero value is
// ready; it is not safe for concurrent use.
type Lines struct {
	files []*counted // the last asked in front
	buf   []byte
	seed  maphash.Seed
}

// counted is what is known of a file: its marks, by offset.
type counted struct {
	identity string
	marks    []mark
}

// mark is a place with so many line breaks before it. The guard is a hash of the bytes
// before it: a file that was truncated and written anew has others there.
type mark struct {
	offset, breaks int64
	guard          uint64
}

// At returns the number, from 1, of the line that begins at offset in the file
// with this identity. It is 0 where it would cost too much to know.
func (l *Lines) At(r io.ReaderAt, identity string, offset int64) int64 {
	if l.buf == nil {
		l.buf, l.seed = make([]byte, countBytes), maphash.MakeSeed()
	}
	f := l.counted(identity)
	at := l.from(f, r, offset)
	if offset-at.offset > maxCount {
		return 0
	}
	for at.offset < offset {
		n, err := r.ReadAt(l.buf[:min(countBytes, offset-at.offset)], at.offset)
		at.breaks += int64(bytes.Count(l.buf[:n], []byte("\n")))
		at.offset += int64(n)
		if n == countBytes {
			f.keep(mark{at.offset, at.breaks, l.hash(l.buf[n-guardBytes : n])})
		}
		if err != nil || n == 0 {
			break
		}
	}
	if at.offset < offset {
		return 0 // the file was truncated
	}
	return at.breaks + 1
}

// counted returns what is known of a file. The file that was not asked about for
// longest is forgotten for a new one.
func (l *Lines) counted(identity string) *counted {
	n := slices.IndexFunc(l.files, func(f *counted) bool { return f.identity == identity })
	f := &counted{identity: identity}
	if n >= 0 {
		f = l.files[n]
		l.files = slices.Delete(l.files, n, n+1)
	}
	l.files = slices.Insert(l.files, 0, f)
	l.files = l.files[:min(len(l.files), maxCounted)]
	return f
}

// from returns the last mark at or before offset, which is the file's beginning where
// there is none, or none that still holds.
func (l *Lines) from(f *counted, r io.ReaderAt, offset int64) mark {
	n, found := slices.BinarySearchFunc(f.marks, offset, func(m mark, offset int64) int { return cmp.Compare(m.offset, offset) })
	if !found {
		n--
	}
	if n < 0 {
		return mark{}
	}
	m := f.marks[n]
	guard := l.buf[:guardBytes]
	if got, _ := r.ReadAt(guard, m.offset-guardBytes); got < guardBytes || l.hash(guard) != m.guard {
		f.marks = nil
		return mark{}
	}
	return m
}

func (l *Lines) hash(b []byte) uint64 { return maphash.Bytes(l.seed, b) }

// keep adds a mark behind the others.
func (f *counted) keep(m mark) {
	if n := len(f.marks); n > 0 && f.marks[n-1].offset >= m.offset {
		return
	}
	if len(f.marks) == maxMarks {
		f.marks = slices.Delete(f.marks, 0, maxMarks/2)
	}
	f.marks = append(f.marks, m)
}
