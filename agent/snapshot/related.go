package snapshot

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/text"
)

const (
	block       = 64 << 10 // bytes read at once
	maxSearch   = 1 << 20  // bytes read of one log on either side
	olderInARow = 16       // records out of order that do not end the search
	sample      = 32       // of so many lines that hold no value, the time of one is read
	untimed     = 20       // records kept of a log that tells no times
)

// Log is a log that is searched for related records.
type Log struct {
	io.ReaderAt
	Size     int64
	Encoding *text.Encoding
	Shape    *record.Shape
	// Clock reads the times of its records.
	Clock *record.Clock
	// Modified is when it was written last: the time of records that carry none.
	Modified time.Time
}

// Window says which records of another log are related.
type Window struct {
	// From and To bound their time; At is that of the match, and Now the latest
	// that any can have.
	From, At, To, Now time.Time
	// Values, where there are any, are texts of which each must stand in the
	// record as a word.
	Values []string
	// Shown makes a record comparable with Values; nil leaves it as it is.
	Shown func(string) string
	// Records bounds how many are returned: those nearest to At.
	Records int
	// Until is when the search ends, whatever it has found.
	Until time.Time
}

// Record is a record of another log.
type Record struct {
	// Time is zero where neither it nor one before it carries one.
	Time   time.Time
	Offset int64
	Text   string
}

// errLate ends a search that takes too long.
var errLate = errors.New("it took too long")

// Search returns the related records of a log, oldest first. note says what was
// left out; it is empty when nothing was.
func (l *Log) Search(w Window) (found []Record, note string, err error) {
	at, timed, err := l.locate(w)
	if err == nil && !timed {
		return l.last(w)
	}
	var before, after []Record
	var cut, more bool
	if err == nil {
		before, cut, err = l.backward(w, at)
	}
	if err == nil {
		after, more, err = l.forward(w, at)
	}
	found = append(before, after...)
	switch {
	case errors.Is(err, errLate):
		return found, "searched in part for want of time", nil
	case err != nil:
		return nil, "", err
	case cut || more:
		note = fmt.Sprintf("the %d records nearest to the match", len(found))
	}
	return found, note, nil
}

// locate finds, by halving, the offset of the first line that was written at or
// after the match. timed is false when the log's lines carry no time.
func (l *Log) locate(w Window) (at int64, timed bool, err error) {
	blocks := int((l.Size + block - 1) / block)
	next := sort.Search(blocks, func(n int) bool {
		later := false
		e := l.each(int64(n)*block, w, func(line spanned) bool {
			t := l.time(line.Text, w)
			timed = timed || !t.IsZero()
			later = !t.Before(w.At)
			return t.IsZero()
		})
		err = errors.Join(err, e)
		return later
	})
	if err != nil || next == 0 || !timed {
		return 0, timed, err
	}
	at = int64(next-1) * block
	err = l.each(at, w, func(line spanned) bool {
		if t := l.time(line.Text, w); !t.IsZero() && !t.Before(w.At) {
			at = line.Offset
			return false
		}
		at = line.end
		return true
	})
	return at, true, err
}

// spanned is a line and where it ends.
type spanned struct {
	Record
	end int64
}

// each hands on the lines that begin in the block at from, until it is told to end.
// One that is longer than a block is left out.
func (l *Log) each(from int64, w Window, hand func(spanned) bool) error {
	inside := from > 0
	if inside {
		from -= int64(l.Encoding.Unit()) // whether a line ends right before it
	}
	stop := from + block
	b, err := l.read(from, min(from+2*block, l.Size), w)
	if err != nil {
		return err
	}
	if inside {
		skipped := l.Encoding.First(b)
		if skipped == 0 {
			return nil
		}
		b, from = b[skipped:], from+int64(skipped)
	}
	for n := l.Encoding.First(b); n > 0 && from < stop; n = l.Encoding.First(b) {
		if !hand(l.line(b[:n], from)) {
			return nil
		}
		b, from = b[n:], from+int64(n)
	}
	return nil
}

func (l *Log) line(raw []byte, from int64) spanned {
	return spanned{Record{Offset: from, Text: l.Shape.Show(Valid(l.Encoding.Decode(raw)))}, from + int64(len(raw))}
}

func (l *Log) read(from, to int64, w Window) ([]byte, error) {
	if time.Now().After(w.Until) {
		return nil, errLate
	}
	b := make([]byte, max(to-from, 0))
	n, err := l.ReadAt(b, from)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read log: %w", err)
	}
	return b[:n], nil
}

// time is what a line says it was written at; zero where it says nothing that can be.
func (l *Log) time(line string, w Window) time.Time {
	t, place := l.Clock.Time([]byte(line[:min(len(line), 512)]), w.Now)
	if place.Len() == 0 || t.After(w.Now.Add(time.Minute)) {
		return time.Time{}
	}
	return t
}

