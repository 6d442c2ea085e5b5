package tail_test

import (
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	nxadm "github.com/nxadm/tail"

	"github.com/thirdline/thirdline/agent/tail"
)

// BenchmarkBacklog reads 256 MiB; "read" is the same file by plain reads of the same
// size, which is what there is to be had, "nxadm" 16 MiB of it by nxadm/tail.
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
	b.Run("nxadm", func(b *testing.B) {
		part := data[:16<<20/len(line)*len(line)] // it takes its time
		if err := os.WriteFile(path, part, 0o600); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(part)))
		for b.Loop() {
			t, err := nxadm.TailFile(path, nxadm.Config{Follow: true, ReOpen: true, CompleteLines: true, Logger: nxadm.DiscardingLogger})
			if err != nil {
				b.Fatal(err)
			}
			for range len(part) / len(line) {
				<-t.Lines
			}
			if err := t.Stop(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
