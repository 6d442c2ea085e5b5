package agent

import (
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/thirdline/thirdline/agent/facts"
	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/agent/snapshot"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/shipper"
)

const (
	gatherWithin = 500 * time.Millisecond // an event waits for what lies around its match
	maxGathering = 256                    // events that wait their turn
	gatherEnd    = 2 * time.Second        // the agent's end waits for a disk that hangs
)

// gatherer finds out what lies around a match beside the records of its own file:
// facts of the host, what changed on it, records of other logs, numbers of lines. It
// does so in a goroutine of its own: a slow disk, a bus that hangs or a large log
// delays the event that asks, and nobody's detection.
type gatherer struct {
	jobs   chan *gathering
	begun  atomic.Int64 // when the present job began, in Unix nanoseconds; 0 is none
	recent atomic.Pointer[shipper.Facts]
	wake   func()

	redactor *redact.Redactor
	changes  *changes
	zone     *time.Location

	// used by the goroutine alone
	facts  facts.Collector
	pace   pace
	lines  snapshot.Lines
	clocks map[string]*record.Clock // by source
	of     *sources                 // whose clocks these are
}

// gathering is what one event wants to know. The gatherer writes to it until done is
// closed, the pipeline reads it after that.
type gathering struct {
	sources *sources
	lines   []lineNumber
	packed  *packed      // nil is none
	about   *facts.About // nil is no facts
	changed time.Time    // before when something may have changed; zero is nothing
	related []rules.Related
	search  search
	held    []*tail.Log // followed logs that related may choose from

	deadline time.Time
	done     chan struct{}
	found    surroundings
}

// surroundings are what was found.
type surroundings struct {
	facts   *shipper.Facts
	changed []shipper.Change
	left    int // changes that are not told
	related []shipper.Related
	notes   []string
}

// lineNumber asks which line of a log begins at an offset. The answer is 0 where it is
// not known.
type lineNumber struct {
	log    *tail.Log
	offset int64
	answer int64
	tell   func(s *shipper.Snapshot, line int64)
}

func newGatherer(o Options, c *changes, wake func()) *gatherer {
	return &gatherer{jobs: make(chan *gathering, maxGathering), wake: wake, redactor: o.Redact, changes: c, zone: time.Local}
}

// isEvidence tells that more is asked for than numbers of lines.
func (j *gathering) isEvidence() bool {
	return j.about != nil || !j.changed.IsZero() || len(j.related) > 0 || j.packed != nil
}

func (j *gathering) isDone() bool {
	select {
	case <-j.done:
		return true
	default:
		return false
	}
}

// ask hands a job over. It never waits: where too many wait already, the job is done
// with what is at hand.
func (g *gatherer) ask(j *gathering, now time.Time) {
	j.done, j.deadline = make(chan struct{}), now.Add(gatherWithin)
	if begun := g.begun.Load(); begun > 0 && now.Sub(time.Unix(0, begun)) > gatherWithin {
		j.deadline = now // it hangs: nobody waits for it again
	}
	select {
	case g.jobs <- j:
		return
	default:
	}
	if f := g.recent.Load(); j.about != nil && f != nil {
		shared := *f
		j.found.facts = &shared
	}
	if j.isEvidence() {
		j.found.notes = append(j.found.notes, "what changed and other logs: left out, for many incidents came at once")
	}
	j.close()
	close(j.done)
}

// run does the jobs until the pipeline is gone.
func (g *gatherer) run(gone <-chan struct{}) error {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-gone:
				return
			case j := <-g.jobs:
				g.begun.Store(time.Now().UnixNano())
				g.do(j)
				g.begun.Store(0)
				close(j.done)
				g.wake()
			}
		}
	}()
	<-gone
	select {
	case <-ended:
	case <-time.After(gatherEnd): // what hangs in the kernel cannot be ended
	}
	return nil
}

// gather serves until the pipeline is gone.
func (a *Agent) gather(g *errgroup.Group) {
	g.Go(func() error { return a.pipeline.gatherer.run(a.pipeline.gone) })
}

// do answers what a job asks for.
func (g *gatherer) do(j *gathering) {
	defer j.close()
	now := time.Now()
	for i := range j.lines {
		n := &j.lines[i]
		n.answer = g.lines.At(n.log, n.log.Identity.String(), n.offset)
	}
	j.packed.read(&g.lines)
	if j.about != nil {
		j.found.facts = g.facts.Take(*j.about, now)
		host := g.facts.Host()
		g.recent.Store(&host)
	}
	g.changes.look(now, lookEvery)
	if !j.changed.IsZero() {
		j.found.changed, j.found.left = g.changes.before(j.changed, now)
	}
	if len(j.related) > 0 {
		j.found.related = g.related(j)
	}
}

// close gives back the descriptors of a job.
func (j *gathering) close() {
	for _, l := range j.held {
		_ = l.Close() // it was only read
	}
	for i := range j.lines {
		_ = j.lines[i].log.Close()
	}
	j.packed.close()
	j.held = nil
}

// clock returns the gatherer's own clock of a source: the pipeline's learns, too.
func (g *gatherer) clock(s *sources, source string) *record.Clock {
	if g.of != s {
		g.of, g.clocks = s, map[string]*record.Clock{}
	}
	if g.clocks[source] == nil {
		g.clocks[source] = &record.Clock{Zone: g.zone}
		if c := s.clocks[source]; c != nil {
			g.clocks[source] = &record.Clock{Zone: c.Zone, Layouts: slices.Clone(c.Layouts)}
		}
	}
	return g.clocks[source]
}

// await waits, not longer than its deadline, until a job is done.
func (j *gathering) await() {
	select {
	case <-j.done:
	case <-time.After(time.Until(j.deadline)):
	}
}

// lookForChanges has the watched files looked at when it is time.
func (p *pipeline) lookForChanges(now time.Time) {
	if now.Sub(p.askedForChanges) >= lookEvery {
		p.askedForChanges = now
		p.gatherer.ask(&gathering{sources: &p.sources}, now)
	}
}
