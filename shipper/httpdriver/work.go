package httpdriver

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/profile"
)

const findAgain = 2 * time.Second // before what the far end may not show yet is looked for again

// work is the delivery of one event.
type work struct {
	*Driver
	rec    *record
	e      *shipper.Event
	id     string
	maxLog int // runes of the log, where it was too large
}

// plan is what an event asks of the backend.
func (w *work) plan() (ops []string) {
	has := func(op string) bool { return w.p.Ops[op] != nil }
	log := logOf(w.e.Data.Snapshot, 0) != ""
	switch w.e.Type {
	case shipper.Opened:
		ops = []string{"create"}
	case shipper.Reopened:
		ops = []string{"reopen"}
		if !has("reopen") {
			ops = []string{"create"}
		}
	case shipper.Resolved:
		if s := w.e.Data.Snapshot; log && has("attach") && len(s.Before)+len(s.After) > 0 {
			return []string{"attach", "resolve"} // what ended it alone stands in the text
		}
		return []string{"resolve"}
	default:
		if log && has("attach") {
			return []string{"attach"}
		}
		if has("update") {
			return []string{"update"}
		}
		return nil
	}
	if log && has("attach") {
		ops = append(ops, "attach")
	}
	return ops
}

// deliver does what is left to do for the event.
func (w *work) deliver(ctx context.Context) error {
	for _, op := range w.plan() {
		if slices.Contains(w.rec.Done, op) {
			continue
		}
		if err := w.shrinking(ctx, op); err != nil {
			return err
		}
		w.rec.Done, w.rec.Intent = append(w.rec.Done, op), nil
		if err := w.save(w.e.Data.Fingerprint, w.rec); err != nil {
			return err
		}
	}
	w.rec.Done, w.rec.Intent = nil, nil
	w.rec.Generation, w.rec.Sequence, w.rec.Open = w.e.Data.Generation, w.e.Data.Sequence, w.e.Type != shipper.Resolved
	if w.rec.Look, w.rec.Looks = (time.Time{}), 0; !w.rec.Open && w.rec.Ticket != nil && w.learns() {
		w.rec.Look = w.now().UTC()
	}
	if err := w.save(w.e.Data.Fingerprint, w.rec); err != nil {
		return err
	}
	w.looks.plan(w.e.Data.Fingerprint, w.rec.Look)
	return nil
}

// shrinking does an operation with less and less of the log while it is too large.
func (w *work) shrinking(ctx context.Context, op string) error {
	has := utf8.RuneCountInString(logOf(w.e.Data.Snapshot, w.p.Limits.Log))
	for n := 0; ; n++ {
		err := w.op(ctx, op)
		var large *tooLarge
		if !errors.As(err, &large) {
			return err
		}
		for n < shrinks && firstLog>>(2*n) >= has { // nothing would be cut
			n++
		}
		if n == shrinks && w.maxLog > 0 {
			return &shipper.Refused{Reason: large.Error() + " (with the log cut short, too)"}
		}
		if n == shrinks {
			return &shipper.Refused{Reason: large.Error() + " (and hardly a log to cut)"}
		}
		w.maxLog = firstLog >> (2 * n)
		w.log.Warn("the request is too large; the log in it is cut", "event", w.id, "characters", w.maxLog)
	}
}

// op does an operation. A ticket that is gone or closed for good is forgotten, so that
// the next try finds another or makes one: the follow-up of a closed one. To resolve a
// closed one, nothing is left to do.
func (w *work) op(ctx context.Context, op string) error {
	err := w.attempt(ctx, op)
	switch {
	case errors.Is(err, errClosed) && w.e.Type == shipper.Resolved:
		w.log.Info("the ticket that is to be resolved is closed already", "event", w.id)
		return nil
	case errors.Is(err, errClosed):
		w.rec.Previous = w.rec.Ticket
	case op == "create" || !errors.Is(err, errGone):
		return err
	}
	w.log.Warn("the ticket takes no change any more; another is looked for, or made", "event", w.id, "err", err)
	w.rec.Ticket, w.rec.Intent = nil, nil
	return &shipper.Later{Alone: true, Err: errors.Join(err, w.save(w.e.Data.Fingerprint, w.rec))}
}

func (w *work) attempt(ctx context.Context, op string) error {
	if op == "create" {
		return w.create(ctx)
	}
	if w.needsTicket() && w.rec.Ticket == nil {
		created, err := w.ensure(ctx)
		if err != nil || created && op != "resolve" && op != "attach" {
			return err
		}
	}
	return w.change(ctx, op)
}

func (w *work) needsTicket() bool {
	return w.p.Class != profile.Keyed && w.p.Class != profile.None
}