// backward collects the records of the window that end at or before offset at.
func (l *Log) backward(w Window, at int64) (found []Record, cut bool, err error) {
	var lines []Record // newest first
	older, low := 0, max(at-maxSearch, 0)
	n, wanted := 0, false // a time is wanted, for a record that carries none
	enough := func() bool { return len(w.Values) == 0 && len(lines) > w.side()+untimed }
	for end := at; end > low && older < olderInARow && !enough(); {
		from := max(end-block, low)
		b, err := l.read(from, end, w)
		if err != nil {
			return l.within(w, lines), true, err
		}
		if int64(len(b)) < end-from {
			break // it was truncated
		}
		for len(b) > 0 && older < olderInARow {
			start := l.Encoding.Last(b[:len(b)-1])
			if start == 0 && from > 0 {
				break // it begins in the block before
			}
			record := l.line(b[start:], from+int64(start)).Record
			b = b[:start]
			has := w.has(record.Text)
			if wanted = wanted || has; wanted || n%sample == 0 {
				record.Time = l.time(record.Text, w)
			}
			n++
			if !record.Time.IsZero() {
				if older, wanted = older+1, false; !record.Time.Before(w.From) {
					older = 0
				}
			}
			if has || !record.Time.IsZero() {
				lines = append(lines, record)
			}
		}
		if next := from + int64(len(b)); next < end {
			end = next
		} else {
			end = from // a line longer than a block
		}
	}
	found = l.within(w, lines)
	if extra := len(found) - w.side(); extra > 0 {
		return found[extra:], true, nil
	}
	return found, older < olderInARow && low > 0, nil
}

// within puts lines, newest first, into their order, gives each that carries no
// time that of the one before it, and keeps those of the window.
func (l *Log) within(w Window, lines []Record) (found []Record) {
	slices.Reverse(lines)
	var last time.Time
	for _, r := range lines {
		if !r.Time.IsZero() {
			last = r.Time
		}
		r.Time = last
		if !last.IsZero() && w.covers(r) && w.has(r.Text) {
			found = append(found, r)
		}
	}
	return found
}

// forward collects the records of the window that begin at or after offset at.
func (l *Log) forward(w Window, at int64) (found []Record, more bool, err error) {
	last, newer, high := w.At, 0, min(at+maxSearch, l.Size)
	seen := 0
	for from := at; from < high; {
		b, err := l.read(from, min(from+block, high), w)
		if err != nil {
			return found, true, err
		}
		n := l.Encoding.First(b)
		if n == 0 {
			break // a line that is being written, or one longer than a block
		}
		for ; n > 0; n = l.Encoding.First(b) {
			r := l.line(b[:n], from).Record
			b, from = b[n:], from+int64(n)
			has := w.has(r.Text)
			if seen++; has || seen%sample == 1 {
				if t := l.time(r.Text, w); !t.IsZero() {
					last = t
				}
			}
			if r.Time = last; last.After(w.To) {
				if newer++; newer == olderInARow {
					return found, false, nil
				}
			}
			if !has || !w.covers(r) {
				continue
			}
			if newer = 0; len(found) == w.side() {
				return found, true, nil
			}
			found = append(found, r)
		}
	}
	return found, high < l.Size, nil
}

// last returns the end of a log that tells no times, if it was written in the window.
func (l *Log) last(w Window) (found []Record, note string, err error) {
	if l.Modified.Before(w.From) {
		return nil, "", nil
	}
	b, err := l.read(max(l.Size-block, 0), l.Size, w)
	if err != nil {
		return nil, "searched in part for want of time", nil //nolint:nilerr // said by the note
	}
	from := l.Size - int64(len(b))
	for len(b) > 0 && len(found) < min(untimed, w.Records) {
		start := l.Encoding.Last(b[:len(b)-1])
		if start == 0 && from > 0 {
			break
		}
		if r := l.line(b[start:], from+int64(start)).Record; w.has(r.Text) {
			found = append(found, r)
		}
		b = b[:start]
	}
	if len(found) == 0 {
		return nil, "", nil
	}
	slices.Reverse(found)
	return found, "its records carry no time: the last of them", nil
}

func (w *Window) side() int { return max(w.Records/2, 1) }

func (w *Window) covers(r Record) bool { return !r.Time.Before(w.From) && !r.Time.After(w.To) }

// has reports whether every value stands in the text as a word.
func (w *Window) has(text string) bool {
	if len(w.Values) > 0 && w.Shown != nil {
		text = w.Shown(text)
	}
	return !slices.ContainsFunc(w.Values, func(v string) bool { return !hasWord(text, v) })
}

func hasWord(text, word string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 || word == "" {
			return false
		}
		start, end := at+i, at+i+len(word)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if !inWord(before) && !inWord(after) {
			return true
		}
		at = start + 1
	}
}

func inWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
