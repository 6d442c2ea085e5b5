package tail_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/thirdline/thirdline/agent/tail"
)

func TestTenThousandFilesInOneGlob(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	files := int(min(limit.Cur-100, 10_000))
	r := newRig(t)
	for i := range files {
		r.append(fmt.Sprintf("%05d.log", i), "first\n")
	}
	r.start(true, "*.log")
	r.until(files)
	for i := range files / 100 {
		r.append(fmt.Sprintf("%05d.log", i*100), "second\n")
	}
	r.until(files + files/100)
	r.quiet()
	if n := strings.Count(strings.Join(r.got, "\n"), "first"); n != files || len(r.got) != files+files/100 {
		t.Errorf("%d files, %d first lines of %d", files, n, len(r.got))
	}
	r.stop()
}

func TestLostNotificationsAreMadeUpFor(t *testing.T) {
	r := newRig(t)
	var out bytes.Buffer
	f, err := tail.New(tail.Options{
		Sources: []tail.Source{{Name: "s", Include: []string{r.path("*.log")}, FromBeginning: true}},
		Log:     slog.New(slog.NewTextHandler(&out, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.f = f
	for i := range kept(t) { // two events each, and nobody takes them
		r.append(fmt.Sprintf("%d.tmp", i), "x")
	}
	r.append("late.log", "1\n")
	r.until(1)
	if !strings.Contains(out.String(), "notifications were lost") {
		t.Errorf("no loss was said: %s", out.String())
	}
	r.stop()
}

// kept returns how many notifications the kernel keeps for one reader.
func kept(t *testing.T) int {
	t.Helper()
	const setting = "/proc/sys/fs/inotify/max_queued_events"
	text, err := os.ReadFile(setting)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatalf("parse %s: %v", setting, err)
	}
	return n
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

// BenchmarkBacklog reads 256 MiB; "read" is the same file by plain reads of the same
// size, which is what there is to be had.
func BenchmarkBacklog(b *testing.B) {
	path := b.TempDir() + "/app.log"
	line := strings.Repeat("x", 100) + "\n"
	data := []byte(strings.Repeat(line, 256<<20/len(line)))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.Fatal(err)
	}
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		buf := make([]byte, 256<<10)
		for b.Loop() {
			h, err := os.Open(path)
			if err != nil {
				b.Fatal(err)
			}
			for n, at := 1, int64(0); n > 0; at += int64(n) {
				n, _ = h.ReadAt(buf, at) //nolint:errcheck // the end
			}
			if err := h.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("follow", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			f, err := tail.New(tail.Options{
				Sources: []tail.Source{{Name: "s", Include: []string{path}, FromBeginning: true}},
				Log:     slog.New(slog.DiscardHandler),
			})
			if err != nil {
				b.Fatal(err)
			}
			for read := 0; read < len(data); {
				c, _, err := f.Next(b.Context(), time.Second)
				if err != nil {
					b.Fatal(err)
				}
				read += len(c.Data)
			}
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
