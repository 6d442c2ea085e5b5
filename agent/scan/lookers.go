package scan

import (
	"context"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/tail"
)

// look is a chunk on its way from the disk over a looker into the ledgers.
type look struct {
	file  *File
	chunk tail.Chunk
	buf   []byte        // of the chunk
	seen  []agent.Sight // by ledger
	done  chan struct{} // closed when it was seen
}

// Files reads every file, the oldest first, into the ledgers. One goroutine reads, as
// many as there are cores look for what the rules match, each in another chunk, and the
// ledgers take the chunks in their order: what comes out is what one goroutine would
// make of them. It ends early when ctx does.
func Files(ctx context.Context, files []*File, ledgers ...*Ledger) error {
	lookers := runtime.GOMAXPROCS(0)
	ahead := 2*lookers + 2
	todo, inOrder := make(chan *look, ahead), make(chan *look, ahead)
	g, ctx := errgroup.WithContext(ctx)
	free := pool{make(chan []byte, ahead), ctx.Done()}
	for range ahead {
		free.give(nil)
	}
	g.Go(func() error {
		defer close(todo)
		defer close(inOrder)
		return readAll(ctx, files, free, todo, inOrder)
	})
	for range lookers {
		g.Go(func() error {
			lookAll(todo, ledgers)
			return nil
		})
	}
	g.Go(func() error {
		for l := range inOrder {
			<-l.done
			for i, ledger := range ledgers {
				ledger.replay.Fold(l.seen[i], l.file.Modified)
			}
			free.give(l.buf)
		}
		return nil
	})
	return g.Wait()
}

// pool is buffers that are free again once their chunk has been folded: they bound how
// far is read ahead.
type pool struct {
	free  chan []byte
	ended <-chan struct{}
}

func (p pool) give(buf []byte) { p.free <- buf }

func (p pool) take() []byte {
	select {
	case buf := <-p.free:
		return buf
	case <-p.ended:
		return nil
	}
}

// readAll hands the chunks of all files to the lookers and, in their order, to who
// waits for these.
func readAll(ctx context.Context, files []*File, free pool, to ...chan<- *look) error {
	for _, f := range files {
		err := f.read(free, func(c tail.Chunk, buf []byte) error {
			l := &look{file: f, chunk: c, buf: buf, done: make(chan struct{})}
			for _, ch := range to {
				ch <- l // there is room for every buffer
			}
			return ctx.Err()
		})
		if err != nil {
			return fmt.Errorf("scan %s: %w", f.Path, err)
		}
	}
	return nil
}

// lookAll looks at chunks until there are no more.
func lookAll(todo <-chan *look, ledgers []*Ledger) {
	lookers := make([]*agent.Looker, len(ledgers))
	for i, l := range ledgers {
		lookers[i] = l.replay.Looker()
	}
	for l := range todo {
		for _, looker := range lookers {
			l.seen = append(l.seen, looker.Look(l.chunk))
		}
		close(l.done)
	}
}
