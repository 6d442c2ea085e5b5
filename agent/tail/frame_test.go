package tail_test

import (
	"bytes"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"

	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/agent/text"
)

func TestHalfALineIsHandedOnWhenItIsWhole(t *testing.T) {
	r := newRig(t)
	r.start(true, "app.log")
	r.append("app.log", "a\nhal")
	r.until(1)
	r.quiet()
	r.append("app.log", "f\nb\n")
	r.until(3)
	r.want("a", "half", "b")
	r.stop()
}

func TestATooLongLineIsCutAndTheNextOneIsWhole(t *testing.T) {
	r := newRig(t)
	r.start(true, "app.log")
	r.append("app.log", "a\n"+strings.Repeat("x", 10<<20)+"\nb\n")
	r.until(3)
	r.quiet()
	r.want("a", "cut:1048576", "b")
	r.stop()
}

func TestZerosWhereALineBeginsAreSkipped(t *testing.T) {
	r := newRig(t)
	r.start(true, "app.log")
	r.append("app.log", numbered(0, 100))
	r.until(100)
	// copytruncate under a writer that does not append: a hole of 8 GiB, then its lines
	if err := os.Truncate(r.path("app.log"), 0); err != nil {
		t.Fatal(err)
	}
	h, err := os.OpenFile(r.path("app.log"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.WriteAt([]byte("after the hole\n"), 8<<30); err != nil {
		t.Fatal(err)
	}
	r.until(101)
	if r.got[100] != "after the hole" {
		t.Errorf("got %q", r.got[100])
	}
	r.quiet()
	r.stop()
}

func TestALogThatIsAllocatedAheadIsReadAsItIsWritten(t *testing.T) {
	r := newRig(t)
	r.append("app.log", "1\n"+strings.Repeat("\x00", 1<<20))
	r.start(true, "app.log")
	r.until(1)
	r.quiet()
	h, err := os.OpenFile(r.path("app.log"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.WriteAt([]byte("2\n"), 2); err != nil {
		t.Fatal(err)
	}
	r.until(2)
	r.quiet()
	r.want("1", "2")
	r.stop()
}

func TestUTF16IsFramedByItsOwnLineEnds(t *testing.T) {
	r := newRig(t)
	wide := func(text string) string {
		b, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	r.append("app.log", "\xff\xfe"+wide("größe Ċ\nhal"))
	r.start(true, "app.log")
	var got []string
	read := func() {
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end); {
			c, ok, err := r.f.Next(t.Context(), 100*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				got = append(got, string(c.File.Encoding.Decode(c.Data)))
				return
			}
		}
		t.Fatal("nothing came")
	}
	read()
	r.append("app.log", wide("f\n"))
	read()
	if diff := cmp.Diff([]string{"größe Ċ\n", "half\n"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r.stop()
}

// framing holds back lines that begin with a blank, and the line before them.
type framing struct{}

func (framing) Whole(_ *text.Encoding, lines []byte) int {
	return bytes.LastIndexByte(lines[:len(lines)-1], '\n') + 1
}

func TestARecordIsHeldUntilItsRestCameOrTheWaitIsOver(t *testing.T) {
	r := newRig(t)
	f, err := tail.New(tail.Options{
		Sources: []tail.Source{{Name: "s", Include: []string{r.path("*.log")}, FromBeginning: true, Framing: framing{}, Wait: 700 * time.Millisecond}},
		Log:     slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.f = f
	r.append("a.log", "1\n2\n")
	r.until(1)
	r.quiet()
	r.want("1")
	if moved, _ := f.Changes(); moved[0].Offset != 2 {
		t.Errorf("the position is %d: a held record would be lost in a crash", moved[0].Offset)
	}
	r.until(2)
	r.want("1", "2")
	r.stop()
}

func TestALineOfAGibibyteCostsBoundedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes 1 GiB")
	}
	r := newRig(t)
	h, err := os.Create(r.path("app.log"))
	if err != nil {
		t.Fatal(err)
	}
	block := bytes.Repeat([]byte("x"), 1<<20)
	for range 1 << 10 {
		if _, err := h.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.WriteString("\nthe next\n"); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r.start(true, "app.log")
	r.until(2)
	runtime.ReadMemStats(&after)
	r.want("cut:1048576", "the next")
	if grown := int64(after.Sys) - int64(before.Sys); grown > 24<<20 {
		t.Errorf("reading took %d MiB", grown>>20)
	}
	r.stop()
}
