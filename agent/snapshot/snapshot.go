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
		line := Valid(all[i])
		if kept += min(len(line), maxLine); kept > maxSide {
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
		text := Valid(line)
		if kept += min(len(text), maxLine); kept > maxSide {
			return lines, true, nil
		}
		lines = append(lines, text)
		b = rest
	}
	return lines, true, nil
}

// Valid makes a record fit for JSON: valid UTF-8, without its carriage return.
func Valid(line []byte) string {
	return strings.ToValidUTF8(string(bytes.TrimSuffix(line, []byte("\r"))), "\ufffd")
}

// Cut shortens a long record in the middle, with a mark: its head says what it is
// and the root cause may stand at its end.
func Cut(text string) string {
	if len(text) <= maxLine {
		return text
	}
	head, tail := text[:maxLine*3/4], text[len(text)-maxLine/4:]
	return strings.ToValidUTF8(fmt.Sprintf("%s … [%d bytes cut] … %s", head, len(text)-len(head)-len(tail), tail), "\ufffd")
}
