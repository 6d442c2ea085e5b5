package unpack_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/thirdline/thirdline/agent/unpack"
)

func text() []byte {
	var b bytes.Buffer
	for i := range 200_000 {
		fmt.Fprintf(&b, "line %d of a log that is long enough\n", i*i)
	}
	return b.Bytes()
}

func packed(t *testing.T, kind string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	switch kind {
	case "lz4":
		w = lz4.NewWriter(&b)
	case "zstd":
		z, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		w = z
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadAtIsThatOfTheText(t *testing.T) {
	want := text()
	plain := bytes.NewReader(want)
	for _, kind := range []string{"gzip", "zstd", "lz4"} {
		r, err := unpack.NewReaderAt(bytes.NewReader(packed(t, kind, want)))
		if err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(1, 2))
		for range 60 {
			off, n := random.Int64N(int64(len(want)+1000)), random.IntN(600<<10)
			a, b := make([]byte, n), make([]byte, n)
			na, ea := plain.ReadAt(a, off)
			nb, eb := r.ReadAt(b, off)
			if na != nb || (ea == io.EOF) != (eb == io.EOF) || !bytes.Equal(a[:na], b[:nb]) { //nolint:errorlint // io.ReaderAt's contract is io.EOF itself
				t.Fatalf("%s: %d bytes at %d: got %d %v, want %d %v", kind, n, off, nb, eb, na, ea)
			}
		}
		if size, known := r.Size(); !known || size != int64(len(want)) {
			t.Errorf("%s: size %d %v", kind, size, known)
		}
	}
}

// TestACutFileIsAnError: behind what it still holds.
func TestACutFileIsAnError(t *testing.T) {
	want := text()
	for _, kind := range []string{"gzip", "zstd", "lz4"} {
		data := packed(t, kind, want)
		r, err := unpack.NewReaderAt(bytes.NewReader(data[:len(data)/2]))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = r.ReadAt(make([]byte, 10), 7<<20); err == nil || err == io.EOF { //nolint:errorlint // as above
			t.Errorf("%s: error %v", kind, err)
		}
		size, known := r.Size()
		if r.Damage() == nil || !known || size < int64(len(want))/4 {
			t.Errorf("%s: damage %v after %d bytes %v", kind, r.Damage(), size, known)
		}
		got := make([]byte, size)
		if n, err := r.ReadAt(got, 0); n != len(got) || err != nil || !bytes.Equal(got, want[:n]) {
			t.Errorf("%s: %d of %d bytes are there, %v", kind, n, size, err)
		}
	}
	if _, err := unpack.NewReader(strings.NewReader("\xfd7zXZ\x00")); err == nil {
		t.Error("xz was taken")
	}
}
