package agent

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/condition"
)

// lag is how long after a moment what was written at that moment may be read: a
// condition's timers run so much later than the host's clock.
const lag = 2 * time.Second

// detector folds what records satisfy into the rules' conditions over time. What
// it remembers is stored in the transaction that stores how far was read.
type detector struct {
	host  string
	rules []tracked // as in the set
	gone  []string  // stored states that no rule has any more
	begun bool      // what is expected is waited for
	// settled is the time that was passed last; zero while a backlog is read.
	settled time.Time
	folded  int // records since one was measured
}

// tracked is one rule with what its condition remembers.
type tracked struct {
	rule *rules.Rule
	// table is nil where every match is a detection.
	table *condition.Table
	// prefix is that of its states in the store: the rule's id and its meaning.
	prefix string
	// asks tells that the condition looks at a record's fields.
	asks bool
	key  []string // of the last record
	took time.Duration
}

// newDetector returns a detector that goes on with the stored states of the rules
// that mean what they meant. host is the value of a key's host.
func newDetector(set *rules.Set, host string, stored map[string]condition.Saved) (*detector, error) {
	d := &detector{host: host}
	saved := map[string][]condition.Saved{}
	for name, s := range stored {
		prefix := prefixOf(name)
		saved[prefix] = append(saved[prefix], s)
	}
	for _, r := range set.Rules {
		w := tracked{rule: r, asks: r.Asks(), key: make([]string, len(r.Key)), prefix: r.ID.Value + "\x00" + r.Meaning() + "\x00"}
		if c, name := r.Condition(); name != "" || r.Cooldown > 0 {
			var err error
			if w.table, err = condition.NewTable(c, r.Cooldown, saved[w.prefix]); err != nil {
				return nil, fmt.Errorf("restore rule %s: %w", r.ID.Value, err)
			}
			delete(saved, w.prefix)
		}
		d.rules = append(d.rules, w)
	}
	for name := range stored {
		if _, left := saved[prefixOf(name)]; left {
			d.gone = append(d.gone, name)
		}
	}
	return d, nil
}

// prefixOf returns which rule and meaning the name of a stored state is about.
func prefixOf(name string) string {
	id, rest, _ := strings.Cut(name, "\x00")
	meaning, _, _ := strings.Cut(rest, "\x00")
	return id + "\x00" + meaning + "\x00"
}

// begin lets the waits for what is expected begin, once. now is that of the start,
// or of a restart when what was written meanwhile has been read.
func (d *detector) begin(now time.Time) {
	if d.begun {
		return
	}
	d.begun = true
	for _, w := range d.rules {
		if w.table == nil {
			continue
		}
		w.table.Started(now)
		for _, key := range w.rule.Expected() {
			w.table.Expect(key, now)
		}
	}
}

// isPlain tells that every match of the rule is a detection.
func (d *detector) isPlain(m rules.Match) bool { return d.rules[m.Rule].table == nil }

// observe folds in a record that satisfies a clause of a rule, and returns what
// the rule detects, or tells that it is over. fields is asked only where they matter.
func (d *detector) observe(m rules.Match, fields func() map[string]string, at incident.Place, now time.Time) []detected {
	w := &d.rules[m.Rule]
	if w.table == nil {
		return []detected{{Detection: incident.Detection{Rule: w.rule, Fields: fields(), Place: at, Count: 1}}}
	}
	in := condition.Input{Part: m.Part, Time: now, Settled: d.settled}
	if !at.Time.IsZero() {
		in.Time = at.Time
	}
	if m.Part >= condition.Step {
		in.ID = number(at)
	}
	if w.asks || len(w.rule.Key) > 0 {
		in.Fields = fields()
	}
	var out []detected
	for _, key := range w.keys(m.Part, in.Fields, d.host) {
		if m.Part == condition.Cancel {
			w.table.Cancel(key, in.Time)
			continue
		}
		for _, r := range w.table.Observe(key, in) {
			out = append(out, w.detected(r, fields(), at))
		}
	}
	return out
}

// keyOf returns the key that a record speaks of, as far as it says.
func (d *detector) keyOf(m rules.Match, fields map[string]string) []string {
	w := &d.rules[m.Rule]
	w.keys(m.Part, fields, d.host)
	return slices.Clone(w.key)
}

