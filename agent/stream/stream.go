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
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

const (
	maxFile    = 16 << 20 // bytes; then the recording is rotated
	keepFiles  = 4
	maxLine    = 1 << 20
	openAgain  = time.Second
	lastWithin = 4 << 20 // of the file's end, in which its last line is looked for
)

// ErrEnded tells that a stream has ended and will not come back.
var ErrEnded = errors.New("the stream has ended")

// Opener opens a stream. last is the last line that was recorded, or nil. It returns
// ErrEnded when there is nothing more to come.
type Opener func(ctx context.Context, last []byte) (io.ReadCloser, error)

// Recorder records one stream. It is run once.
type Recorder struct {
	path string
	open Opener
	log  *slog.Logger

	file *os.File
	size int64
	last []byte
}

// New returns a recorder that writes to name.log in dir, which is made with mode 0700.
func New(dir, name string, open Opener, log *slog.Logger) *Recorder {
	return &Recorder{path: Path(dir, name), open: open, log: log.With("component", "stream", "stream", name)}
}

// Path returns where the recording of a stream is written.
func Path(dir, name string) string { return filepath.Join(dir, "streams", name+".log") }

// Run records until ctx ends or the stream has ended. An error is one of the
// recording; a stream that cannot be opened is tried again.
func (r *Recorder) Run(ctx context.Context) (err error) {
	if err := r.resume(); err != nil {
		return fmt.Errorf("record stream: %w", err)
	}
	defer func() { err = errors.Join(err, r.file.Close()) }()
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

// resume opens the recording, drops a line that a crash cut, and finds the last one.
func (r *Recorder) resume() error {
	if err := os.MkdirAll(filepath.Dir(r.path), 0o700); err != nil {
		return err
	}
	tail, size, err := end(r.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	whole := bytes.LastIndexByte(tail, '\n') + 1
	if cut := len(tail) - whole; cut > 0 {
		size -= int64(cut)
		if err := os.Truncate(r.path, size); err != nil {
			return err
		}
	}
	if whole == 0 {
		older, _, err := end(r.path + ".1")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		tail, whole = older, len(older)
	}
	if line := bytes.TrimSuffix(tail[:whole], []byte("\n")); len(line) > 0 {
		r.last = bytes.Clone(line[bytes.LastIndexByte(line, '\n')+1:])
	}
	r.size = size
	r.file, err = os.OpenFile(r.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	return err
}

// end returns the last bytes of a file, and its size.
func end(path string) (tail []byte, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	tail = make([]byte, min(info.Size(), lastWithin))
	if _, err := f.ReadAt(tail, info.Size()-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	return tail, info.Size(), nil
}

// writeError is one of the recording, not of the stream.
type writeError struct{ error }

func (w *writeError) Unwrap() error { return w.error }

// record copies whole lines until the stream ends.
func (r *Recorder) record(ctx context.Context, in io.ReadCloser) (err error) {
	stop := context.AfterFunc(ctx, func() { closeQuietly(in) })
	defer func() {
		if stop() {
			err = errors.Join(err, in.Close())
		}
	}()
	lines := bufio.NewReaderSize(in, maxLine)
	for {
		line, err := lines.ReadSlice('\n')
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
		if err := r.write(line, lines.Buffered() == 0); err != nil {
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

// write appends a line, and rotates the recording at the end of a run of lines.
func (r *Recorder) write(line []byte, rest bool) error {
	n, err := r.file.Write(line)
	if r.size += int64(n); err != nil {
		return err
	}
	r.last = append(r.last[:0], bytes.TrimSuffix(line, []byte("\n"))...)
	if r.size < maxFile || !rest && r.size < 2*maxFile {
		return nil
	}
	for n := keepFiles - 1; n > 0; n-- {
		if err := os.Rename(r.rotated(n-1), r.rotated(n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := r.file.Close(); err != nil {
		return err
	}
	r.size = 0
	r.file, err = os.OpenFile(r.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	return err
}

func (r *Recorder) rotated(n int) string {
	if n == 0 {
		return r.path
	}
	return fmt.Sprintf("%s.%d", r.path, n)
}
