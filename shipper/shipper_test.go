package shipper_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/shipper"
)

// memory is a spool that forgets with the process.
type memory struct {
	mu      sync.Mutex
	events  []shipper.Spooled
	buried  []string
	removes int
}

func (m *memory) add(incident string, n int) {
	sequence := uint64(len(m.events) + 1)
	id := fmt.Sprintf("%s/1/%d", incident, n)
	m.events = append(m.events, shipper.Spooled{Sequence: sequence, Event: fmt.Appendf(nil, `{"id":%q,"type":"t","subject":%q}`, id, incident)})
}

func (m *memory) After(_ string, sequence uint64, n int) (out []shipper.Spooled, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.events {
		if e.Sequence > sequence && len(out) < n {
			out = append(out, e)
		}
	}
	return out, nil
}

func (m *memory) Remove(_ string, sequences []uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.removes++
	m.events = slices.DeleteFunc(m.events, func(e shipper.Spooled) bool { return slices.Contains(sequences, e.Sequence) })
	return nil
}

func (m *memory) Bury(_ string, sequence uint64, reason string, _ time.Time) error {
	m.buried = append(m.buried, reason)
	return m.Remove("", []uint64{sequence})
}

// script is a backend that answers as told for each incident, and accepts at the
// end.
type script struct {
	mu      sync.Mutex
	takes   time.Duration
	answers map[string][]error
	got     []string
	flying  map[string]bool
	most    int
	overlap bool
}

func (s *script) Deliver(_ context.Context, id string, _ []byte) error {
	incident := id[:1]
	s.mu.Lock()
	if s.flying == nil {
		s.flying = map[string]bool{}
	}
	s.overlap = s.overlap || s.flying[incident]
	s.flying[incident] = true
	s.most = max(s.most, len(s.flying))
	s.mu.Unlock()
	time.Sleep(s.takes)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.flying, incident)
	s.got = append(s.got, id)
	if len(s.answers[incident]) == 0 {
		return nil
	}
	err := s.answers[incident][0]
	s.answers[incident] = s.answers[incident][1:]
	return err
}

// ship runs a shipper for a while.
func ship(t *testing.T, b shipper.Backend, spool *memory, during time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := shipper.New("d", b, spool, slog.New(slog.DiscardHandler))
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	time.Sleep(during)
	synctest.Wait()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestDeliveryIsInOrderAndARefusalDoesNotBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spool := &memory{}
		for i := range 3 {
			spool.add("a", i)
		}
		down := errors.New("connection refused")
		backend := &script{answers: map[string][]error{"a": {down, down, nil, &shipper.Refused{Reason: "400"}, &shipper.Later{After: time.Hour * 9, Err: down}}}}
		ship(t, backend, spool, 10*time.Minute) // a Retry-After is capped at five minutes
		if diff := cmp.Diff([]string{"a/1/0", "a/1/0", "a/1/0", "a/1/1", "a/1/2", "a/1/2"}, backend.got); diff != "" {
			t.Errorf("deliveries (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"400"}, spool.buried); diff != "" {
			t.Errorf("dead letters (-want +got):\n%s", diff)
		}
		if len(spool.events) > 0 {
			t.Errorf("still spooled: %v", spool.events)
		}
	})
}

// TestIncidentsDoNotWaitForEachOther fails when one goes after the other, and when
// two events of one incident are under way together.
func TestIncidentsDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spool := &memory{}
		for n := range 10 {
			for _, incident := range []string{"a", "b", "c", "d"} {
				spool.add(incident, n)
			}
		}
		backend := &script{takes: time.Second}
		ship(t, backend, spool, 10500*time.Millisecond)
		if len(backend.got) != 40 || backend.most != 4 || backend.overlap {
			t.Errorf("%d delivered, %d at a time, of one incident together: %t", len(backend.got), backend.most, backend.overlap)
		}
		last := map[string]string{}
		for _, id := range backend.got {
			if id <= last[id[:1]] {
				t.Errorf("%s came after %s", id, last[id[:1]])
			}
			last[id[:1]] = id
		}
		if len(spool.events) > 0 || spool.removes > 12 {
			t.Errorf("%d still spooled after %d removals", len(spool.events), spool.removes)
		}
	})
}

// TestOneEventThatAlwaysFailsDoesNotStopTheOthers is about an endpoint that dies of
// one event, and answers 500.
func TestOneEventThatAlwaysFailsDoesNotStopTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spool := &memory{}
		spool.add("x", 0)
		for n := range 20 {
			spool.add("a", n)
		}
		down := errors.New("500")
		backend := &script{answers: map[string][]error{"x": slices.Repeat([]error{down}, 1000)}}
		ship(t, backend, spool, time.Minute)
		a := 0
		for _, id := range backend.got {
			if id[0] == 'a' {
				a++
			}
		}
		if a != 20 || len(backend.got) > 40 {
			t.Errorf("%d of 20 were delivered, with %d tries of the other", a, len(backend.got)-a)
		}
	})
}

// TestADestinationThatIsDownIsTriedByOneAtATime fails when all incidents knock at
// once after each pause.
func TestADestinationThatIsDownIsTriedByOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spool, down := &memory{}, errors.New("connection refused")
		backend := &script{answers: map[string][]error{}}
		for _, incident := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			spool.add(incident, 0)
			backend.answers[incident] = slices.Repeat([]error{down}, 1000)
		}
		ship(t, backend, spool, time.Hour)
		if n := len(backend.got); n < 15 || n > 45 {
			t.Errorf("%d tries in an hour", n)
		}
		if len(spool.events) != 8 {
			t.Errorf("%d events are left", len(spool.events))
		}
	})
}

func TestAnIncidentThatHasToWaitWaitsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spool := &memory{}
		spool.add("x", 0)
		spool.add("a", 0)
		spool.add("x", 1)
		backend := &script{takes: time.Millisecond, answers: map[string][]error{"x": {&shipper.Later{After: time.Minute, Alone: true, Err: errors.New("not found yet")}}}}
		ship(t, backend, spool, 2*time.Minute)
		slices.Sort(backend.got[:2])
		if diff := cmp.Diff([]string{"a/1/0", "x/1/0", "x/1/0", "x/1/1"}, backend.got); diff != "" {
			t.Errorf("deliveries (-want +got):\n%s", diff)
		}
	})
}

// TestAWeekWithoutTheEndpoint loses nothing, and goes on when it is back.
func TestAWeekWithoutTheEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spool := &memory{}
		for n := range 50 {
			spool.add("a", 10+n)
		}
		back := time.Now().Add(7 * 24 * time.Hour)
		backend := &outage{back: back, script: script{}}
		ship(t, backend, spool, 7*24*time.Hour+6*time.Minute)
		if len(backend.got) != 50 || len(spool.events) > 0 {
			t.Errorf("%d delivered, %d left", len(backend.got), len(spool.events))
		}
	})
}

// outage is an endpoint that is down until a time.
type outage struct {
	back  time.Time
	with  func() error // nil is a refused connection
	tries int
	script
}

func (o *outage) Deliver(ctx context.Context, id string, event []byte) error {
	if !time.Now().Before(o.back) {
		return o.script.Deliver(ctx, id, event)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.tries++; o.with != nil {
		return o.with()
	}
	return errors.New("connection refused")
}