// number tells records apart.
func number(at incident.Place) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%v %s %d", at.File, at.Path, at.Start)
	return max(h.Sum64(), 1)
}

// detected is a detection, or the end of what was detected.
type detected struct {
	incident.Detection
	ended bool
}

func (w *tracked) detected(r condition.Result, fields map[string]string, at incident.Place) detected {
	all := map[string]string{"count": strconv.FormatInt(r.Count, 10)}
	maps.Copy(all, fields)
	maps.Copy(all, r.Fields)
	for n, k := range w.rule.Key {
		all[k.Value] = r.Key[n]
	}
	if r.Held > 0 {
		all["held"] = strconv.FormatInt(r.Held, 10)
	}
	if n := w.table.Evicted(); n > 0 {
		all["keys_forgotten"] = strconv.FormatInt(n, 10)
	}
	at.Time = r.Time
	return detected{incident.Detection{Rule: w.rule, Fields: all, Place: at, Count: r.Count, Held: r.Held}, r.Ended}
}

// keys returns the keys that a record speaks of. Where it ends or forbids something
// and does not give every field of the key, those are all that agree with it.
func (w *tracked) keys(part condition.Part, fields map[string]string, host string) [][]string {
	whole := true
	for n, k := range w.rule.Key {
		value, given := fields[k.Value]
		if !given && k.Value == "host" {
			value, given = host, true
		}
		w.key[n], whole = value, whole && given
	}
	if whole || part != condition.Cancel && part != condition.Close && part != condition.Not {
		return [][]string{w.key}
	}
	return slices.DeleteFunc(w.table.Keys(), func(key []string) bool {
		for n, k := range w.rule.Key {
			if given, ok := fields[k.Value]; ok && condition.Short(given) != key[n] {
				return true
			}
		}
		return false
	})
}

// tick returns what the time has brought. No record of an earlier time is expected.
func (d *detector) tick(now time.Time) []detected {
	d.settled = now
	var out []detected
	for _, w := range d.rules {
		if w.table == nil {
			continue
		}
		for _, r := range w.table.Tick(now) {
			out = append(out, w.detected(r, nil, incident.Place{}))
		}
	}
	return out
}

// kept returns how many keys a rule's condition remembers, and how many it has
// forgotten for lack of room.
func (d *detector) kept(rule int) (keys int, forgotten int64) {
	if t := d.rules[rule].table; t != nil {
		return t.Len(), t.Evicted()
	}
	return 0, 0
}

// due is when the next tick has something to do; the zero time is never.
func (d *detector) due() time.Time {
	var first time.Time
	for _, w := range d.rules {
		if w.table == nil {
			continue
		}
		if at := w.table.Due(); !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// changed reports whether anything differs from what is stored.
func (d *detector) changed() bool {
	for _, w := range d.rules {
		if w.table != nil && w.table.IsChanged() {
			return true
		}
	}
	return len(d.gone) > 0
}

// fill stores what has changed.
func (d *detector) fill(b store.Batch) error {
	for _, name := range d.gone {
		if err := b.Delete(store.Conditions, name); err != nil {
			return err
		}
	}
	for _, w := range d.rules {
		if w.table == nil {
			continue
		}
		for name, saved := range w.table.Changed() {
			err := error(nil)
			if saved == nil {
				err = b.Delete(store.Conditions, w.prefix+name)
			} else {
				err = b.Put(store.Conditions, w.prefix+name, saved)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// saved tells that what fill stored is durable.
func (d *detector) saved() {
	d.gone = nil
	for _, w := range d.rules {
		if w.table != nil {
			w.table.Saved()
		}
	}
}

// passed folds in that time has passed: what was written lag ago has been read.
func (p *pipeline) passed(now time.Time) {
	p.detect.begin(now)
	for _, found := range p.detect.tick(now.Add(-lag)) {
		p.detected(found, nil, now)
	}
}

// detected folds a detection, or its end, into its incident. record led to it; it
// is nil where none did.
func (p *pipeline) detected(d detected, record []byte, now time.Time) {
	if d.ended {
		for _, step := range p.incidents.End(d.Detection, now) {
			p.tell(step, causeOf(step, d.Place, record), now)
		}
		return
	}
	if step, ok := p.incidents.Detect(d.Detection, now); ok {
		p.tell(step, record, now)
	}
}
