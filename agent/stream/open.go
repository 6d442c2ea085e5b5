package stream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// pipe keeps what is not read of it.
type pipe struct{ *os.File }

// FIFO reads a named pipe. It holds the writing end, too: so the pipe never ends when
// its writers come and go.
func FIFO(path string) Opener {
	return func(context.Context, []byte) (io.ReadCloser, error) {
		f, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil, fmt.Errorf("open FIFO: %w", err)
		}
		info, err := f.Stat()
		if err == nil && info.Mode()&fs.ModeNamedPipe == 0 {
			err = fmt.Errorf("open FIFO: %s is none; make one with mkfifo, or follow it under `include`", path)
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return pipe{f}, nil
	}
}

// Stdin reads standard input, once.
func Stdin() Opener {
	var once sync.Once
	return func(context.Context, []byte) (io.ReadCloser, error) {
		var in *os.File
		once.Do(func() {
			if unix.SetNonblock(0, true) == nil { // so that closing it ends a read
				in = os.NewFile(0, "standard input")
			}
		})
		if in == nil {
			return nil, ErrEnded
		}
		return in, nil
	}
}

// cursor finds in a line of `journalctl -o json` its place, also in one that was cut:
// inside a value the quotes would be escaped.
var cursor = regexp.MustCompile(`"__CURSOR":"([^"\\]+)"`)

// Journal reads the systemd journal through journalctl, from behind the last entry
// that was recorded; the first time from now on. units are its only ones, with what
// systemd itself says about them; none means all.
func Journal(units []string) Opener {
	return func(ctx context.Context, last []byte) (io.ReadCloser, error) {
		args := []string{"--output=json", "--all", "--follow", "--no-pager", "--quiet"}
		if c := cursor.FindSubmatch(last); c != nil {
			args = append(args, "--no-tail", "--after-cursor="+string(c[1]))
		} else {
			args = append(args, "--lines=0")
		}
		for _, u := range units {
			args = append(args, "--unit="+u)
		}
		p := &process{cmd: exec.CommandContext(ctx, "journalctl", args...)}
		p.cmd.Stderr = &p.said
		var err error
		if p.out, err = p.cmd.StdoutPipe(); err == nil {
			err = p.cmd.Start()
		}
		if err != nil {
			return nil, fmt.Errorf("read journal: %w", err)
		}
		return p, nil
	}
}

// process is the output of a program that is ended with it. It may be closed while it
// is read.
type process struct {
	cmd  *exec.Cmd
	out  io.Reader
	said bytes.Buffer
	once sync.Once
	end  error
}

func (p *process) wait() error {
	p.once.Do(func() { p.end = p.cmd.Wait() })
	return p.end
}

// Read tells, at the end, why the program ended.
func (p *process) Read(b []byte) (int, error) {
	n, err := p.out.Read(b)
	if err != nil {
		if end := p.wait(); end != nil {
			return n, fmt.Errorf("read journal: %w: %s", end, strings.TrimSpace(p.said.String()))
		}
	}
	return n, err
}

// Close ends the program.
func (p *process) Close() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end journalctl: %w", err)
	}
	var exit *exec.ExitError
	if err := p.wait(); err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("end journalctl: %w", err)
	}
	return nil
}
