// Package httpdriver is the backend for ticketing systems that speak HTTP: it
// runs the operations of a profile for each event.
//
// What it begins and what came of it is journaled around every request. An
// operation whose outcome is not known is looked for before anything is sent
// again: a ticket by its fingerprint, a comment by its marker. So a lost answer or
// a crash doubles nothing at a backend that can be asked; at one that cannot
// (class none) a message may come twice.
//
// Redirects are not followed, answers are read up to a limit and a deadline, and
// no secret and no address appears in an error.
package httpdriver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/profile"
)

const (
	keepClosed = 30 * 24 * time.Hour // what is remembered of a resolved incident
	shrinks    = 4                   // times that the log is halved when it is too large
	firstLog   = 64 << 10            // runes that are left by the first of them
)

// Options of a driver. Profile is required.
type Options struct {
	Profile *profile.Profile
	// Settings are those that the profile names.
	Settings map[string]string
	// Journal remembers over a restart. Without one, the driver remembers while it
	// runs.
	Journal shipper.Journal
	// Client sends; nil is one with the system's authorities and a timeout of 15 s
	// an attempt.
	Client *http.Client
	// Rate is requests a second. Default: the profile's.
	Rate float64
	// Settle replaces the profile's, where it is set.
	Settle time.Duration
	// Agent is the User-Agent.
	Agent string
	Log   *slog.Logger
}

// Driver is safe for concurrent use.
type Driver struct {
	p       *profile.Profile
	v       map[string]string
	hidden  []string // settings that are never shown
	journal shipper.Journal
	settle  time.Duration
	http    *sender
	log     *slog.Logger
	now     func() time.Time
	seed    maphash.Seed
	busy    [64]sync.Mutex // by incident
	unseen  sync.Map       // event id -> when what was sent of it was first looked for in vain
	tell    func(context.Context, shipper.Fix) error
	looks   looks
}

var (
	_ shipper.Backend = (*Driver)(nil)
	_ shipper.Runner  = (*Driver)(nil)
	_ shipper.Learner = (*Driver)(nil)
)

// New checks the settings and returns the backend. Nothing is sent.
func New(o Options) (*Driver, error) {
	d := &Driver{p: o.Profile, v: map[string]string{}, journal: o.Journal, log: o.Log, now: time.Now, seed: maphash.MakeSeed(), looks: newLooks()}
	for _, s := range o.Profile.Settings {
		value := o.Settings[s.Name]
		if value == "" {
			value = s.Default
		}
		if value == "" && s.Required {
			return nil, fmt.Errorf("set up %s: setting %q is missing", o.Profile.Name, s.Name)
		}
		if s.Secret && value != "" {
			d.hidden = append(d.hidden, value)
		}
		d.v[s.Name] = value
	}
	if d.settle = o.Profile.Settle; o.Settle > 0 {
		d.settle = o.Settle
	}
	if d.journal == nil {
		d.journal = &memory{of: map[string][]byte{}}
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	perSecond := o.Rate
	if perSecond == 0 {
		perSecond = o.Profile.Rate
	}
	limit := rate.NewLimiter(rate.Inf, 1)
	if perSecond > 0 {
		limit = rate.NewLimiter(rate.Limit(perSecond), max(int(perSecond), 1))
	}
	d.http = newSender(o.Client, limit, o.Agent)
	return d, nil
}

// lock keeps an incident to one operation at a time.
func (d *Driver) lock(fingerprint string) *sync.Mutex {
	m := &d.busy[maphash.String(d.seed, fingerprint)%uint64(len(d.busy))]
	m.Lock()
	return m
}

// Deliver implements [shipper.Backend].
func (d *Driver) Deliver(ctx context.Context, id string, event []byte) error {
	var e shipper.Event
	if err := json.Unmarshal(event, &e); err != nil {
		return &shipper.Refused{Reason: fmt.Sprintf("read event: %v", err)}
	}
	defer d.lock(e.Data.Fingerprint).Unlock()
	rec, err := d.load(e.Data.Fingerprint)
	if err != nil {
		return err
	}
	if rec.has(e.Data.Generation, e.Data.Sequence) {
		return nil // told before a crash, and now again
	}
	w := &work{Driver: d, rec: rec, e: &e, id: id}
	if d.p.Resend > 0 {
		rec.Last = event
	}
	w.lookBack(ctx)
	err = w.deliver(ctx)
	var refused *shipper.Refused
	if err == nil || errors.As(err, &refused) {
		d.unseen.Delete(id)
	}
	return d.hide(err)
}

// Run implements [shipper.Runner]: it forgets incidents that ended long ago, looks
// for what mended the others, and repeats the state of open ones where the backend
// would forget them.
func (d *Driver) Run(ctx context.Context) error {
	d.tidy()
	var g errgroup.Group
	if d.learns() {
		g.Go(func() error { d.keepLooking(ctx); return nil })
	}
	if d.p.Resend > 0 {
		g.Go(func() error { d.keepSending(ctx); return nil })
	}
	return g.Wait()
}

// tidy forgets incidents that ended long ago, and notes when to look at the others.
func (d *Driver) tidy() {
	all, err := d.journal.All()
	if err != nil {
		d.log.Error("cannot read the journal", "err", err)
	}
	for fp, value := range all {
		var rec record
		if json.Unmarshal(value, &rec) == nil && (rec.Open || d.now().Sub(rec.Changed) < keepClosed) {
			d.looks.plan(fp, rec.Look)
			continue
		}
		if err := d.journal.Delete(fp); err != nil {
			d.log.Error("cannot clean the journal", "err", err)
		}
	}
}

func (d *Driver) keepSending(ctx context.Context) {
	every := time.NewTicker(d.p.Resend)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			d.resend(ctx)
		}
	}
}

// resend repeats the state of every open incident.
func (d *Driver) resend(ctx context.Context) {
	all, err := d.journal.All()
	if err != nil {
		d.log.Error("cannot read the journal", "err", err)
		return
	}
	for fp := range all {
		if err := d.again(ctx, fp); err != nil {
			d.log.Warn("cannot repeat an open incident; it is tried again", "err", d.hide(err), "retry_in", d.p.Resend)
			return
		}
	}
}

func (d *Driver) again(ctx context.Context, fp string) error {
	defer d.lock(fp).Unlock()
	rec, err := d.load(fp)
	if err != nil || !rec.Open || rec.Last == nil {
		return err
	}
	var e shipper.Event
	if err := json.Unmarshal(rec.Last, &e); err != nil {
		return fmt.Errorf("read event: %w", err)
	}
	w := &work{Driver: d, rec: rec, e: &e, id: e.ID}
	_, err = w.steps(ctx, d.p.Ops["create"], 0, w.data("create"))
	return err
}

// errGone tells that a remembered ticket is not there any more.
var errGone = errors.New("the ticket is not there any more")

// errClosed tells that a ticket takes no change any more.
var errClosed = errors.New("the ticket is closed for good")

// hide takes secrets out of an error's text, and keeps its kind.
func (d *Driver) hide(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, s := range d.hidden {
		text = strings.ReplaceAll(text, s, "(hidden)")
	}
	var refused *shipper.Refused
	var denied *shipper.Denied
	var later *shipper.Later
	switch {
	case errors.As(err, &refused):
		return &shipper.Refused{Reason: text}
	case errors.As(err, &denied):
		return &shipper.Denied{Err: errors.New(text)}
	case errors.As(err, &later):
		return &shipper.Later{After: later.After, Alone: later.Alone, Err: errors.New(text)}
	case text != err.Error():
		return errors.New(text)
	}
	return fmt.Errorf("deliver to %s: %w", d.p.Name, err)
}
