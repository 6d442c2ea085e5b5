package text_test

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/thirdline/thirdline/agent/text"
)

func named(t testing.TB, name string) *text.Encoding {
	t.Helper()
	e, err := text.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEncodings(t *testing.T) {
	const want = "größe Ċ ਊ 😀\n" // U+010A and U+0A0A hold the byte of a line end
	for name, by := range map[string]encoding.Encoding{
		"utf-8":    encoding.Nop,
		"UTF-16LE": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
		"utf-16be": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	} {
		raw, err := by.NewEncoder().Bytes([]byte(want + want + "open"))
		if err != nil {
			t.Fatal(err)
		}
		e := named(t, name)
		first, last := e.First(raw), e.Last(raw)
		if got := string(e.Decode(raw[:first])); got != want {
			t.Errorf("%s: first line %q", name, got)
		}
		if got := string(e.Decode(raw[:last])); got != want+want {
			t.Errorf("%s: whole lines %q", name, got)
		}
	}
	raw, err := charmap.Windows1252.NewEncoder().Bytes([]byte("5 €\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(named(t, "windows-1252").Decode(raw)); got != "5 €\n" {
		t.Errorf("%q", got)
	}
	if _, err := text.Named("utf-99"); err == nil {
		t.Error("utf-99 was taken")
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("\x0a\x01\n\x00a\x00\n\x00b"))
	f.Add([]byte("\x00\n\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"utf-8", "utf-16le", "utf-16be", "latin1"} {
			e := named(t, name)
			at := 0
			for n := e.First(data); n > 0; n = e.First(data[at:]) {
				at += n
			}
			if last := e.Last(data); last != at {
				t.Fatalf("%s: lines end at %d, the last at %d", name, at, last)
			}
			if name != "utf-8" && !utf8.Valid(bytes.ToValidUTF8(e.Decode(data), nil)) {
				t.Fatalf("%s: not UTF-8", name)
			}
		}
	})
}

func TestALineEndBetweenTwoUnitsIsNone(t *testing.T) {
	e, err := text.Named("utf-16le")
	if err != nil {
		t.Fatal(err)
	}
	data := []byte("\x41\x0a\x00\x01\n\x00\x41\x0a\x00\x01") // U+0A41 U+0100, a line end, and the two again
	if e.First(data) != 6 || e.Last(data) != 6 || e.Count(data) != 1 {
		t.Errorf("first %d, last %d, %d ends", e.First(data), e.Last(data), e.Count(data))
	}
}
