package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/thirdline/thirdline/agent/text"
)

// Limits of a joined record, in lines: what is kept of its beginning and its end.
const (
	HeadLines = 400
	TailLines = 100
)

// Format is how a container runtime wraps the lines of a program.
type Format string

// The formats.
const (
	Plain Format = ""
	// CRI is the log of containerd and CRI-O
	// (https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md).
	CRI Format = "cri"
	// Docker is its json-file driver's.
	Docker Format = "docker"
	// Journal is that of `journalctl -o json`
	// (https://systemd.io/JOURNAL_EXPORT_FORMATS/).
	Journal Format = "journal"
)

// unwrap returns what the program wrote in a line of the log, and whether its line
// goes on in the next one. A line that is not of the format is returned as it is.
func (f Format) unwrap(line []byte) (content []byte, partial bool) {
	switch f {
	case CRI:
		fields := bytes.SplitN(line, []byte(" "), 4)
		if len(fields) < 3 || len(fields[2]) == 0 || string(fields[1]) != "stdout" && string(fields[1]) != "stderr" {
			return line, false
		}
		tag, _, _ := bytes.Cut(fields[2], []byte(":"))
		if string(tag) != "P" && string(tag) != "F" {
			return line, false
		}
		if len(fields) == 4 {
			content = fields[3]
		}
		return content, string(tag) == "P"
	case Docker:
		var l struct{ Log *string }
		if json.Unmarshal(line, &l) != nil || l.Log == nil {
			return line, false
		}
		content, whole := bytes.CutSuffix([]byte(*l.Log), []byte("\n"))
		return content, !whole
	case Journal:
		return entry(line), false
	}
	return line, false
}

// Show returns a line of the log as a person reads it: an entry of the journal as
// text, any other as it is.
func (s *Shape) Show(line string) string {
	if s == nil || s.Format != Journal {
		return line
	}
	return string(entry([]byte(line)))
}

// Shape says how the bytes of a source are made into records. A nil Shape is one
// record a line. It is immutable.
type Shape struct {
	Format Format
	// Joiner joins lines; nil leaves each for itself.
	Joiner *Joiner
}

// Mark tells where a line of the text lies in the bytes that it was made of.
type Mark struct{ Text, Raw, End int }

// Text returns whole lines of raw bytes as UTF-8, without what the container runtime
// put around them. marks has one for each line of the text; it is nil where the text
// is the raw bytes themselves.
func (s *Shape) Text(e *text.Encoding, raw []byte) (out []byte, marks []Mark) {
	if e == nil && (s == nil || s.Format == Plain) {
		return raw, nil
	}
	out, marks, _ = s.lines(e, raw)
	return out, marks
}

// lines is Text, and returns where the part of raw begins whose line goes on behind
// raw.
func (s *Shape) lines(e *text.Encoding, raw []byte) (out []byte, marks []Mark, open int) {
	begun := -1 // of a line in parts, in raw
	for at := 0; at < len(raw); {
		n := e.First(raw[at:])
		if n == 0 {
			n = len(raw) - at
		}
		line := bytes.TrimRight(e.Decode(raw[at:at+n]), "\r\n")
		partial := false
		if s != nil {
			line, partial = s.Format.unwrap(line)
		}
		if begun < 0 {
			begun = at
			marks = append(marks, Mark{Text: len(out), Raw: at})
		}
		out = append(out, bytes.ReplaceAll(line, []byte("\n"), []byte(" "))...)
		at += n
		marks[len(marks)-1].End = at
		if !partial {
			out = append(out, '\n')
			begun = -1
		}
	}
	if begun >= 0 {
		out = append(out, '\n')
		return out, marks, begun
	}
	return out, marks, len(raw)
}

// Whole returns how many bytes of whole lines are whole records: a record that the
// next line may belong to is not. It looks at the last lines only.
func (s *Shape) Whole(e *text.Encoding, data []byte) int {
	if s == nil || s.Format == Plain && s.Joiner == nil {
		return len(data)
	}
	from, sure := s.lastRecord(e, data)
	out, marks, open := s.lines(e, data[from:])
	if s.Joiner == nil || len(marks) == 0 {
		return from + open
	}
	lines := bytes.Split(bytes.TrimSuffix(out, []byte("\n")), []byte("\n"))
	starts := s.Joiner.Starts(lines)
	last := starts[len(starts)-1]
	if last == 0 && !sure {
		return from + open // longer than what is looked at: it is cut here
	}
	return from + min(marks[last].Raw, open)
}

// lastRecord returns where the last line of data begins that is sure to begin a
// record, or the last HeadLines+TailLines lines where none of them is. A line of a
// container is one with those that it is the rest of.
func (s *Shape) lastRecord(e *text.Encoding, data []byte) (at int, sure bool) {
	at = len(data)
	var line []byte // that begins at at
	for range HeadLines + TailLines {
		if at == 0 {
			return 0, true
		}
		begin := e.Last(data[:at-1])
		before := bytes.TrimRight(e.Decode(data[begin:at]), "\r\n")
		before, partial := s.Format.unwrap(before)
		if at < len(data) && !partial && (s.Joiner == nil || s.Joiner.begins(before, line)) {
			return at, true
		}
		line, at = before, begin
	}
	return at, at == 0
}

// Around returns the record that the line at [start, end) of text belongs to.
func (s *Shape) Around(text []byte, start, end int) (int, int) {
	if s == nil || s.Joiner == nil {
		return start, end
	}
	first, before := start, 0
	for line, _ := lineAt(text, first); before < HeadLines && first > 0; before++ {
		at := bytes.LastIndexByte(text[:first-1], '\n') + 1
		previous, _ := lineAt(text, at)
		if s.Joiner.begins(previous, line) {
			break
		}
		first, line = at, previous
	}
	var at []int
	var lines [][]byte
	for next := first; len(lines) < before+HeadLines+TailLines && next < len(text); {
		line, behind := lineAt(text, next)
		if len(lines) > before && s.Joiner.begins(lines[len(lines)-1], line) {
			break
		}
		at, lines = append(at, next), append(lines, line)
		next = behind
	}
	from, to := s.Joiner.Around(lines, before)
	return at[from], at[to-1] + len(lines[to-1])
}

// lineAt returns the line of text that begins at at, without its end, and where the
// next one begins.
func lineAt(text []byte, at int) (line []byte, next int) {
	n := bytes.IndexByte(text[at:], '\n')
	if n < 0 {
		n = len(text) - at
	}
	return bytes.TrimSuffix(text[at:at+n], []byte("\r")), at + n + 1
}

// Find returns the mark of the line of text that begins at or before at.
func Find(marks []Mark, at int) Mark {
	n, found := slices.BinarySearchFunc(marks, at, func(m Mark, at int) int { return m.Text - at })
	if !found {
		n--
	}
	return marks[max(n, 0)]
}

// Cut keeps the first HeadLines and the last TailLines lines of a record.
func Cut(record []byte) []byte {
	lines := bytes.Split(record, []byte("\n"))
	if len(lines) <= HeadLines+TailLines {
		return record
	}
	mark := fmt.Appendf(nil, "… [%d lines cut] …", len(lines)-HeadLines-TailLines)
	return bytes.Join(slices.Concat(lines[:HeadLines], [][]byte{mark}, lines[len(lines)-TailLines:]), []byte("\n"))
}

// FlushAfter is how long a record that may go on is waited for.
const FlushAfter = time.Second
