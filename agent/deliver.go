package agent

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/thirdline/thirdline/shipper"
)

// Destination is an endpoint as a reload found it.
type Destination struct {
	// Digest differs from that before when the backend is to be another.
	Digest string
	// Make makes the backend. It connects to nothing.
	Make func() (shipper.Backend, error)
}

// delivery is a destination with the shipper that empties its part of the spool.
type delivery struct {
	name, digest string
	shipper      *shipper.Shipper
	end          context.CancelFunc // nil before it runs
	ended        chan struct{}
}

func (a *Agent) newDelivery(name, digest string, b shipper.Backend) *delivery {
	a.learn(name, b)
	d := &delivery{name: name, digest: digest, shipper: shipper.New(name, b, a.options.Store, a.options.Log), ended: make(chan struct{})}
	d.shipper.Watch(func() {
		a.pipeline.unsummarized.Store(true)
		a.pipeline.follower.Wake()
	})
	return d
}

// learn has a backend tell of fixes that are found where it delivers to.
func (a *Agent) learn(destination string, b shipper.Backend) {
	if l, ok := b.(shipper.Learner); ok {
		l.OnFix(a.learnFrom(destination))
	}
}

// deliver lets the deliveries run, and those that come by a reload: behind the end of
// one that had its name, which may be under way with an event still.
func (a *Agent) deliver(ctx context.Context, g *errgroup.Group) {
	a.begin = func(d *delivery) {
		before := a.leaving[d.name]
		delete(a.leaving, d.name)
		ctx, end := context.WithCancel(ctx)
		d.end = end
		g.Go(func() error {
			defer close(d.ended)
			defer end()
			if before != nil {
				<-before.ended
			}
			return d.shipper.Run(ctx)
		})
	}
	for _, d := range a.deliveries() {
		a.begin(d)
	}
}

// deliveries returns those of all destinations, in the pipeline's order. It may be
// called from any goroutine.
func (a *Agent) deliveries() []*delivery { return *a.delivering.Load() }

// made are the backends of a reload, by the destinations for which they are new.
type made map[string]shipper.Backend

// make makes the backends that destinations need which are new or not what they were.
func (a *Agent) make(destinations map[string]Destination) (made, error) {
	was := map[string]string{}
	for _, d := range a.deliveries() {
		was[d.name] = d.digest
	}
	out := made{}
	for _, name := range slices.Sorted(maps.Keys(destinations)) {
		d := destinations[name]
		if digest, there := was[name]; there && digest == d.Digest {
			continue
		}
		b, err := d.Make()
		if err != nil {
			return nil, fmt.Errorf("set up destination %s: %w", name, err)
		}
		out[name] = b
	}
	return out, nil
}

// redirect puts destinations in the place of the present ones. What waits for one that
// is gone stays in the spool, for the day it is there again. It is the pipeline's.
func (a *Agent) redirect(destinations map[string]Destination, backends made) (c Changes) {
	was := map[string]*delivery{}
	for _, d := range a.deliveries() {
		was[d.name] = d
	}
	var now []*delivery
	for _, name := range slices.Sorted(maps.Keys(destinations)) {
		d, b := was[name], backends[name]
		delete(was, name)
		switch {
		case d == nil:
			d = a.newDelivery(name, destinations[name].Digest, b)
			a.begin(d)
			c.Added++
		case b != nil:
			c.Changed++
			next := *d
			next.digest = destinations[name].Digest
			a.learn(name, b)
			next.shipper.Replace(b)
			d = &next
		}
		now = append(now, d)
	}
	for name, d := range was {
		d.end()
		a.leaving[name] = d
		c.Removed++
	}
	a.delivering.Store(&now)
	a.pipeline.destinations = slices.Sorted(maps.Keys(destinations))
	return c
}

// wake tells every shipper that there is something in the spool.
func (a *Agent) wake() {
	for _, d := range a.deliveries() {
		d.shipper.Wake()
	}
}

// health returns that of every destination, in the pipeline's order.
func (a *Agent) health() []shipper.Health {
	deliveries := a.deliveries()
	all := make([]shipper.Health, len(deliveries))
	for n, d := range deliveries {
		all[n] = d.shipper.Health()
	}
	return all
}
