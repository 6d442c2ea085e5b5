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

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/shipper"
)

// memory is a spool that forgets with the process.
type memory struct {
	mu     sync.Mutex
	events [][]byte
	buried []string
}

func (m *memory) Oldest(string) ([]byte, uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.events) == 0 {
		return nil, 0, nil
	}
	return m.events[0], 1, nil
}

func (m *memory) Remove(string, uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = m.events[1:]
	return nil
}

func (m *memory) Bury(_ string, _ uint64, reason string, _ time.Time) error {
	m.buried = append(m.buried, reason)
	return m.Remove("", 0)
}

// script is a backend that answers as told, and accepts at the end.
type script struct {
	answers []error
	got     []string
}

func (s *script) Deliver(_ context.Context, id string, _ []byte) error {
	s.got = append(s.got, id)
	if len(s.answers) == 0 {
		return nil
	}
	err := s.answers[0]
	s.answers = s.answers[1:]
	return err
}

func TestDeliveryIsInOrderAndARefusalDoesNotBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spool := &memory{}
		for i := range 3 {
			spool.events = append(spool.events, fmt.Appendf(nil, `{"id":"e%d"}`, i))
		}
		down := errors.New("connection refused")
		backend := &script{answers: []error{down, down, nil, &shipper.Refused{Reason: "400"}, &shipper.Later{After: time.Hour * 9, Err: down}}}
		ctx, cancel := context.WithCancel(t.Context())
		s := shipper.New("d", backend, spool, slog.New(slog.DiscardHandler))
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		time.Sleep(10 * time.Minute) // a Retry-After is capped at five minutes
		synctest.Wait()
		if diff := cmp.Diff([]string{"e0", "e0", "e0", "e1", "e2", "e2"}, backend.got); diff != "" {
			t.Errorf("deliveries (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"400"}, spool.buried); diff != "" {
			t.Errorf("dead letters (-want +got):\n%s", diff)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
