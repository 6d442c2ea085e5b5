package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/thirdline/thirdline/agent/changed"
	"github.com/thirdline/thirdline/agent/control"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/agent/snapshot"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/shipper"
)

const (
	lookEvery   = time.Minute    // at the watched files
	lookAgain   = time.Second    // when an incident opens
	changedIn   = 24 * time.Hour // where the configuration does not say
	keptChanges = 500            // changes of files and marks in the store
	maxMark     = 200            // bytes of a mark
	sameBoot    = time.Minute    // by so much the kernel's idea of its start may wander
)

// Changed says what is told of changes before an incident.
type Changed struct {
	// Within is how far back. Default 24 h.
	Within time.Duration
	// Files are globs of files whose content is watched.
	Files []string
}

// changes is what changed on the host, as far as the host does not write it down. The
// gatherer looks at files and asks what was before; all may keep what they know of, and
// the pipeline stores it.
type changes struct {
	within    time.Duration
	collector changed.Collector        // the gatherer's alone, as is the next line
	states    map[string]changed.State // nil before the first look
	looked    time.Time

	mu     sync.Mutex
	kept   []shipper.Change          // sorted; it is replaced when something is added
	added  []shipper.Change          // not durable yet
	differ map[string]*changed.State // not durable yet; nil is gone
	stored func()                    // takes what fill wrote off these two
}

func newChanges(s *store.Store, o Changed) (*changes, error) {
	c := &changes{collector: changed.Collector{Files: o.Files}, within: cmp.Or(o.Within, changedIn), differ: map[string]*changed.State{}}
	kept, err := store.Load[shipper.Change](s, store.Changes)
	if err != nil {
		return c, err
	}
	for _, change := range kept {
		c.kept = append(c.kept, change)
	}
	c.keepBoot()
	states, err := store.Load[changed.State](s, store.Files)
	if len(states) > 0 {
		c.states = states
	}
	return c, err
}

// keepBoot keeps the host's present start, which the next one makes the host forget.
func (c *changes) keepBoot() {
	boot, known := c.collector.Boot()
	if known && !slices.ContainsFunc(c.kept, func(k shipper.Change) bool {
		return k.Kind == changed.Reboot && k.Time.Sub(boot.Time).Abs() < sameBoot
	}) {
		c.keep(boot)
	}
}

// look compares the watched files with what is known, unless it did so just now.
func (c *changes) look(now time.Time, every time.Duration) {
	if len(c.collector.Files) == 0 || now.Sub(c.looked) < every {
		return
	}
	c.looked = now
	found, differ := c.collector.Look(c.states, now)
	if c.states == nil {
		c.states = map[string]changed.State{}
	}
	for path, s := range differ {
		if s == nil {
			delete(c.states, path)
		} else {
			c.states[path] = *s
		}
	}
	c.mu.Lock()
	maps.Copy(c.differ, differ)
	c.mu.Unlock()
	c.keep(found...)
}

// before returns what changed before a time, and how many changes are not told.
func (c *changes) before(at, now time.Time) (told []shipper.Change, left int) {
	c.look(now, lookAgain)
	c.mu.Lock()
	kept := c.kept
	c.mu.Unlock()
	told, left = c.collector.Before(at, c.within, kept, now)
	return slices.Clone(told), left
}

func (c *changes) keep(changes ...shipper.Change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.added = append(c.added, changes...)
	kept := slices.Concat(c.kept, changes)
	slices.SortStableFunc(kept, func(a, b shipper.Change) int { return a.Time.Compare(b.Time) })
	c.kept = kept[max(len(kept)-keptChanges, 0):]
}

// fill writes what is not durable, and forgets the oldest.
func (c *changes) fill(b store.Batch) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	written := maps.Clone(c.differ)
	for path, s := range written {
		var err error
		if s == nil {
			err = b.Delete(store.Files, path)
		} else {
			err = b.Put(store.Files, path, s)
		}
		if err != nil {
			return err
		}
	}
	n := len(c.added)
	for _, change := range c.added {
		if err := b.Put(store.Changes, changeKey(change), change); err != nil {
			return err
		}
	}
	c.stored = func() {
		c.added = c.added[n:]
		maps.DeleteFunc(c.differ, func(path string, s *changed.State) bool { was, ok := written[path]; return ok && was == s })
	}
	if n == 0 {
		return nil
	}
	return b.Trim(store.Changes, keptChanges)
}

// saved tells that what fill wrote is durable.
func (c *changes) saved() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stored != nil {
		c.stored()
		c.stored = nil
	}
}

// changeKey orders changes by time.
func changeKey(c shipper.Change) string {
	return fmt.Sprintf("%s %s %s", c.Time.UTC().Format("2006-01-02T15:04:05.000000000Z"), c.Kind, c.What)
}

// NewMark makes a mark of what a person says, such as "deploy 1.4.2".
func NewMark(text string, at time.Time, r *redact.Redactor) (shipper.Change, error) {
	text = strings.Join(strings.Fields(snapshot.Valid([]byte(text))), " ")
	switch {
	case text == "":
		return shipper.Change{}, errors.New("set mark: it says nothing")
	case len(text) > maxMark:
		return shipper.Change{}, fmt.Errorf("set mark: it has %d bytes and may have %d", len(text), maxMark)
	case at.After(time.Now().Add(time.Minute)):
		return shipper.Change{}, fmt.Errorf("set mark: %s is in the future", at.Format(time.RFC3339))
	}
	return shipper.Change{Time: at.UTC(), Kind: changed.Mark, What: r.Text(text, redact.Manifest{})}, nil
}

// StoreMark stores a mark where no agent runs.
func StoreMark(s *store.Store, mark shipper.Change) error {
	return s.Commit(func(b store.Batch) error { return b.Put(store.Changes, changeKey(mark), mark) })
}

// Mark is what POST /mark asks for.
type Mark struct {
	Text string    `json:"text"`
	At   time.Time `json:"at,omitzero"`
}

// mark answers POST /mark.
func (a *Agent) mark(ctx context.Context, _ *http.Request, in Mark) (any, error) {
	var mark shipper.Change
	err := a.Do(ctx, func(p *pipeline, now time.Time) (err error) {
		if in.At.IsZero() {
			in.At = now
		}
		if mark, err = NewMark(in.Text, in.At, p.redactor); err != nil {
			return control.Failf(http.StatusBadRequest, "%v", err)
		}
		p.evidence.changes.keep(mark)
		return nil
	})
	return mark, err
}
