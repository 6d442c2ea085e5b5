package shipper_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thirdline/thirdline/shipper"
)

// desk is a backend that takes a while for an event, and notes what it took and
// whether it was running.
type desk struct {
	mu      *sync.Mutex
	got     *[]string // of all desks
	refuses bool
	name    string
	running bool
}

func (d *desk) Run(ctx context.Context) error {
	d.mu.Lock()
	d.running = true
	d.mu.Unlock()
	<-ctx.Done()
	d.mu.Lock()
	d.running = false
	d.mu.Unlock()
	return nil
}

func (d *desk) Deliver(_ context.Context, id string, _ []byte) error {
	time.Sleep(time.Second)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refuses {
		return &shipper.Denied{Err: errors.New("401")}
	}
	if !d.running {
		id += " behind its end"
	}
	*d.got = append(*d.got, d.name+" "+id)
	return nil
}

// TestAReplacedBackendLosesAndDoublesNothing fails when an event is sent to both, or
// when what the old one refused waits for its pause.
func TestAReplacedBackendLosesAndDoublesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spool, mu, got := &memory{}, &sync.Mutex{}, []string{}
		for n := range 100 {
			spool.add(fmt.Sprintf("%02d", n%20), n)
		}
		first, second := &desk{mu: mu, got: &got, name: "first"}, &desk{mu: mu, got: &got, name: "second"}
		s := shipper.New("d", first, spool, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		time.Sleep(3500 * time.Millisecond)
		s.Replace(second)
		time.Sleep(3 * time.Second)
		mu.Lock()
		second.refuses = true
		mu.Unlock()
		time.Sleep(time.Hour)
		if h := s.Health(); !h.Paused {
			t.Errorf("%+v", h)
		}
		third := &desk{mu: mu, got: &got, name: "third"}
		s.Replace(third)
		time.Sleep(20 * time.Second) // far less than the pause
		synctest.Wait()
		if h := s.Health(); h.Paused || h.Delivered != 100 {
			t.Errorf("%+v", h)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		seen, took := map[string]bool{}, map[string]int{}
		for _, line := range got {
			var name, id string
			if n, _ := fmt.Sscan(line, &name, &id); n != 2 || seen[id] || len(line) != len(name)+1+len(id) {
				t.Errorf("%s, again: %v", line, seen[id])
			}
			seen[id] = true
			took[name]++
		}
		if len(seen) != 100 || took["first"] == 0 || took["second"] == 0 || first.running || second.running || third.running {
			t.Errorf("%d events came: %v; running: %v %v %v", len(seen), took, first.running, second.running, third.running)
		}
	})
}
