// Package stream records what is no file (a FIFO, standard input, the systemd
// journal) into a file of the state directory, which is then followed like any
// other. So what was read from it survives the process, and the records before and
// after a match can be read back.
package stream

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/thirdline/thirdline/agent/tail"
)

const (
	maxLine    = 1 << 20
	openAgain  = time.Second
	writeAgain = 500 * time.Millisecond // while the recording cannot be written
	sayEvery   = time.Minute            // that it still cannot
)

// ErrEnded tells that a stream has ended and will not come back.
var ErrEnded = errors.New("the stream has ended")

// Opener opens a stream. last is the last line that was recorded, or nil. It returns
// ErrEnded when there is nothing more to come.
type Opener func(ctx context.Context, last []byte) (io.ReadCloser, error)

// Recorder records one stream. It is run once.
type Recorder struct {
	name string
	open Opener
	log  *slog.Logger

	file *recording
	last []byte
}

// Open goes on with the recording of a stream, name.log, in a folder of dir, which is
// made with mode 0700. [Recorder.Run] closes it.
func Open(dir, name string, open Opener, log *slog.Logger) (*Recorder, error) {
	file, last, err := resume(Path(dir, name))
	if err != nil {
		return nil, fmt.Errorf("open recording: %w", err)
	}
	return &Recorder{name: name, open: open, log: log.With("component", "stream", "stream", name), file: file, last: last}, nil
}

// Path returns where the recording of a stream is written.
func Path(dir, name string) string { return filepath.Join(dir, "streams", name+".log") }

// Committed tells how far files have been read durably; only those of the source that
// is called like the stream count. From the first call on, a recording that has not been
// read to its end is not removed: the stream waits. It may be called from any goroutine.
func (r *Recorder) Committed(positions []tail.Position) { r.file.committed(r.name, positions) }

// Sync makes durable what has been recorded. It may be called from any goroutine.
func (r *Recorder) Sync() error { return r.file.sync() }

// Run records until ctx ends or the stream has ended. An error is one of the
// recording; a stream that cannot be opened is tried again.
func (r *Recorder) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, r.file.close()) }()
	said := ""
	for ctx.Err() == nil {
		in, err := r.open(ctx, r.last)
		if errors.Is(err, ErrEnded) {
			return nil
		}
		if err == nil {
			err = r.record(ctx, in)
			var written *writeError
			if errors.As(err, &written) {
				return err
			}
		}
		if err != nil && err.Error() != said && ctx.Err() == nil {
			said = err.Error()
			r.log.Warn("cannot read stream; trying again every second", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(openAgain):
		}
	}
	return nil
}

// writeError is one of the recording, not of the stream.
type writeError struct{ error }

func (w *writeError) Unwrap() error { return w.error }

// record copies lines until the stream ends: whole ones, but of a pipe all that is taken,
// for the rest of a line is still in it when we are killed.
func (r *Recorder) record(ctx context.Context, in io.ReadCloser) (err error) {
	stop := context.AfterFunc(ctx, func() { closeQuietly(in) })
	defer func() {
		if stop() {
			err = errors.Join(err, in.Close())
		}
	}()
	_, isPipe := in.(pipe)
	if err := r.file.continues(isPipe); err != nil {
		return &writeError{fmt.Errorf("record stream: %w", err)}
	}
	lines := bufio.NewReaderSize(in, maxLine)
	for {
		line, err := next(lines, isPipe)
		switch {
		case err == nil:
		case errors.Is(err, bufio.ErrBufferFull):
			line = append(bytes.Clone(line), '\n') // a longer line is cut
			if err := skipLine(lines); err != nil && !errors.Is(err, io.EOF) {
				return err
			}
		case errors.Is(err, io.EOF) && len(line) > 0:
			line = append(bytes.Clone(line), '\n')
		case errors.Is(err, io.EOF), ctx.Err() != nil:
			return nil
		default:
			return err
		}
		if err = r.write(ctx, line); err == nil && r.file.full() && line[len(line)-1] == '\n' && !holdsLine(lines) {
			err = r.rotate(ctx, lines, isPipe)
		}
		if err != nil {
			return &writeError{fmt.Errorf("record stream: %w", err)}
		}
	}
}

func closeQuietly(c io.Closer) {
	if err := c.Close(); err != nil {
		return // the reading end says so
	}
}

func skipLine(r *bufio.Reader) error {
	for {
		_, err := r.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// next returns a line, or of a pipe its head where there is no more yet. It is valid until
// the next read.
func next(r *bufio.Reader, isPipe bool) ([]byte, error) {
	if isPipe {
		if _, err := r.Peek(1); err != nil {
			return nil, err
		}
		if !holdsLine(r) {
			return take(r)
		}
	}
	return r.ReadSlice('\n')
}

// take returns what has been read ahead.
func take(r *bufio.Reader) ([]byte, error) {
	b, err := r.Peek(r.Buffered())
	if err == nil {
		_, err = r.Discard(len(b))
	}
	return b, err
}

// holdsLine reports whether a whole line has been taken from the stream that is not
// recorded yet.
func holdsLine(r *bufio.Reader) bool {
	b, err := r.Peek(r.Buffered())
	return err == nil && bytes.IndexByte(b, '\n') >= 0
}

// write appends a line. While there is no room for it, nothing more is read.
func (r *Recorder) write(ctx context.Context, line []byte) error {
	r.last = append(r.last[:0], bytes.TrimSuffix(line, []byte("\n"))...)
	var said time.Time
	for {
		n, err := r.file.write(line)
		if err == nil {
			return nil
		}
		line = line[n:]
		if time.Since(said) >= sayEvery {
			said = time.Now()
			r.log.Error("cannot write the recording; the stream waits until it can be written", "err", err, "remedy", "make room in the state directory's file system")
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(writeAgain):
		}
	}
}

// rotate begins a new file, which removes the oldest one: when that has been read. Where
// that is to be waited for, the head of a line that was taken from a pipe is recorded
// first, and the rotation left to the line's end.
func (r *Recorder) rotate(ctx context.Context, lines *bufio.Reader, isPipe bool) error {
	said, split := false, false
	for {
		unread, err := r.file.isUnread()
		if err != nil {
			return err
		}
		if !unread && split {
			return nil
		}
		if !unread {
			return r.file.rotate()
		}
		if isPipe && lines.Buffered() > 0 {
			head, err := take(lines)
			if err == nil {
				err = r.write(ctx, head)
			}
			if err != nil {
				return err
			}
			split = true
		}
		if !said {
			said = true
			r.log.Warn("the recording is not read as fast as it grows; the stream waits")
		}
		select {
		case <-ctx.Done():
			return nil // the next run rotates it
		case <-r.file.news:
		}
	}
}
