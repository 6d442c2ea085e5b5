// Package snapshot freezes the context of a detection: the records before and
// after it, read back from the file itself by offset. Nothing is kept in memory
// for it while nothing happens.
package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	maxRead = 64 << 10 // bytes read on either side
	maxLine = 2 << 10  // bytes kept of one record
	maxSide = 24 << 10 // bytes kept on either side
)

// Before returns up to n lines that end at or before offset end, oldest first.
// note tells what was cut; it is empty when nothing was.
func Before(r io.ReaderAt, end int64, n int) (lines []string, note string, err error) {
	size := min(end, maxRead)
	if n == 0 || size <= 0 {
		return nil, "", nil
	}
	b := make([]byte, size)
	got, err := r.ReadAt(b, end-size)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", fmt.Errorf("read records before: %w", err)
	}
	if int64(got) < size {
		return nil, "the file was truncated: the records before are gone", nil
	}
	all := bytes.Split(bytes.TrimSuffix(b, []byte("\n")), []byte("\n"))
	whole := end == size
	if !whole {
		all = all[1:] // began inside a line
	}
	wanted := min(n, len(all))
	if !whole && wanted < n {
		note = fmt.Sprintf("before: %d of %d records fit", wanted, n)
	}
	kept := 0
	for i := len(all) - 1; i >= len(all)-wanted; i-- {
		line := Text(all[i])
		if kept += len(line); kept > maxSide {
			note = fmt.Sprintf("before: %d of %d records fit", len(lines), n)
			break
		}
		lines = append(lines, line)
	}
	for i, j := 0, len(lines)-1; i < j; i, j = i+1, j-1 {
		lines[i], lines[j] = lines[j], lines[i]
	}
	return lines, note, nil
}

// After returns up to n whole lines that begin at offset start. whole tells that
// all n are there, or as many as ever fit.
func After(r io.ReaderAt, start int64, n int) (lines []string, whole bool, err error) {
	b := make([]byte, maxRead)
	got, err := r.ReadAt(b, start)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, fmt.Errorf("read records after: %w", err)
	}
	b = b[:got]
	kept := 0
	for len(lines) < n {
		line, rest, found := bytes.Cut(b, []byte("\n"))
		if !found {
			return lines, got == maxRead, nil
		}
		text := Text(line)
		if kept += len(text); kept > maxSide {
			return lines, true, nil
		}
		lines = append(lines, text)
		b = rest
	}
	return lines, true, nil
}

// Text makes a record fit for JSON: valid UTF-8, without its carriage return, and
// cut in the middle with a mark when it is long.
func Text(line []byte) string {
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) <= maxLine {
		return strings.ToValidUTF8(string(line), "\ufffd")
	}
	head, tail := line[:maxLine*3/4], line[len(line)-maxLine/4:]
	return strings.ToValidUTF8(fmt.Sprintf("%s … [%d bytes cut] … %s", head, len(line)-len(head)-len(tail), tail), "\ufffd")
}
