package httpdriver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/profile"
)

const (
	maxFix     = 1000            // runes of what mended a problem
	lookWithin = 5 * time.Second // that a look may take
	lookPause  = 5 * time.Second // between two looks, which delivery goes before
	longest    = 4 * 24 * time.Hour
)

// lookAfter is how long after the end of an incident its ticket is looked at for the
// n-th time. People close a ticket before we do, soon after, or days later.
func lookAfter(n int) (after time.Duration, ok bool) {
	times := [...]time.Duration{0, 10 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 3 * 24 * time.Hour, 7 * 24 * time.Hour}
	if n >= len(times) {
		return 0, false
	}
	return times[n], true
}

// OnFix implements [shipper.Learner].
func (d *Driver) OnFix(tell func(context.Context, shipper.Fix) error) { d.tell = tell }

// learns tells whether what people write into tickets is of use.
func (d *Driver) learns() bool { return d.tell != nil && d.p.Ops["fix"] != nil }

// keepLooking looks at one ticket after the other.
func (d *Driver) keepLooking(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		fp, wait := d.looks.next(d.now())
		if fp != "" {
			d.look(ctx, fp)
			wait = lookPause
		}
		timer.Reset(wait)
		more := d.looks.more
		if fp != "" {
			more = nil
		}
		select {
		case <-ctx.Done():
		case <-more:
		case <-timer.C:
		}
	}
}

// look looks at the ticket of an incident that is over. The incident is not locked
// meanwhile: its next event does not wait.
func (d *Driver) look(ctx context.Context, fp string) {
	rec, err := d.peek(fp)
	if err != nil || rec.Open || rec.Look.IsZero() {
		return
	}
	w := d.over(fp, rec)
	err = w.learn(ctx)
	if err != nil && ctx.Err() != nil {
		return // it is looked again at the next start
	}
	defer d.lock(fp).Unlock()
	now, loadErr := d.load(fp)
	if loadErr != nil || now.Generation != rec.Generation || now.Sequence != rec.Sequence || now.Look.IsZero() {
		return // it goes on
	}
	now.Looks, now.Look, now.Fix = rec.Looks+1, time.Time{}, rec.Fix
	was, _ := lookAfter(rec.Looks)
	if after, more := lookAfter(now.Looks); more && err != nil && !errors.Is(err, errGone) {
		now.Look = d.now().UTC().Add(after - was)
	}
	if err := d.save(fp, now); err != nil {
		d.log.Error("cannot note that a ticket was looked at", "err", err)
		return
	}
	d.looks.plan(fp, now.Look)
}

func (d *Driver) peek(fp string) (*record, error) {
	defer d.lock(fp).Unlock()
	return d.load(fp)
}

// over is work on an incident of which nothing is left to tell.
func (d *Driver) over(fp string, rec *record) *work {
	e := shipper.NewEvent(shipper.Resolved, d.now(), shipper.Incident{Fingerprint: fp, Generation: rec.Generation})
	return &work{Driver: d, rec: rec, e: &e, id: e.ID}
}

// lookBack looks a last time at the ticket of a generation, before the one that the
// event begins takes from it what people wrote. What comes of it delays the event by
// a moment at most, and stops nothing.
func (w *work) lookBack(ctx context.Context) {
	if w.rec.Look.IsZero() || w.rec.Open || w.e.Data.Generation == w.rec.Generation || !w.learns() {
		return
	}
	_ = w.over(w.e.Data.Fingerprint, w.rec).learn(ctx) // it was said
	w.rec.Look = time.Time{}
	if err := w.save(w.e.Data.Fingerprint, w.rec); err != nil {
		w.log.Error("cannot note that a ticket was looked at", "err", err)
	}
}

// errNothing tells that nobody wrote yet what mended a problem.
var errNothing = errors.New("nothing new is written in the ticket")

// learn reads what people wrote, and tells it. A nil error means that there is no
// more to look for.
func (w *work) learn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	text, err := w.fix(ctx)
	if err == nil {
		err = w.tell(ctx, shipper.Fix{Fingerprint: w.e.Data.Fingerprint, Generation: w.rec.Generation, Text: text})
	}
	if err != nil {
		w.log.Debug("no fix was found in the ticket", "incident", w.e.Data.Fingerprint, "err", w.hide(err))
		return err
	}
	w.rec.Fix = digest(text)
	return nil
}

// fix reads what people wrote. What was there at the last end says nothing of this one.
func (w *work) fix(ctx context.Context) (string, error) {
	data := w.data("fix")
	if _, err := w.steps(ctx, w.p.Ops["fix"], 0, data); err != nil {
		return "", err
	}
	text := profile.Cut(maxFix, strings.Join(strings.Fields(profile.Visible(data.R["fix"])), " "))
	if text == "" || w.ours(text) || digest(text) == w.rec.Fix {
		return "", errNothing
	}
	return text, nil
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// ours tells that we wrote a text: it carries a marker.
func (w *work) ours(text string) bool { return strings.Contains(text, w.e.Data.Fingerprint) }

// last returns the last text that a person wrote, or else the last.
func (w *work) last(texts []string) string {
	for _, text := range slices.Backward(texts) {
		if strings.TrimSpace(text) != "" && !w.ours(text) {
			return text
		}
	}
	return texts[len(texts)-1]
}

// looks is when tickets are looked at, by the incident's fingerprint. It is safe for
// concurrent use.
type looks struct {
	mu   sync.Mutex
	at   map[string]time.Time
	more chan struct{} // there is one that was not planned before
}

func newLooks() looks {
	return looks{at: map[string]time.Time{}, more: make(chan struct{}, 1)}
}

// plan replaces when a ticket is looked at; a zero time means never.
func (l *looks) plan(fp string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at.IsZero() {
		delete(l.at, fp)
		return
	}
	l.at[fp] = at
	select {
	case l.more <- struct{}{}:
	default:
	}
}

// next takes the first that is due out of the plan, or else tells how long none is. A
// time that the clock was set away from is due.
func (l *looks) next(now time.Time) (fp string, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait = longest
	for candidate, at := range l.at {
		left := at.Sub(now)
		if left <= 0 || left > longest {
			delete(l.at, candidate)
			return candidate, 0
		}
		wait = min(wait, left)
	}
	return "", wait
}
