// Package ownlog writes the agent's own log: text for a person, priorities for the
// systemd journal, JSON for a program. What repeats is counted and not repeated.
package ownlog

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"syscall"
)

// The formats. Auto is Journal where standard error is the journal, and else Text.
const (
	Auto    = "auto"
	Text    = "text"
	Journal = "journal"
	JSON    = "json"
)

// Formats are those that can be asked for.
func Formats() []string { return []string{Auto, Text, Journal, JSON} }

// New returns a logger of level and above to out. Its Flush tells what was left out
// so far; call it at the end.
func New(out io.Writer, format string, level slog.Leveler, lookup func(string) (string, bool)) (log *slog.Logger, flush func()) {
	var h slog.Handler
	o := &slog.HandlerOptions{Level: level}
	switch format {
	case JSON:
		h = slog.NewJSONHandler(out, o)
	case Journal:
		h = newJournal(out, level)
	case Auto:
		if stream, ok := lookup("JOURNAL_STREAM"); ok && isJournal(out, stream) {
			h = newJournal(out, level)
			break
		}
		fallthrough
	default:
		h = slog.NewTextHandler(out, o)
	}
	r := &repeats{next: h, said: &said{by: map[string]*window{}}}
	return slog.New(r), func() { r.flush(context.Background()) }
}

// isJournal reports whether out is the stream that systemd gave: device and inode
// are those in JOURNAL_STREAM, see systemd.exec(5).
func isJournal(out io.Writer, stream string) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && fmt.Sprintf("%d:%d", st.Dev, st.Ino) == stream
}

// journal writes lines that begin with the priority of sd-daemon(3). They carry no
// time: the journal has its own.
type journal struct {
	slog.Handler
	to *prefixed
}

// prefixed puts a priority before what is written.
type prefixed struct {
	mu       sync.Mutex
	out      io.Writer
	priority int
}

func newJournal(out io.Writer, level slog.Leveler) *journal {
	p := &prefixed{out: out}
	return &journal{slog.NewTextHandler(p, &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
			return slog.Attr{}
		}
		return a
	}}), p}
}

// Handle implements [slog.Handler].
func (j *journal) Handle(ctx context.Context, r slog.Record) error {
	j.to.mu.Lock()
	defer j.to.mu.Unlock()
	switch {
	case r.Level >= slog.LevelError:
		j.to.priority = 3
	case r.Level >= slog.LevelWarn:
		j.to.priority = 4
	case r.Level >= slog.LevelInfo:
		j.to.priority = 6
	default:
		j.to.priority = 7
	}
	return j.Handler.Handle(ctx, r)
}

// Write implements [io.Writer]. mu is held.
func (p *prefixed) Write(line []byte) (int, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<%d>", p.priority)
	b.Write(line)
	if _, err := p.out.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(line), nil
}

// WithAttrs implements [slog.Handler].
func (j *journal) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &journal{j.Handler.WithAttrs(attrs), j.to}
}

// WithGroup implements [slog.Handler].
func (j *journal) WithGroup(name string) slog.Handler {
	return &journal{j.Handler.WithGroup(name), j.to}
}
