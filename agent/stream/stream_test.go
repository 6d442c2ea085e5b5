package stream_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/thirdline/thirdline/agent/stream"
)

// recorder runs a recorder until the returned function is called.
func recorder(t *testing.T, dir string, open stream.Opener, log *slog.Logger) (_ *stream.Recorder, stop func()) {
	t.Helper()
	r, err := stream.Open(dir, "s", open, log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	return r, func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func recording(t *testing.T, dir string, open stream.Opener) (stop func()) {
	t.Helper()
	_, stop = recorder(t, dir, open, slog.New(slog.DiscardHandler))
	return stop
}

func await(t *testing.T, dir, want string) {
	t.Helper()
	var got []byte
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if got, _ = os.ReadFile(stream.Path(dir, "s")); string(got) == want { //nolint:errcheck // it comes later
			return
		}
	}
	t.Fatalf("recorded %q, want %q", got, want)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAFIFOSurvivesItsWriters(t *testing.T) {
	dir := t.TempDir()
	pipe := fifo(t, dir)
	stop := recording(t, dir, stream.FIFO(pipe))
	write(t, pipe, "one\ntw")
	write(t, pipe, "o\n")
	await(t, dir, "one\ntwo\n")
	write(t, pipe, "thr")
	await(t, dir, "one\ntwo\nthr") // what is taken is kept, also by kill -9
	stop()
	stop = recording(t, dir, stream.FIFO(pipe))
	write(t, pipe, "ee\n")
	await(t, dir, "one\ntwo\nthree\n")
	stop()
}

// TestAHalfLineOfAnotherRunOfTheHostIsDropped: its rest was in a pipe that is gone.
func TestAHalfLineOfAnotherRunOfTheHostIsDropped(t *testing.T) {
	dir := t.TempDir()
	pipe := fifo(t, dir)
	recorded(t, dir, "whole\nha")
	if err := os.Chtimes(stream.Path(dir, "s"), time.Time{}, time.Unix(1e9, 0)); err != nil {
		t.Fatal(err)
	}
	stop := recording(t, dir, stream.FIFO(pipe))
	write(t, pipe, "two\n")
	await(t, dir, "whole\ntwo\n")
	stop()
}

// recorded is what another run left.
func recorded(t *testing.T, dir, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(stream.Path(dir, "s")), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(stream.Path(dir, "s"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// journalctl stands for the real one: it knows 20 entries, honours the cursor, and
// writes to a pipe in pieces. The suite with the real systemd drives the real one.
const journalctl = `#!/bin/sh
after=0
for a in "$@"; do case "$a" in --after-cursor=c*) after=${a#--after-cursor=c};; esac; done
echo "$@" >> "$0.args"
n=$((after + 1))
while [ $n -le $((after + 4)) ] && [ $n -le 20 ]; do printf '{"__CURSOR":"c%d","MESSAGE":"m%d"}\n' $n $n; n=$((n+1)); done
[ $n -gt 20 ] && exec sleep 60
printf '{"__CURSOR":"c9'; exit 1
`

func TestTheJournalIsReadOnFromItsCursor(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "journalctl"), []byte(journalctl), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	var want strings.Builder
	for n := 1; n <= 20; n++ {
		fmt.Fprintf(&want, "{\"__CURSOR\":\"c%d\",\"MESSAGE\":\"m%d\"}\n", n, n)
	}
	stop := recording(t, dir, stream.Journal([]string{"nginx.service"}))
	time.Sleep(1500 * time.Millisecond)
	stop() // in the middle
	stop = recording(t, dir, stream.Journal([]string{"nginx.service"}))
	await(t, dir, want.String())
	stop()
	args, err := os.ReadFile(filepath.Join(dir, "journalctl.args"))
	if err != nil || !strings.Contains(string(args), "--after-cursor=c4 --unit=nginx.service") {
		t.Errorf("asked with %s %v", args, err)
	}
}

// TestTheJournalIsReadOnBehindALongEntry: its line is cut, and its place known all the
// same, whatever the entry says; also when no line end comes behind it.
func TestTheJournalIsReadOnBehindALongEntry(t *testing.T) {
	dir := t.TempDir()
	long := `{"__CURSOR":"s=1;i=7","MESSAGE":"\"__CURSOR\":\"forged\" ` + strings.Repeat("x", 2<<20)
	opened := make(chan string, 8)
	stop := recording(t, dir, func(_ context.Context, last []byte) (io.ReadCloser, error) {
		if opened <- string(last); len(last) > 0 {
			return nil, stream.ErrEnded
		}
		return io.NopCloser(strings.NewReader(long)), nil
	})
	<-opened
	last := <-opened
	stop()
	if len(last) != 1<<20 {
		t.Fatalf("%d bytes are the last line", len(last))
	}
	script := "#!/bin/sh\necho \"$@\" >\"$0.args\"\n"
	if err := os.WriteFile(filepath.Join(dir, "journalctl"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	in, err := stream.Journal(nil)(t.Context(), []byte(last))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(in); err != nil {
		t.Fatal(err)
	}
	if args, err := os.ReadFile(filepath.Join(dir, "journalctl.args")); err != nil || !strings.Contains(string(args), "--after-cursor=s=1;i=7") {
		t.Errorf("asked with %s %v", args, err)
	}
}

func TestALineThatACrashCutIsDropped(t *testing.T) {
	dir := t.TempDir()
	recorded(t, dir, "whole\nha")
	opened := make(chan string)
	stop := recording(t, dir, func(_ context.Context, last []byte) (io.ReadCloser, error) {
		select {
		case opened <- string(last):
			return io.NopCloser(strings.NewReader("more\n")), nil
		case <-t.Context().Done():
			return nil, stream.ErrEnded
		}
	})
	if last := <-opened; last != "whole" {
		t.Errorf("last line %q", last)
	}
	await(t, dir, "whole\nmore\n")
	stop()
}

func TestARecordingIsRotated(t *testing.T) {
	dir := t.TempDir()
	text := strings.Repeat(strings.Repeat("x", 999)+"\n", 40_000)
	var once sync.Once
	ended := make(chan bool)
	stop := recording(t, dir, func(context.Context, []byte) (in io.ReadCloser, err error) {
		err = stream.ErrEnded
		once.Do(func() { in, err = io.NopCloser(strings.NewReader(text)), nil })
		if err != nil {
			close(ended)
		}
		return in, err
	})
	<-ended
	stop()
	files, err := filepath.Glob(stream.Path(dir, "s") + "*")
	if err != nil || len(files) < 2 || len(files) > 4 {
		t.Errorf("%q %v", files, err)
	}
}

// TestStandardInputIsReadOnceAndToItsEnd: also a last line without an end.
func TestStandardInputIsReadOnceAndToItsEnd(t *testing.T) {
	was, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(unix.Dup3(int(in.Fd()), 0, unix.O_CLOEXEC), in.Close()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(unix.Dup3(was, 0, 0), unix.Close(was)); err != nil {
			t.Error(err)
		}
	})
	dir := t.TempDir()
	r, err := stream.Open(dir, "s", stream.Stdin(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(t.Context()) }()
	if _, err := out.WriteString("one\n"); err != nil {
		t.Fatal(err)
	}
	await(t, dir, "one\n") // at once, not at the end
	if _, err := out.WriteString("two"); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it did not end")
	}
	await(t, dir, "one\ntwo\n")
}
