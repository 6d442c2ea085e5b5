package snapshot_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/thirdline/thirdline/agent/snapshot"
)

func TestLinesAreNumbered(t *testing.T) {
	const text = "a\nbb\n\nc\n"
	var l snapshot.Lines
	for _, tc := range []struct {
		file string
		at   int64
		want int64
	}{{"x", 0, 1}, {"x", 2, 2}, {"x", 6, 4}, {"x", 5, 3}, {"y", 2, 2}, {"x", 100, 0}} {
		if got := l.At(strings.NewReader(text), tc.file, tc.at); got != tc.want {
			t.Errorf("%s at %d is line %d, want %d", tc.file, tc.at, got, tc.want)
		}
	}
}

// counting counts the bytes that are read.
type counting struct {
	io.ReaderAt
	read int
}

func (c *counting) ReadAt(b []byte, at int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(b, at)
	c.read += n
	return n, err
}

func TestLinesAreNumberedInAnyOrder(t *testing.T) {
	const lines = 400_000
	first := bytes.Repeat([]byte("8 bytes\n"), lines)
	second := bytes.Repeat([]byte("only16 of bytes\n"), lines/2)
	var l snapshot.Lines
	at := func(text []byte, file string, line, width, atMost int64) {
		t.Helper()
		r := &counting{ReaderAt: bytes.NewReader(text)}
		if got := l.At(r, file, (line-1)*width); got != line {
			t.Errorf("%s: line %d is said to be %d", file, line, got)
		}
		if int64(r.read) > atMost {
			t.Errorf("%s: line %d took %d bytes, more than %d", file, line, r.read, atMost)
		}
	}
	const some = 257 << 10 // what may lie between a line and a mark
	at(first, "a", lines, 8, lines*8)
	at(second, "b", lines/4, 16, lines*8)
	for _, line := range []int64{lines / 2, 1, lines, lines / 3, 2} {
		at(first, "a", line, 8, some)
	}
	at(second, "b", lines/8, 16, some)
	at(second, "a", lines/4, 16, lines*8) // truncated, and written anew
	at(second, "a", lines/8, 16, some)
}
