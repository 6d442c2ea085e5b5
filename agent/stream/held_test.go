package stream_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/thirdline/thirdline/agent/stream"
	"github.com/thirdline/thirdline/agent/tail"
)

// reader is the follower of a recording, and what it has read.
type reader struct {
	t    *testing.T
	f    *tail.Follower
	next int // line
}

func follow(t *testing.T, dir string) *reader {
	t.Helper()
	f, err := tail.New(tail.Options{
		Sources: []tail.Source{{Name: "s", Include: []string{stream.Path(dir, "s")}, Since: time.Unix(1, 0)}}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return &reader{t: t, f: f}
}

// commit tells the recorder what has been read.
func (r *reader) commit(to *stream.Recorder) {
	moved, _ := r.f.Changes()
	r.f.Saved()
	to.Committed(moved)
}

// until reads so many numbered lines, each once and in order, and commits.
func (r *reader) until(lines int, to *stream.Recorder) {
	r.t.Helper()
	for end := time.Now().Add(time.Minute); r.next < lines; {
		c, ok, err := r.f.Next(r.t.Context(), time.Second)
		if err != nil || !ok && time.Now().After(end) {
			r.t.Fatalf("%d of %d lines came; %v", r.next, lines, err)
		}
		for line := range bytes.Lines(c.Data) {
			if want := numbered(r.next); string(line) != want {
				r.t.Fatalf("line %.20q came, want %.20q", line, want)
			}
			r.next++
		}
		r.commit(to)
	}
}

func numbered(n int) string { return fmt.Sprintf("%09d %s\n", n, strings.Repeat("x", 989)) }

// says gives what is logged.
type says struct {
	slog.Handler
	said chan string
}

func (s says) Handle(_ context.Context, r slog.Record) error {
	s.said <- r.Message
	return nil
}

func (s says) Enabled(context.Context, slog.Level) bool { return true }
func (s says) WithAttrs([]slog.Attr) slog.Handler       { return s }

func (s says) await(t *testing.T, part string) {
	t.Helper()
	for {
		select {
		case m := <-s.said:
			if strings.Contains(m, part) {
				return
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%q was not said", part)
		}
	}
}

// writes fills a pipe with numbered lines in blocks, as stdio does.
func writes(pipe string, from, to int) <-chan error {
	done := make(chan error, 1)
	go func() {
		f, err := os.OpenFile(pipe, os.O_RDWR, 0) // as log daemons do: the pipe outlives a reader
		if err != nil {
			done <- err
			return
		}
		w := bufio.NewWriterSize(f, 4096)
		for n := from; n < to && err == nil; n++ {
			_, err = w.WriteString(numbered(n))
		}
		done <- errors.Join(err, w.Flush(), f.Close())
	}()
	return done
}

func fifo(t *testing.T, dir string) string {
	t.Helper()
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	return pipe
}

// TestWhatIsNotReadYetIsNotRotatedAway has a reader that stands still while more is
// written than the recordings hold: then the writer waits, and nothing is lost.
func TestWhatIsNotReadYetIsNotRotatedAway(t *testing.T) {
	const lines = 100_000
	dir := t.TempDir()
	pipe := fifo(t, dir)
	log := says{said: make(chan string, 10)}
	rec, stop := recorder(t, dir, stream.FIFO(pipe), slog.New(log))
	r := follow(t, dir)
	r.commit(rec)
	wrote := writes(pipe, 0, lines)
	log.await(t, "the stream waits")
	select {
	case err := <-wrote:
		t.Fatalf("all was taken from the writer; %v", err)
	default:
	}
	defer stop()       // it does no more from here on, as if it had been killed
	r = follow(t, dir) // as an agent that has not read anything either
	rec, stop = recorder(t, dir, stream.FIFO(pipe), slog.New(log))
	r.commit(rec)
	r.until(lines, rec)
	if err := <-wrote; err != nil {
		t.Error(err)
	}
	stop()
	if files, err := filepath.Glob(stream.Path(dir, "s") + "*"); err != nil || len(files) != 4 {
		t.Errorf("%q %v", files, err)
	}
}

// TestAFullDiskHoldsTheStream fills the recording's file system, and makes room.
func TestAFullDiskHoldsTheStream(t *testing.T) {
	switch {
	case os.Geteuid() == 0:
	case os.Getenv("CI") == "true":
		t.Fatal("root is needed")
	default:
		t.Skip("root is needed")
	}
	const lines = 5000
	dir := t.TempDir()
	state := filepath.Join(dir, "state")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	mount := func(options string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", options, "none", state).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	mount("size=1m")
	t.Cleanup(func() {
		if err := unix.Unmount(state, 0); err != nil {
			t.Error(err)
		}
	})
	pipe := fifo(t, dir)
	log := says{said: make(chan string, 10)}
	rec, stop := recorder(t, state, stream.FIFO(pipe), slog.New(log))
	defer stop()
	r := follow(t, state)
	wrote := writes(pipe, 0, lines)
	log.await(t, "cannot write the recording")
	mount("remount,size=16m")
	r.until(lines, rec)
	if err := <-wrote; err != nil {
		t.Error(err)
	}
}
