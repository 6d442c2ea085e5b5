// Package snapshot freezes the context of a detection: the records before and
// after it, read back from the file itself by offset. Nothing is kept in memory
// for it while nothing happens.
package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/text"
)

const (
	maxRead = 64 << 10 // bytes read on either side
	maxLine = 2 << 10  // bytes kept of one record
	maxSide = 24 << 10 // bytes kept on either side
)

// Side is the records on one side of a match, oldest first.
type Side struct {
	Lines []string
	// Offsets are where the lines begin in their file, in bytes.
	Offsets []int64
	// Begins tells that the file begins with the first of them, or has none.
	Begins bool
	// Note tells what was cut; it is empty when nothing was.
	Note string
}

// Before returns up to n lines that end at or before offset end.
func Before(r io.ReaderAt, e *text.Encoding, end int64, n int) (Side, error) {
	size := min(end, maxRead)
	if n == 0 || size <= 0 {
		return Side{Begins: end == 0}, nil
	}
	b := make([]byte, size)
	got, err := r.ReadAt(b, end-size)
	if err != nil && !errors.Is(err, io.EOF) {
		return Side{}, fmt.Errorf("read records before: %w", err)
	}
	if int64(got) < size {
		return Side{Note: "the file was truncated: the records before are gone"}, nil
	}
	var side Side
	for kept := 0; len(side.Lines) < n; {
		start := e.Last(b[:max(len(b)-1, 0)]) // the line that b ends with
		if start == 0 && end > size {
			side.Note = fmt.Sprintf("before: %d of %d records fit", len(side.Lines), n)
			break // began inside a line
		}
		line := Valid(e.Decode(b[start:]))
		if kept += min(len(line), maxLine); kept > maxSide {
			side.Note = fmt.Sprintf("before: %d of %d records fit", len(side.Lines), n)
			break
		}
		side.Lines, side.Offsets = append(side.Lines, line), append(side.Offsets, end-size+int64(start))
		if start == 0 {
			side.Begins = true
			break
		}
		b = b[:start]
	}
	slices.Reverse(side.Lines)
	slices.Reverse(side.Offsets)
	return side, nil
}

// After returns up to n whole lines that begin at offset start. whole tells that all
// n are there, or as many as ever fit.
func After(r io.ReaderAt, e *text.Encoding, start int64, n int) (side Side, whole bool, err error) {
	b := make([]byte, maxRead)
	got, err := r.ReadAt(b, start)
	if err != nil && !errors.Is(err, io.EOF) {
		return Side{}, false, fmt.Errorf("read records after: %w", err)
	}
	b = b[:got]
	kept := 0
	for len(side.Lines) < n {
		end := e.First(b)
		if end == 0 {
			return side, got == maxRead, nil
		}
		line := Valid(e.Decode(b[:end]))
		if kept += min(len(line), maxLine); kept > maxSide {
			side.Note = fmt.Sprintf("after: %d of %d records fit", len(side.Lines), n)
			return side, true, nil
		}
		side.Lines, side.Offsets = append(side.Lines, line), append(side.Offsets, start)
		b, start = b[end:], start+int64(end)
	}
	return side, true, nil
}

// Valid makes a record fit for JSON: valid UTF-8, without its line end.
func Valid(line []byte) string {
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	return strings.ToValidUTF8(string(line), "\ufffd")
}

// CutRecord shortens a record of several lines: it keeps the first and the last of
// them, each cut as Cut does.
func CutRecord(joined string) string {
	lines := strings.Split(string(record.Cut([]byte(joined))), "\n")
	for i := range lines {
		lines[i] = Cut(lines[i])
	}
	return strings.Join(lines, "\n")
}

// Cut shortens a long record in the middle, with a mark: its head says what it is
// and the root cause may stand at its end.
func Cut(line string) string {
	if len(line) <= maxLine {
		return line
	}
	head, tail := line[:maxLine*3/4], line[len(line)-maxLine/4:]
	return strings.ToValidUTF8(fmt.Sprintf("%s … [%d bytes cut] … %s", head, len(line)-len(head)-len(tail), tail), "\ufffd")
}
