package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/shipper"
)

// TestAWeekOfOutageFitsTheSpool has an endpoint down for a week of daily restarts, with
// ten times more to tell than the spool may hold. Then all incidents are told, in
// order: no opening, resolution or reopening is missing, and every number came or is
// counted in an event that stands for it.
func TestAWeekOfOutageFitsTheSpool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, t.TempDir())
		const limit = 300 << 10
		s.LimitSpool(limit)
		told := &told{t: t, last: map[string]shipper.Incident{}, kinds: map[string]int{}, up: time.Now().Add(7 * 24 * time.Hour)}
		emitted := 0
		for hour := range 7 * 24 {
			kind, generation, sequence := toldAt(hour)
			var events [][]byte
			for _, incident := range strings.Split("abcdefghijklmnopqrst", "") {
				events = append(events, eventOf(t, incident, kind, generation, sequence))
			}
			enqueue(t, s, events...)
			emitted += len(events)
			if size, _, err := s.Spool(); err != nil || size > limit {
				t.Fatalf("hour %d: %d bytes in the spool, %v", hour, size, err)
			}
			if hour%24 == 23 {
				deliver(t, s, told, 24*time.Hour)
			}
		}
		merged := int(s.Coalesced())
		deliver(t, s, told, 10*time.Minute)
		left, err := s.Spooled("d")
		if err != nil || left > 0 {
			t.Errorf("%d events are left, %v", left, err)
		}
		want := map[string]int{"opened": 20, "resolved": 60, "reopened": 60}
		for kind, n := range want {
			if told.kinds[kind] != n {
				t.Errorf("%d of %d %s", told.kinds[kind], n, kind)
			}
		}
		for id, i := range told.last {
			if i.Generation != 4 || i.Sequence != 24 {
				t.Errorf("%s ended at %d/%d", id, i.Generation, i.Sequence)
			}
		}
		if n := len(told.last); n != 20 || merged == 0 || told.events+merged != emitted {
			t.Errorf("%d incidents; %d events told and %d merged, of %d", n, told.events, merged, emitted)
		}
	})
}

// toldAt is what an incident tells in an hour: it ends every other day, and returns as
// the next generation.
func toldAt(hour int) (kind string, generation, sequence int) {
	const life = 48
	generation, sequence = hour/life+1, hour%life+1
	switch {
	case hour == 0:
		kind = "opened"
	case sequence == 1:
		kind = "reopened"
	case sequence == life:
		kind = "resolved"
	default:
		kind = "updated"
	}
	return kind, generation, sequence
}

// deliver runs a shipper over the store for a while.
func deliver(t *testing.T, s *store.Store, to shipper.Backend, during time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), during)
	defer cancel()
	if err := shipper.New("d", to, s, slog.New(slog.DiscardHandler)).Run(ctx); err != nil {
		t.Fatal(err)
	}
}

// told is an endpoint that is down until a time, and then looks for gaps.
type told struct {
	t      *testing.T
	up     time.Time
	mu     sync.Mutex
	last   map[string]shipper.Incident
	kinds  map[string]int
	events int
}

func (o *told) Deliver(_ context.Context, id string, event []byte) error {
	if time.Now().Before(o.up) {
		return errors.New("connection refused")
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	var e shipper.Event
	if err := json.Unmarshal(event, &e); err != nil {
		o.t.Error(err)
	}
	last := o.last[e.Data.Fingerprint]
	if e.Data.Generation == last.Generation+1 {
		last.Sequence = 0
	}
	if e.Data.Sequence != last.Sequence+1+e.Data.Coalesced {
		o.t.Errorf("%s stands for %d more, after %d", id, e.Data.Coalesced, last.Sequence)
	}
	o.last[e.Data.Fingerprint] = e.Data
	o.kinds[e.Type[strings.LastIndexByte(e.Type, '.')+1:]]++
	o.events++
	return nil
}
