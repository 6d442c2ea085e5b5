package condition

import (
	"container/heap"
	"container/list"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// The bounds of a table.
const (
	MaxKeys   = 10000
	MaxWeight = 16 << 20 // bytes
)

// Table holds the states of a rule's keys. When there are more than the bounds
// allow, the keys that were not seen for longest are forgotten and counted. It is
// not safe for concurrent use.
type Table struct {
	cond     Condition
	cooldown time.Duration

	entries map[string]*entry
	used    *list.List // of *entry, the last used in front
	due     timers
	weight  int
	changed map[string]struct{}
	newest  time.Time // of all records
	evicted int64
}

// entry is one key. While it has a due time a timer of at most that time is in the
// heap; when an earlier one comes, the entry is given a new one.
type entry struct {
	Saved
	state  State
	weight int
	place  *list.Element
	timer  time.Time // of its latest timer; older ones in the heap are void
}

// Saved is the stored form of one key.
type Saved struct {
	Key []string `json:",omitempty"`
	// Used is the event time of the last record.
	Used time.Time
	// Until is the end of the cooldown; Held are the firings that it held back.
	Until time.Time       `json:",omitzero"`
	Held  int64           `json:",omitempty"`
	State json.RawMessage `json:",omitempty"`
}

// Result is a verdict on a key.
type Result struct {
	Verdict
	Key []string
	// Held is the number of firings that the cooldown held back since the last.
	Held int64
}

// NewTable returns a table over the saved keys.
func NewTable(c Condition, cooldown time.Duration, saved []Saved) (*Table, error) {
	t := &Table{cond: c, cooldown: cooldown, entries: map[string]*entry{}, used: list.New(), changed: map[string]struct{}{}}
	slices.SortFunc(saved, func(a, b Saved) int { return a.Used.Compare(b.Used) })
	for _, s := range saved {
		e := &entry{state: c.New(s.Used)}
		if err := json.Unmarshal(s.State, e.state); err != nil && len(s.State) > 0 {
			return nil, fmt.Errorf("restore the state of %q: %w", s.Key, err)
		}
		e.Saved = Saved{Key: s.Key, Used: s.Used, Until: s.Until, Held: s.Held}
		t.insert(joined(s.Key), e)
		t.settle(e)
	}
	clear(t.changed)
	return t, nil
}

// joined makes one map key of the values of a key.
func joined(key []string) string {
	if len(key) == 1 {
		return key[0]
	}
	return strings.Join(key, "\x00")
}

func (t *Table) insert(name string, e *entry) {
	t.entries[name] = e
	e.place = t.used.PushFront(e)
}

// Expect makes sure that there is a state for key: it is waited for even if no
// record ever comes.
func (t *Table) Expect(key []string, at time.Time) {
	if e := t.entry(key); e == nil {
		t.settle(t.add(key, at))
	}
}

// Started tells the states that the agent starts anew.
func (t *Table) Started(now time.Time) {
	for _, e := range t.entries {
		if s, ok := e.state.(interface{ Started(time.Time) }); ok {
			s.Started(now)
			t.settle(e)
		}
	}
}

// entry returns the entry of key, or nil.
func (t *Table) entry(key []string) *entry {
	for _, k := range key {
		if len(k) > maxValue {
			return t.entries[joined(shortAll(key))]
		}
	}
	return t.entries[joined(key)]
}

func (t *Table) add(key []string, at time.Time) *entry {
	key = shortAll(key)
	e := &entry{Saved: Saved{Key: key, Used: at}, state: t.cond.New(at)}
	t.insert(joined(key), e)
	return e
}

func shortAll(key []string) []string {
	key = slices.Clone(key)
	for i := range key {
		key[i] = Short(key[i])
	}
	return key
}

// Observe folds a record into the state of its key.
func (t *Table) Observe(key []string, in Input) []Result {
	e := t.entry(key)
	if e == nil {
		e = t.add(key, in.Time)
	}
	if in.Time.After(e.Used) {
		e.Used = in.Time
	}
	if in.Time.After(t.newest) {
		t.newest = in.Time
	}
	t.used.MoveToFront(e.place)
	return t.conclude(e, e.state.Observe(in), nil)
}

// Cancel starts key anew.
func (t *Table) Cancel(key []string, at time.Time) {
	if e := t.entry(key); e != nil {
		e.state = t.cond.New(at)
		t.settle(e)
	}
}

// Keys returns the keys that are remembered, in their order.
func (t *Table) Keys() [][]string {
	keys := make([][]string, 0, len(t.entries))
	for _, e := range t.entries {
		keys = append(keys, e.Key)
	}
	slices.SortFunc(keys, slices.Compare)
	return keys
}

// Due returns when the next Tick has something to do; the zero time is never.
func (t *Table) Due() time.Time {
	for len(t.due) > 0 {
		if next := t.due[0]; !next.void() {
			return next.at
		}
		heap.Pop(&t.due)
	}
	return time.Time{}
}

// Tick runs every timer that is due.
func (t *Table) Tick(now time.Time) []Result {
	var results []Result
	for len(t.due) > 0 && !t.due[0].at.After(now) {
		next := heap.Pop(&t.due).(timer)
		e := next.entry
		if next.void() {
			continue
		}
		e.timer = time.Time{}
		if e.Held == 0 && !e.Until.After(now) {
			e.Until = time.Time{}
		}
		if at := e.state.Due(); at.IsZero() || at.After(now) {
			t.settle(e)
			continue
		}
		results = t.conclude(e, e.state.Tick(now), results)
	}
	return results
}

// conclude turns verdicts on e into results and puts the table right.
func (t *Table) conclude(e *entry, verdicts []Verdict, results []Result) []Result {
	for _, v := range verdicts {
		if !v.Ended && t.cooldown > 0 {
			if v.Time.Before(e.Until) {
				e.Held++
				continue
			}
			e.Until = v.Time.Add(t.cooldown)
		}
		r := Result{Verdict: v, Key: e.Key}
		if !v.Ended {
			r.Held, e.Held = e.Held, 0
		}
		results = append(results, r)
	}
	t.settle(e)
	return results
}

// settle brings weight, timer and bounds up to date after a change of e.
func (t *Table) settle(e *entry) {
	name := joined(e.Key)
	if s, ok := e.state.(interface{ Touched() bool }); !ok || s.Touched() || !e.Until.IsZero() {
		t.changed[name] = struct{}{}
	}
	w := e.state.Weight()
	t.weight += w - e.weight
	e.weight = w
	if w == 0 && e.Until.IsZero() {
		t.forget(name, e)
		return
	}
	at := e.state.Due()
	if at.IsZero() && e.Held == 0 {
		at = e.Until
	}
	if !at.IsZero() && (e.timer.IsZero() || at.Before(e.timer)) {
		e.timer = at
		heap.Push(&t.due, timer{at, e})
	}
	for (len(t.entries) > MaxKeys || t.weight > MaxWeight) && len(t.entries) > 1 {
		last := t.used.Back().Value.(*entry)
		if t.loses(last) {
			t.evicted++
		}
		t.forget(joined(last.Key), last)
	}
}

// loses reports whether forgetting e loses anything that still counts.
func (t *Table) loses(e *entry) bool {
	if e.Held > 0 || e.Until.After(t.newest) {
		return true
	}
	s, ok := e.state.(interface{ Stale(now time.Time) bool })
	return e.weight > 0 && (!ok || !s.Stale(t.newest))
}

func (t *Table) forget(name string, e *entry) {
	t.weight -= e.weight
	e.weight = 0
	delete(t.entries, name)
	t.used.Remove(e.place)
	e.place = nil
	t.changed[name] = struct{}{}
}

// Len returns the number of keys.
func (t *Table) Len() int { return len(t.entries) }

// Evicted returns how many keys were forgotten for lack of room.
func (t *Table) Evicted() int64 { return t.evicted }

// Changed gives the keys that differ from what was stored, each under a name of
// its own; a nil value is a key that is forgotten.
func (t *Table) Changed() iter.Seq2[string, *Saved] {
	return func(yield func(string, *Saved) bool) {
		for name := range t.changed {
			var saved *Saved
			if e := t.entries[name]; e != nil {
				s := e.Saved
				// the states are plain data of our own: they always encode
				s.State, _ = json.Marshal(e.state)
				saved = &s
			}
			if !yield(name, saved) {
				return
			}
		}
	}
}

// IsChanged reports whether Changed would give anything.
func (t *Table) IsChanged() bool { return len(t.changed) > 0 }

// Saved tells that what Changed gave is stored.
func (t *Table) Saved() { clear(t.changed) }

type timer struct {
	at    time.Time
	entry *entry
}

// void tells that the entry was forgotten, or given an earlier timer, meanwhile.
func (t timer) void() bool { return t.entry.place == nil || !t.entry.timer.Equal(t.at) }

// timers is a heap by time, and by key where the time is the same.
type timers []timer

func (t timers) Len() int { return len(t) }
func (t timers) Less(i, j int) bool {
	if c := t[i].at.Compare(t[j].at); c != 0 {
		return c < 0
	}
	return slices.Compare(t[i].entry.Key, t[j].entry.Key) < 0
}
func (t timers) Swap(i, j int) { t[i], t[j] = t[j], t[i] }
func (t *timers) Push(x any)   { *t = append(*t, x.(timer)) }
func (t *timers) Pop() any {
	old := *t
	last := old[len(old)-1]
	*t = old[:len(old)-1]
	return last
}
