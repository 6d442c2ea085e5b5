// Package text knows the encodings that logs are written in: where their lines end,
// and what they say in UTF-8.
package text

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Encoding is a way to write text. A nil Encoding is UTF-8. It is immutable.
type Encoding struct {
	charmap *charmap.Charmap   // of one byte a character, or
	order   unicode.Endianness // UTF-16 in this order
}

// Named returns the encoding of that name: utf-8, utf-16le, utf-16be, latin1, or the
// name of a code page of one byte a character, as iso-8859-15, windows-1252, koi8-r.
func Named(name string) (*Encoding, error) {
	switch plain(name) {
	case "utf8", "ascii", "usascii":
		return nil, nil
	case "utf16le":
		return &Encoding{order: unicode.LittleEndian}, nil
	case "utf16be":
		return &Encoding{order: unicode.BigEndian}, nil
	case "latin1":
		return &Encoding{charmap: charmap.ISO8859_1}, nil
	}
	for _, e := range charmap.All {
		if c, ok := e.(*charmap.Charmap); ok && plain(c.String()) == plain(name) {
			return &Encoding{charmap: c}, nil
		}
	}
	return nil, fmt.Errorf("find encoding: there is none called %q; there are utf-8, utf-16le, utf-16be, latin1, and code pages as iso-8859-15, windows-1252, koi8-r", name)
}

func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(name))
}

// Detect returns the encoding that a file's byte order mark tells, and the mark's
// length in bytes; UTF-8 and 0 where there is none.
func Detect(head []byte) (e *Encoding, mark int) {
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return nil, 3
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return &Encoding{order: unicode.LittleEndian}, 2
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return &Encoding{order: unicode.BigEndian}, 2
	}
	return nil, 0
}

// Wide reports whether a unit has two bytes.
func (e *Encoding) Wide() bool { return e != nil && e.charmap == nil }

// Unit is the number of bytes of the smallest unit.
func (e *Encoding) Unit() int { return len(e.newline()) }

// newline is a line end.
func (e *Encoding) newline() []byte {
	switch {
	case !e.Wide():
		return []byte("\n")
	case e.order == unicode.LittleEndian:
		return []byte("\n\x00")
	}
	return []byte("\x00\n")
}

// First returns the length of the first line, its end included; 0 when data holds no
// whole line. data begins at a unit.
func (e *Encoding) First(data []byte) int {
	end := e.newline()
	for at := 0; ; {
		i := bytes.Index(data[at:], end)
		if i < 0 {
			return 0
		}
		if at += i; at%len(end) == 0 {
			return at + len(end)
		}
		at++
	}
}

// Last returns the length of all whole lines.
func (e *Encoding) Last(data []byte) int {
	end := e.newline()
	for {
		i := bytes.LastIndex(data, end)
		if i < 0 {
			return 0
		}
		if i%len(end) == 0 {
			return i + len(end)
		}
		data = data[:i+len(end)-1]
	}
}

// Count returns the number of line ends in data, which begins at a unit.
func (e *Encoding) Count(data []byte) (n int) {
	if !e.Wide() {
		return bytes.Count(data, []byte("\n"))
	}
	for {
		length := e.First(data)
		if length == 0 {
			return n
		}
		data = data[length:]
		n++
	}
}

// Decode returns data in UTF-8; data itself where it is that already. What is not
// valid becomes U+FFFD.
func (e *Encoding) Decode(data []byte) []byte {
	if e == nil {
		return data
	}
	var out []byte
	var err error
	if e.Wide() {
		out, err = unicode.UTF16(e.order, unicode.IgnoreBOM).NewDecoder().Bytes(data)
	} else {
		out, err = e.charmap.NewDecoder().Bytes(data)
	}
	if err != nil { // decoders replace what is not valid
		return data
	}
	return out
}
