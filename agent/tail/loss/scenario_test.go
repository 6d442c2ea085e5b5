package loss_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"
)

// scenario is one way to treat a log.
type scenario struct {
	name string
	// glob is what the reader follows; default app.log.
	glob string
	// rotated is the folder that the reader is told rotated files are moved to.
	rotated string
	// destroys tells that lines can be lost before anybody could read them: only
	// those count that are in some file at the end.
	destroys bool
	// down: the reader is killed at the first step and started at the second.
	down  bool
	tool  string // that it needs
	write func(w *writer)
}

var scenarios = []scenario{
	{name: "steady", write: func(w *writer) { w.open("app.log"); w.during(3 * time.Second) }},
	{name: "4 KiB writes", write: func(w *writer) {
		w.open("app.log")
		var b []byte
		for w.n < 30000 {
			for len(b) < 4096 {
				b = append(b, w.line()...)
			}
			ok(w.f.Write(b[:4096]))
			b = append(b[:0], b[4096:]...)
			time.Sleep(time.Millisecond)
		}
		ok(w.f.Write(b))
	}},
	{name: "rename, old file 200 ms", write: func(w *writer) {
		w.open("app.log")
		for r := range 4 {
			w.during(500 * time.Millisecond)
			w.rename("app.log", fmt.Sprintf("app.log.%d", r+1))
			w.during(200 * time.Millisecond)
			w.reopen("app.log")
		}
		w.during(500 * time.Millisecond)
	}},
	{name: "rename and create, old file 200 ms", write: func(w *writer) {
		w.open("app.log")
		for r := range 4 {
			w.during(500 * time.Millisecond)
			w.rename("app.log", fmt.Sprintf("app.log.%d", r+1))
			must(os.WriteFile(w.path("app.log"), nil, 0o644))
			w.during(200 * time.Millisecond)
			w.reopen("app.log")
		}
		w.during(500 * time.Millisecond)
	}},
	{name: "rename, old file after a pause", write: func(w *writer) {
		w.open("app.log")
		for r := range 2 {
			w.lines(100)
			w.rename("app.log", fmt.Sprintf("app.log.%d", r+1))
			time.Sleep(600 * time.Millisecond) // quiet, but not over
			w.lines(100)
			w.reopen("app.log")
		}
	}},
	{name: "logrotate create", write: func(w *writer) {
		w.open("app.log")
		for range 4 {
			w.during(500 * time.Millisecond)
			w.logrotate("create 0644 root root")
			w.during(100 * time.Millisecond)
			w.reopen("app.log")
		}
		w.during(200 * time.Millisecond)
	}},
	{name: "logrotate copytruncate", destroys: true, write: func(w *writer) {
		w.open("app.log")
		for range 4 {
			w.during(500 * time.Millisecond)
			w.logrotate("copytruncate")
		}
		w.during(200 * time.Millisecond)
	}},
	{name: "logrotate create, olddir", rotated: "old", write: func(w *writer) {
		w.open("app.log")
		for range 4 {
			w.during(300 * time.Millisecond)
			w.logrotate("create 0644 root root", "olddir old", "createolddir 755 root root")
			w.during(100 * time.Millisecond)
			w.reopen("app.log")
		}
	}},
	{name: "logrotate copytruncate, olddir", rotated: "old", destroys: true, write: func(w *writer) {
		w.open("app.log")
		for range 4 {
			w.during(300 * time.Millisecond)
			w.logrotate("copytruncate", "olddir old", "createolddir 755 root root")
		}
		w.during(200 * time.Millisecond)
	}},
	{name: "copytruncate", write: func(w *writer) {
		w.open("app.log")
		for r := range 4 {
			w.during(500 * time.Millisecond)
			w.copyTruncate(fmt.Sprintf("app.log.%d", r+1))
		}
		w.during(200 * time.Millisecond)
	}},
	{name: "truncate, grow past the old size", write: func(w *writer) {
		w.open("app.log")
		for r := range 5 {
			w.lines(1000 * (r + 1))
			time.Sleep(300 * time.Millisecond)
			if r < 4 {
				must(w.f.Truncate(0))
			}
		}
	}},
	{name: "delete and create", write: func(w *writer) {
		w.open("app.log")
		for range 4 {
			w.during(400 * time.Millisecond)
			time.Sleep(50 * time.Millisecond)
			must(os.Remove(w.path("app.log")))
			w.reopen("app.log")
		}
		w.during(200 * time.Millisecond)
	}},
	{name: "delete, old file 200 ms", write: func(w *writer) {
		w.open("app.log")
		for range 4 {
			w.during(400 * time.Millisecond)
			must(os.Remove(w.path("app.log")))
			w.during(200 * time.Millisecond)
			w.reopen("app.log")
		}
		w.during(200 * time.Millisecond)
	}},
	{name: "10 rotations a second", write: func(w *writer) {
		w.open("app.log")
		for r := range 40 {
			w.during(90 * time.Millisecond)
			w.rename("app.log", fmt.Sprintf("app.log.%d", r+1))
			w.reopen("app.log")
		}
	}},
	{name: "bursts of 5 MB between rotations", write: func(w *writer) {
		w.open("app.log")
		for r := range 20 {
			var b bytes.Buffer
			for b.Len() < 5<<20 {
				b.Write(w.line())
			}
			ok(w.f.Write(b.Bytes()))
			w.rename("app.log", fmt.Sprintf("app.log.%d", r+1))
			w.reopen("app.log")
		}
		w.lines(100)
	}},
	{name: "symbolic link swapped", write: func(w *writer) {
		for r := range 5 {
			w.open(fmt.Sprintf("release-%d.txt", r))
			w.link(fmt.Sprintf("release-%d.txt", r))
			w.during(400 * time.Millisecond)
		}
	}},
	{name: "half a line, the rest later", write: func(w *writer) {
		w.open("app.log")
		for range 3 {
			l := w.line()
			ok(w.f.Write(l[:50]))
			time.Sleep(time.Second)
			ok(w.f.Write(l[50:]))
		}
	}},
	{name: "half a line, rename, the rest", write: func(w *writer) {
		w.open("app.log")
		for r := range 3 {
			l := w.line()
			ok(w.f.Write(l[:50]))
			time.Sleep(100 * time.Millisecond)
			w.rename("app.log", fmt.Sprintf("app.log.%d", r+1))
			time.Sleep(100 * time.Millisecond)
			ok(w.f.Write(l[50:]))
			w.reopen("app.log")
			w.lines(10)
		}
	}},
	{name: "no end of the last line", write: func(w *writer) {
		w.open("app.log")
		w.lines(10)
		ok(w.f.Write(bytes.TrimSpace(w.line())))
		must(w.f.Close())
	}},
	{name: "dated names", glob: "app-*.log", write: func(w *writer) {
		for day := range 5 {
			w.open(fmt.Sprintf("app-2026-11-2%d.log", day))
			w.during(300 * time.Millisecond)
		}
	}},
	{name: "dated names beside a live one", glob: "app*.log", write: func(w *writer) {
		w.open("app.log")
		for day := range 5 {
			w.during(300 * time.Millisecond)
			w.rename("app.log", fmt.Sprintf("app-2026-11-2%d.log", day))
			w.during(100 * time.Millisecond)
			w.reopen("app.log")
		}
		w.lines(10)
	}},
	{name: "equal first KiB", glob: "*.log", write: func(w *writer) {
		head := []byte(strings.Repeat("the same banner in each file\n", 60))
		for _, name := range []string{"a.log", "b.log", "c.log"} {
			must(os.WriteFile(w.path(name), head, 0o644))
			w.open(name)
			w.lines(1000)
		}
	}},
	{name: "folder renamed away and back", glob: "sub/*.log", write: func(w *writer) {
		must(os.Mkdir(w.path("sub"), 0o755))
		w.open("sub/app.log")
		w.during(300 * time.Millisecond)
		w.rename("sub", "gone")
		w.during(300 * time.Millisecond)
		w.rename("gone", "sub")
		w.during(300 * time.Millisecond)
	}},
	{name: "folder removed and made anew", glob: "sub/*.log", write: func(w *writer) {
		for range 3 {
			must(os.Mkdir(w.path("sub"), 0o755))
			w.open("sub/app.log")
			w.during(300 * time.Millisecond)
			time.Sleep(50 * time.Millisecond)
			must(os.RemoveAll(w.path("sub")))
		}
	}},
	packedWhileDown(".gz", "gzip"),
	packedWhileDown(".zst", "zstd"),
	packedWhileDown(".bz2", "bzip2"),
	packedWhileDown(".lz4", "lz4"),
	{name: "down for 65 s: rotated, compressed, truncated", down: true, write: func(w *writer) {
		w.open("app.log")
		w.lines(2000)
		w.step()
		w.lines(500)
		w.rename("app.log", "app.log.1")
		w.reopen("app.log")
		w.lines(700)
		time.Sleep(65 * time.Second)
		w.compress("app.log.1")
		w.rename("app.log.1.gz", "app.log.2.gz")
		w.copyTruncate("app.log.1")
		w.lines(300)
		w.step()
		w.lines(100)
	}},
	{name: "down: copied, truncated, grown", down: true, write: func(w *writer) {
		w.open("app.log")
		w.lines(2000)
		w.step()
		w.lines(500)
		w.copyTruncate("app.log.1")
		w.lines(3000)
		w.step()
		w.lines(100)
	}},
	{name: "down: five rotations", down: true, write: func(w *writer) {
		w.open("app.log")
		w.lines(2000)
		w.step()
		for r := range 5 {
			w.lines(500)
			w.rename("app.log", fmt.Sprintf("app.log.%d", 9-r))
			w.reopen("app.log")
		}
		w.lines(200)
		w.step()
		w.lines(100)
	}},
	{name: "down: logrotate create, olddir", down: true, rotated: "old", write: func(w *writer) {
		w.moveAway("create 0644 root root")
	}},
	{name: "down: logrotate copytruncate, olddir", down: true, rotated: "old", write: func(w *writer) {
		w.moveAway("copytruncate")
	}},
	{name: "down: link swapped three times", down: true, write: func(w *writer) {
		for r := range 4 {
			w.open(fmt.Sprintf("release-%d.txt", r))
			w.link(fmt.Sprintf("release-%d.txt", r))
			w.lines(500)
			if r == 0 {
				w.step()
				w.lines(50)
			}
			time.Sleep(10 * time.Millisecond)
		}
		w.step()
		w.lines(100)
	}},
	{name: "down: deleted, number reused", down: true, write: func(w *writer) {
		w.open("app.log")
		w.lines(2000)
		w.step()
		must(w.f.Close())
		must(os.Remove(w.path("app.log")))
		w.open("app.log") // often the same inode number
		w.lines(3000)
		w.step()
		w.lines(100)
	}},
}
