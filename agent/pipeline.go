package agent

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/agent/silence"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/shipper"
)

const (
	commitEvery   = time.Second            // positions; events are committed at once
	evidenceEvery = 50 * time.Millisecond  // looks for the records after a match
	evidenceLooks = 200                    // incidents a look
	idle          = 10 * time.Second       // longest sleep unless another is asked for
	retryCommit   = 500 * time.Millisecond // while the store cannot be written
	sayEvery      = time.Minute            // that it still cannot
	skew          = 5 * time.Minute        // that a live record's time may be old
)

// pipeline is everything between the files and the store. One goroutine runs it.
type pipeline struct {
	Looker
	host         shipper.Host
	follower     *tail.Follower
	streams      streams
	detect       *detector
	stillness    *stillness
	ailments     *ailments
	health       func() []shipper.Health // of the destinations, in their order
	incidents    *incident.Manager
	store        *store.Store
	destinations []string
	routes       *shipper.Routes // nil leads everything to every destination
	wake         func()
	turned       func()
	idle         time.Duration // longest sleep
	tell         func(step incident.Step, record []byte, now time.Time)
	book         *silence.Book    // nil without silences
	redactor     *redact.Redactor // nil where nothing is stored or sent
	keepGone     bool             // incidents whose rule is gone stay open
	lostAfter    time.Duration
	log          *slog.Logger
	asks         chan *ask     // see Agent.Do
	gone         chan struct{} // closed when run has ended
	own          []byte        // in a line of our own log; nil where there is none
	saidOwn      bool
	turnedAt     atomic.Int64          // in nanoseconds
	spent        map[string]rules.Cost // by rule, of the sets before this one
	suppressed   map[string]int64      // events, by what kept them quiet

	found     []rules.Match
	drafts    []*draft            // events that may wait for what lies around their match
	pending   []letter            // events that are not durable yet
	moved     bool                // records were read since the last commit
	caughtUp  bool                // what was there at the start has been read
	ended     time.Time           // when everything had been read last; zero means not yet
	zone      *time.Location      // of times that do not name theirs
	skewed    map[string]int64    // records, by source
	saidSkew  map[string]bool     // by source
	lags      map[string]tail.Lag // by source
	measured  time.Time           // when the lags were
	gatherer  *gatherer
	evidence  evidence
	looked    time.Time
	committed time.Time
	rested    bool

	logs            map[string]logs // by source
	lookedForLost   time.Time
	askedForChanges time.Time

	summary      string // that was told last
	summarized   time.Time
	unsummarized atomic.Bool // something has changed since
}

func (p *pipeline) run(ctx context.Context) error {
	defer close(p.gone)
	p.turnedAt.Store(time.Now().UnixNano())
	// the sources' first start is durable before the first record is read: a crash
	// right now must not make the next start skip to the end again
	if err := p.commit(ctx, true); err != nil {
		return err
	}
	p.restartDiagnostics(time.Now())
	p.gatherAgain(time.Now())
	p.settleGone(time.Now())
	p.rulesTaken(time.Now()) // those that it starts with
	for {
		wait := p.patience(time.Now())
		chunk, ok, err := p.follower.Next(ctx, wait)
		if err != nil {
			return p.commit(ctx, true)
		}
		now := time.Now()
		if ok {
			p.match(chunk, now)
			p.moved = true
		} else {
			p.caughtUp, p.ended = true, now
			if wait == p.idle {
				p.rest()
			}
		}
		if p.caughtUp { // the backlog may end what a timer would end wrongly
			p.passed(now)
			p.listen(now)
			p.tend(p.health(), now)
			p.lookForEvidence(now)
			p.lookForLost(now)
			for _, step := range p.incidents.Tick(now) {
				p.tell(step, nil, now)
			}
			p.payDebts(now)
			p.lookForChanges(now)
			p.tellSilenced(now)
		}
		if err := p.commit(ctx, false); err != nil {
			return err
		}
		if err := p.answer(ctx, now); err != nil {
			return err
		}
		p.turnedAt.Store(now.UnixNano())
		p.turned()
	}
}

// patience is how long the next read may wait.
func (p *pipeline) patience(now time.Time) time.Duration {
	if !p.caughtUp {
		return 0
	}
	d := p.idle
	if p.moved {
		d = min(d, p.committed.Add(commitEvery).Sub(now))
	}
	if p.unsummarized.Load() {
		d = min(d, p.summarized.Add(summarizeEvery).Sub(now))
	}
	if due := p.detect.due(); !due.IsZero() {
		d = min(d, due.Add(lag).Sub(now))
	}
	if due := p.stillness.due; !due.IsZero() {
		d = min(d, due.Sub(now))
	}
	if due, ok := p.incidents.Due(); ok {
		d = min(d, due.Sub(now))
	}
	if due, ok := p.evidenceDue(); ok {
		d = min(d, due.Sub(now))
	}
	if p.incidents.IsWaiting() {
		d = min(d, evidenceEvery)
	}
	if by := p.gatheredBy(); now.Before(by) { // the gatherer wakes us when it is done
		d = min(d, by.Sub(now))
	}
	return max(d, 0)
}

