package loss_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	nxadm "github.com/nxadm/tail"

	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/agent/tail"
)

// seen is what a reader handed on.
type seen struct {
	mu    sync.Mutex
	times map[int]int // by line
	torn  int
	last  time.Time
}

func newSeen() *seen { return &seen{times: map[int]int{}, last: time.Now()} }

// number returns the number of a whole line, or -1.
func number(line []byte) int {
	n, err := strconv.Atoi(string(line[:min(10, len(line))]))
	if err != nil || len(line) != lineBytes-1 || !bytes.HasSuffix(line, []byte(" END")) {
		return -1
	}
	return n
}

func (s *seen) add(line []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = time.Now()
	switch n := number(line); {
	case n >= 0:
		s.times[n]++
	case !bytes.HasPrefix(line, []byte("the same banner")):
		s.torn++
	}
}

// idle waits until want lines have come, and none for a while, or none for long.
func (s *seen) idle(want int) {
	for {
		s.mu.Lock()
		got, quiet := len(s.times), time.Since(s.last)
		s.mu.Unlock()
		if quiet > 500*time.Millisecond && got >= want || quiet > 12*time.Second {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// reader follows a glob into s until ctx ends.
type reader func(ctx context.Context, s *scenario, dir string, got *seen) error

// ours reads as the agent does. It is the reader that must lose nothing.
func ours(ctx context.Context, s *scenario, dir string, got *seen) (err error) {
	return follow(ctx, tail.Source{Include: []string{s.follows(dir)}, Rotated: s.rotated}, nil, func(f *tail.Follower, lines [][]byte) error {
		for _, l := range lines {
			got.add(l)
		}
		f.Saved()
		return nil
	})
}

// follow hands the lines of each chunk to take, and nil when there is nothing new.
func follow(ctx context.Context, source tail.Source, positions []tail.Position, take func(*tail.Follower, [][]byte) error) (err error) {
	source.Name, source.FromBeginning = "s", true
	f, err := tail.New(tail.Options{
		Sources:   []tail.Source{source},
		Positions: positions, Linger: 100 * time.Millisecond, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for {
		c, ok, err := f.Next(ctx, 100*time.Millisecond)
		if err != nil {
			return nil //nolint:nilerr // the context's end is the usual one
		}
		var lines [][]byte
		if ok {
			lines = bytes.Split(bytes.TrimSuffix(c.Data, []byte("\n")), []byte("\n"))
		}
		if err := take(f, lines); err != nil {
			return err
		}
	}
}

// durable reads in a process that can be killed: lines and positions go into the
// store in one transaction.
func durable(glob, rotated, state string) error {
	st, err := store.Open(state)
	if err != nil {
		return err
	}
	positions, err := store.Load[tail.Position](st, store.Positions)
	if err != nil {
		return err
	}
	since, err := store.Load[time.Time](st, store.Sources)
	if err != nil {
		return err
	}
	n, last, top := 0, time.Now(), -1
	var found []int
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	source := tail.Source{Include: []string{glob}, Rotated: rotated, Since: since["s"]}
	return follow(ctx, source, slices.Collect(maps.Values(positions)), func(f *tail.Follower, lines [][]byte) error {
		for _, l := range lines {
			if k := number(l); k >= 0 || !bytes.HasPrefix(l, []byte("the same banner")) {
				found = append(found, k)
			}
		}
		if time.Since(last) < 50*time.Millisecond && n > 0 {
			return nil
		}
		last = time.Now()
		moved, gone := f.Changes()
		err := st.Commit(func(b store.Batch) error {
			n++
			if err := b.PutNew(store.Sources, "s", f.Sources()[0].Since); err != nil {
				return err
			}
			for _, p := range moved {
				if err := b.Put(store.Positions, p.Identity.String(), p); err != nil {
					return err
				}
			}
			for _, id := range gone {
				if err := b.Delete(store.Positions, id.String()); err != nil {
					return err
				}
			}
			if len(found) == 0 {
				return nil
			}
			return b.Put(store.Incidents, fmt.Sprintf("%d.%d", os.Getpid(), n), found)
		})
		if err == nil {
			f.Saved()
			if n == 1 {
				must(os.WriteFile(filepath.Join(state, "up"), []byte(strconv.Itoa(os.Getpid())), 0o600))
			}
			if len(found) > 0 {
				top = max(top, slices.Max(found))
				err = os.WriteFile(filepath.Join(state, "top"), []byte(strconv.Itoa(top)), 0o600)
			}
			found = nil
		}
		return err
	})
}

// theirs is nxadm/tail as its README has it, or with a user's best settings. It
// follows one file.
func theirs(config nxadm.Config) reader {
	return func(ctx context.Context, s *scenario, dir string, got *seen) error {
		config.Logger = nxadm.DiscardingLogger
		t, err := nxadm.TailFile(s.follows(dir), config)
		if err != nil {
			return err
		}
		for {
			select {
			case <-ctx.Done():
				return t.Stop()
			case l, ok := <-t.Lines:
				if !ok {
					return nil
				}
				got.add([]byte(l.Text))
			}
		}
	}
}
