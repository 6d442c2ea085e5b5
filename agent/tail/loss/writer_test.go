package loss_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	lineBytes = 100   // with its end
	rate      = 10000 // lines a second
)

// writer is a program that logs, in a process of its own: numbered lines of equal
// length, so that a lost, a doubled and a torn one can be told.
type writer struct {
	dir string
	n   int
	f   *os.File
	in  *bufio.Reader
}

func (w *writer) path(name string) string { return filepath.Join(w.dir, name) }

func (w *writer) line() []byte {
	w.n++
	return fmt.Appendf(nil, "%010d %s END\n", w.n-1, strings.Repeat("x", lineBytes-16))
}

func (w *writer) put() { ok(w.f.Write(w.line())) }

// open goes on with name, through a new descriptor.
func (w *writer) open(name string) {
	f, err := os.OpenFile(w.path(name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	must(err)
	w.f = f
}

func (w *writer) reopen(name string) { must(w.f.Close()); w.open(name) }

func (w *writer) rename(from, to string) { must(os.Rename(w.path(from), w.path(to))) }

func (w *writer) lines(n int) {
	for range n {
		w.put()
	}
}

// during writes at the usual rate.
func (w *writer) during(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		w.lines(rate / 500)
	}
}

// step tells the test that this part is written, and waits for it.
func (w *writer) step() {
	fmt.Println("step", w.n)
	if _, err := w.in.ReadString('\n'); err != nil {
		os.Exit(1) // the test is over
	}
}

// copyTruncate does what logrotate does under that name.
func (w *writer) copyTruncate(to string) {
	data, err := os.ReadFile(w.path("app.log"))
	must(err)
	must(os.WriteFile(w.path(to), data, 0o644))
	must(os.Truncate(w.path("app.log"), 0))
}

// moveAway has the real logrotate move files to another folder, three times while the
// reader is down.
func (w *writer) moveAway(how string) {
	w.open("app.log")
	w.lines(2000)
	w.step()
	for range 3 {
		w.lines(500)
		w.logrotate(how, "olddir old", "createolddir 755 root root")
		w.reopen("app.log")
	}
	w.lines(300)
	w.step()
	w.lines(100)
}

// logrotate runs the real one.
func (w *writer) logrotate(how ...string) {
	conf := filepath.Join(w.dir, "..", "logrotate.conf")
	text := w.path("app.log") + " {\n su root root\n rotate 9\n compress\n delaycompress\n missingok\n " + strings.Join(how, "\n ") + "\n}\n"
	must(os.WriteFile(conf, []byte(text), 0o644))
	out, err := exec.Command("/usr/sbin/logrotate", "-f", "-s", conf+".state", conf).CombinedOutput() //nolint:noctx // it ends by itself
	if err != nil {
		panic(fmt.Sprint(err, string(out)))
	}
}

func (w *writer) compress(name string) { w.pack(name, ".gz", "gzip") }

// pack compresses a file with a tool as logrotate does: the time of its last write is
// kept, and it goes when that is done.
func (w *writer) pack(name, ext, tool string) {
	from, err := os.Open(w.path(name))
	must(err)
	info, err := from.Stat()
	must(err)
	to, err := os.Create(w.path(name + ext))
	must(err)
	cmd := exec.Command(tool) //nolint:noctx // it ends by itself
	cmd.Stdin, cmd.Stdout, cmd.Stderr = from, to, os.Stderr
	must(cmd.Run())
	must(os.Chtimes(to.Name(), info.ModTime(), info.ModTime()))
	must(to.Close())
	must(os.Remove(from.Name()))
	must(from.Close())
}

func (w *writer) link(target string) {
	must(os.Symlink(target, w.path("app.log.new")))
	w.rename("app.log.new", "app.log")
}

func ok(_ int, err error) { must(err) }

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// packedWhileDown has a log rotated twice and compressed each time.
func packedWhileDown(ext, tool string) scenario {
	return scenario{name: "down: rotated twice, compressed with " + tool, down: true, tool: tool, write: func(w *writer) {
		w.open("app.log")
		w.lines(2000)
		w.step()
		w.lines(500)
		w.rename("app.log", "app.log.1")
		w.reopen("app.log")
		w.lines(700)
		w.pack("app.log.1", ext, tool)
		w.rename("app.log.1"+ext, "app.log.2"+ext)
		w.rename("app.log", "app.log.1")
		w.pack("app.log.1", ext, tool)
		w.reopen("app.log")
		w.lines(300)
		w.step()
		w.lines(100)
	}}
}