func (p *pipeline) match(c tail.Chunk, now time.Time) {
	sight := p.look(c, p.found)
	p.found = sight.found
	p.fold(sight, now)
}

// fold makes incidents of what a chunk holds.
func (p *pipeline) fold(s Sight, now time.Time) {
	c, shape, text, marks := s.chunk, s.shape, s.text, s.marks
	last := map[int]int{} // where the last record of a clause ends
	dated, date := -1, time.Time{}
	for _, m := range s.found {
		start, end := shape.Around(text, m.Start, m.End)
		if shape != nil && shape.Joiner != nil {
			if m.Start < last[m.Clause] {
				continue // another line of a record that counts already
			}
			last[m.Clause] = end
		}
		record := text[start:end]
		if p.isOwn(record, c.File.Source) {
			continue
		}
		rule, at := p.set.Rules[m.Rule], place(c, marks, start, end)
		gives := given{set: p.set, redactor: p.redactor, match: m, line: text[m.Start:m.End], record: record}
		if start != dated { // once for all rules that the record matches
			dated, date = start, p.written(c.File.Source, now, record, raw(c, marks, start))
		}
		at.Time = date
		if !at.Time.IsZero() {
			for _, step := range p.incidents.Expire(at.Time, now) {
				p.tell(step, nil, now)
			}
		}
		if m.Recovers {
			for _, step := range p.incidents.Recover(rule, gives.fields(), at, now) {
				p.tell(step, causeOf(step, at, record), now)
			}
			continue
		}
		if p.detect.isPlain(m) && p.incidents.Again(rule, at, now) {
			continue
		}
		for _, found := range p.detect.measure(m, gives.fields, at, now) {
			p.detected(found, record, now)
		}
	}
}

// place tells where a record of a chunk's text lies in its file.
func place(c tail.Chunk, marks []record.Mark, start, end int) incident.Place {
	at := incident.Place{File: c.File.Identity(), Source: c.File.Source, Path: c.File.Path()}
	if marks != nil {
		at.Start, at.End = c.Offset+int64(record.Find(marks, start).Raw), c.Offset+int64(record.Find(marks, max(end-1, start)).End)
		return at
	}
	if n := bytes.IndexByte(c.Data[end:], '\n'); n >= 0 {
		end += n + 1
	}
	at.Start, at.End = c.Offset+int64(start), c.Offset+int64(end)
	return at
}

// commit makes positions, incidents and events durable together: at once when
// there are events, and else every second. While the store cannot be written
// nothing more is read. While an event is gathering what lies around its match, it is
// waited for, unless force is set: what is read meanwhile becomes durable with it.
func (p *pipeline) commit(ctx context.Context, force bool) error {
	now := time.Now()
	if !force && p.isGathering(now) {
		return nil
	}
	p.finish()
	if len(p.pending) == 0 && !force && (now.Sub(p.committed) < commitEvery) {
		return nil
	}
	p.committed = now
	moved, gone := p.follower.Changes()
	if len(moved)+len(gone)+len(p.pending)+len(p.incidents.Changed()) == 0 && !p.detect.changed() && !force {
		return nil
	}
	said := time.Time{}
	for {
		err := p.streams.sync(moved)
		if err == nil {
			err = p.store.Commit(func(b store.Batch) error { return p.fill(b, moved, gone) })
		}
		if err == nil {
			break
		}
		if time.Since(said) >= sayEvery {
			said = time.Now()
			p.log.Error("cannot write the store; reading stops until it can be written", "err", err, "remedy", "make room in the state directory's file system")
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("write store: %w; what was read since the last commit will be read again", err)
		case <-time.After(retryCommit):
		}
	}
	if n := p.store.Coalesced(); n > 0 {
		p.log.Warn("the spool is full; old updates were merged into the next event of their incident", "updates", n, "remedy", "make the destination take events again, or raise limits.spool")
	}
	if !said.IsZero() {
		p.log.Info("the store can be written again; nothing was lost")
	}
	p.follower.Saved()
	p.streams.committed(moved)
	p.incidents.Saved()
	p.detect.saved()
	p.evidence.saved()
	p.book.Saved()
	p.moved = false
	p.unsummarized.Store(true)
	if len(p.pending) > 0 {
		p.pending = nil
		p.wake()
	}
	return nil
}

func (p *pipeline) fill(b store.Batch, moved []tail.Position, gone []tail.Identity) error {
	for _, s := range p.follower.Sources() {
		if err := b.PutNew(store.Sources, s.Name, s.Since); err != nil {
			return err
		}
	}
	for _, pos := range moved {
		if err := b.Put(store.Positions, pos.Identity.String(), pos); err != nil {
			return err
		}
	}
	for _, id := range gone {
		if err := b.Delete(store.Positions, id.String()); err != nil {
			return err
		}
	}
	if err := fillBook(p.book, b); err != nil {
		return err
	}
	if err := p.detect.fill(b); err != nil {
		return err
	}
	if err := p.putWatched(b); err != nil {
		return err
	}
	if err := p.fillEvidence(b); err != nil {
		return err
	}
	return p.fillSteps(b)
}
