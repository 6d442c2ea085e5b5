package shipper_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thirdline/thirdline/shipper"
)

const largeEvent = 256 << 10

// large is a spool on a disk: each event is large, and takes memory only when it is read.
type large struct{ memory }

func (l *large) After(destination string, sequence uint64, n int) ([]shipper.Spooled, error) {
	out, err := l.memory.After(destination, sequence, min(n, 4))
	out = slices.Clone(out)
	for i := range out {
		out[i].Event = append(slices.Grow(out[i].Event, largeEvent), bytes.Repeat([]byte(" "), largeEvent-len(out[i].Event))...)
	}
	return out, err
}

// down is an endpoint that takes nothing until it is up.
type down struct {
	mu   sync.Mutex
	up   bool
	got  []string
	torn int
}

func (d *down) Deliver(_ context.Context, id string, event []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.up {
		return errors.New("connection refused")
	}
	d.got = append(d.got, id)
	if len(event) != largeEvent {
		d.torn++
	}
	return nil
}

func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

func TestWhatWaitsForADestinationIsNoMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spool, backend := &large{}, &down{}
		for n := range 400 {
			spool.add(fmt.Sprintf("incident%d", n%50), n)
		}
		before := heap()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- shipper.New("d", backend, spool, slog.New(slog.DiscardHandler)).Run(ctx) }()
		time.Sleep(time.Hour)
		synctest.Wait()
		if took := heap() - before; took > 16<<20 {
			t.Errorf("100 MiB of events that wait take %d MiB", took>>20)
		}
		spool.mu.Lock()
		spool.events = slices.DeleteFunc(spool.events, func(e shipper.Spooled) bool { return e.Sequence == 300 }) // it was merged
		spool.mu.Unlock()
		backend.mu.Lock()
		backend.up = true
		backend.mu.Unlock()
		time.Sleep(time.Hour)
		synctest.Wait()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if len(backend.got) != 399 || backend.torn > 0 || len(spool.events) > 0 {
			t.Errorf("%d events came, %d of them torn; %d wait", len(backend.got), backend.torn, len(spool.events))
		}
		last := map[string]int{}
		for _, id := range backend.got {
			incident, number, _ := strings.Cut(id, "/1/")
			n, err := strconv.Atoi(number)
			if err != nil {
				t.Fatal(err)
			}
			if n < last[incident] {
				t.Errorf("%s came behind %d", id, last[incident])
			}
			last[incident] = n
		}
	})
}