// ensure finds the ticket or makes it.
func (w *work) ensure(ctx context.Context) (created bool, err error) {
	if w.begun("create") {
		return true, w.create(ctx)
	}
	found, err := w.find(ctx)
	if err != nil || found {
		return false, err
	}
	return true, w.make(ctx)
}

// begun reports whether an operation of this event may have had its effect.
func (w *work) begun(op string) bool {
	i := w.rec.Intent
	return i != nil && i.Event == w.id && i.Op == op
}

// begin journals that an operation is about to be sent.
func (w *work) begin(op string) error {
	w.unseen.Delete(w.id)
	w.rec.Intent = &intent{Event: w.id, Op: op}
	return w.save(w.e.Data.Fingerprint, w.rec)
}

// undo journals that nothing was sent.
func (w *work) undo(err error) error {
	w.rec.Intent = nil
	return errors.Join(err, w.save(w.e.Data.Fingerprint, w.rec))
}

// create makes the ticket, unless it is there.
func (w *work) create(ctx context.Context) error {
	if !w.needsTicket() {
		_, err := w.steps(ctx, w.p.Ops["create"], 0, w.data("create"))
		return err
	}
	again := w.begun("create")
	if !again && w.rec.Ticket != nil { // of the generation before
		w.rec.Previous, w.rec.Ticket = w.rec.Ticket, nil
	}
	found, err := w.find(ctx)
	if err != nil {
		return err
	}
	if found {
		return w.adopt(ctx, again)
	}
	if again && w.settling() {
		return w.wait()
	}
	return w.make(ctx)
}

// make makes the ticket, which was looked for and is not there.
func (w *work) make(ctx context.Context) error {
	if err := w.begin("create"); err != nil {
		return err
	}
	data := w.data("create")
	touched, err := w.steps(ctx, w.p.Ops["create"], 0, data)
	switch {
	case err == nil:
		w.rec.Ticket = data.R
	case !touched:
		return w.undo(err)
	}
	return err
}

// settling reports whether the far end may still be at what was sent last. It counts
// from the first look for it and not from the sending, whose time would have to be
// read from the journal: the wall clock may have jumped since.
func (w *work) settling() bool {
	now := w.now()
	first, _ := w.unseen.LoadOrStore(w.id, now)
	return now.Sub(first.(time.Time)) < w.settle
}

func (w *work) wait() error {
	return &shipper.Later{After: findAgain, Alone: true, Err: errors.New("an answer was lost, and what was sent does not show yet")}
}

// adopt goes on with a ticket that was found. One that nothing is known of is from
// a time before the state was lost, and may be closed.
func (w *work) adopt(ctx context.Context, own bool) error {
	if own || w.p.Ops["reopen"] == nil {
		return nil
	}
	w.log.Info("a ticket with this fingerprint is there already; it is taken up again", "event", w.id)
	return w.change(ctx, "reopen")
}

// find looks for the ticket.
func (w *work) find(ctx context.Context) (bool, error) {
	data := w.data("find")
	data.R = map[string]string{}
	_, err := w.steps(ctx, w.p.Ops["find"], 0, data)
	var unfit *unfit
	switch {
	case errors.As(err, &unfit), errors.Is(err, errGone):
		return false, nil
	case err != nil:
		return false, err
	case w.rec.Previous != nil && maps.Equal(data.R, w.rec.Previous):
		return false, nil
	}
	w.rec.Ticket = data.R
	return true, nil
}

// change does an operation on a ticket.
func (w *work) change(ctx context.Context, op string) error {
	steps, from := w.p.Ops[op], 0
	if steps == nil {
		return nil
	}
	once := slices.IndexFunc(steps, func(s profile.Step) bool { return !s.Idempotent && !s.Guarded })
	guarded := once >= 0 && w.p.Ops["seen"] != nil
	if guarded && w.begun(op) {
		seen, err := w.seen(ctx, op)
		if err != nil {
			return err
		}
		if seen {
			from = once + 1
		} else if w.settling() {
			return w.wait()
		}
	}
	if guarded {
		if err := w.begin(op); err != nil {
			return err
		}
	}
	touched, err := w.steps(ctx, steps, from, w.data(op))
	if err == nil || touched || from > 0 || !guarded {
		return err
	}
	return w.undo(err)
}

// seen looks for the comment of an operation.
func (w *work) seen(ctx context.Context, op string) (bool, error) {
	_, err := w.steps(ctx, w.p.Ops["seen"], 0, w.data(op))
	var unfit *unfit
	if errors.As(err, &unfit) {
		return false, nil
	}
	return err == nil, err
}
