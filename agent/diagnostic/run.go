package diagnostic

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/thirdline/thirdline/shipper"
)

// closeWithin is how long the output is read on after the group was killed: a child
// that left the group may hold it open.
const closeWithin = 500 * time.Millisecond

// run runs a command to its end or its deadline.
func (c *Command) run(ctx context.Context, fields map[string]string) (d shipper.Diagnostic) {
	d = shipper.Diagnostic{Name: c.Name, Started: time.Now().UTC()}
	argv, err := c.fill(fields)
	if err != nil {
		d.Note = "not run: " + err.Error()
		return d
	}
	d.Command = argv
	timeout := cmp.Or(c.Timeout, DefaultTimeout)
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	out := &output{limit: cmp.Or(c.Output, DefaultOutput)}
	err = c.wait(bounded, argv, out)
	d.Milliseconds = time.Since(d.Started).Milliseconds()
	d.Output = out.text()
	var ended *exec.ExitError
	switch {
	case bounded.Err() != nil:
		d.Note = fmt.Sprintf("killed after %v", timeout)
	case errors.As(err, &ended) && ended.Exited():
		code := ended.ExitCode()
		d.Exit = &code
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
		code := 0
		d.Exit = &code
	default:
		d.Note = err.Error()
	}
	if cut := out.cut(); cut > 0 {
		d.Note = strings.TrimPrefix(fmt.Sprintf("%s; %d bytes of output were left out", d.Note, cut), "; ")
	}
	return d
}

// wait starts the program and waits for it. The kernel kills it when the thread that
// started it ends, so not even kill -9 of the agent leaves it behind.
func (c *Command) wait(ctx context.Context, argv []string, out *output) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = []string{}, "/", out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = closeWithin
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	err := cmd.Wait()
	if killed := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); killed != nil && !errors.Is(killed, syscall.ESRCH) {
		err = errors.Join(err, fmt.Errorf("end what it left: %w", killed))
	}
	return err
}

// output keeps the beginning of what is written to it. It is safe for concurrent use.
type output struct {
	limit int

	mu    sync.Mutex
	kept  []byte
	total int
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.total += len(b)
	o.kept = append(o.kept, b[:min(len(b), o.limit-len(o.kept))]...)
	return len(b), nil
}

// text returns the whole lines that fit: half a line could hold half a secret.
func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.total > o.limit {
		o.kept = o.kept[:bytes.LastIndexByte(o.kept, '\n')+1]
	}
	text := strings.ToValidUTF8(string(o.kept), "\ufffd")
	return strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
}

func (o *output) cut() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.total - len(o.kept)
}
