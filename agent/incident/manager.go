package incident

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/thirdline/thirdline/rules"
)

// evidenceWait is how long the records after a match are waited for.
const evidenceWait = 3 * time.Second

// Manager holds the incidents of a host. It is not safe for concurrent use.
type Manager struct {
	host    string
	rules   map[string]*rules.Rule
	all     map[string]*Incident
	open    map[string]map[string]*Incident // rule -> fingerprint
	changed map[string]*Incident
	waiting int       // incidents whose evidence is still to come
	due     time.Time // no Tick does anything before; zero means never
	quiet   time.Time // no Expire does anything before; zero means never
}

// NewManager returns a manager over the stored incidents. A stored incident whose
// rule is no longer in the set rests as it is.
func NewManager(host string, set *rules.Set, stored map[string]Incident) *Manager {
	m := &Manager{
		host: host, rules: map[string]*rules.Rule{}, all: map[string]*Incident{},
		open: map[string]map[string]*Incident{}, changed: map[string]*Incident{},
	}
	for _, r := range withOwn(set.Rules) {
		m.rules[r.ID.Value] = r
	}
	for fp, i := range stored {
		m.all[fp] = &i
		if i.Status == Open {
			m.index(&i)
			m.wakeFor(&i)
			if i.After != nil {
				m.waiting++
			}
		}
	}
	return m
}

func (m *Manager) index(i *Incident) {
	if m.open[i.Rule] == nil {
		m.open[i.Rule] = map[string]*Incident{}
	}
	m.open[i.Rule][i.Fingerprint] = i
}

// seen is when a record was written, or else when it was read.
func seen(at Place, now time.Time) time.Time {
	if at.Time.IsZero() {
		return now
	}
	return at.Time
}

// Detect folds a detection into its incident, and returns the step if it opens or
// reopens one.
func (m *Manager) Detect(d Detection, now time.Time) (Step, bool) {
	r, fields, at := d.Rule, d.Fields, d.Place
	when, count := seen(at, now), max(d.Count, 1)
	values, key := m.key(r, fields)
	fp := Fingerprint(m.host, r.ID.Value, values)
	i := m.all[fp]
	if i != nil && i.Status == Open {
		i.Count += count
		if when.After(i.LastSeen) {
			i.LastSeen = when
		}
		m.touch(i)
		return Step{}, false
	}
	kind := StepOpened
	if i == nil {
		i = &Incident{Fingerprint: fp, Rule: r.ID.Value, Key: key}
		m.all[fp] = i
	} else if when.Sub(i.Ended) <= r.ReopenWithin() {
		kind = StepReopened
	}
	*i = Incident{
		Fingerprint: fp, Rule: i.Rule, Key: key, Fields: fields, Title: r.RenderTitle(m.withHost(fields)),
		Status: Open, Generation: i.Generation + 1, Count: count, Opened: when, LastSeen: when,
	}
	if at.Path != "" && r.After() > 0 {
		i.After = &After{Place: at, Records: r.After(), Deadline: now.Add(evidenceWait)}
		m.waiting++
	}
	m.index(i)
	step := m.step(i, kind, "", now)
	if at.Path != "" {
		step.Match = &at
	}
	return step, true
}

func (m *Manager) withHost(fields map[string]string) map[string]string {
	out := map[string]string{"host": m.host}
	maps.Copy(out, fields)
	return out
}

// key returns the values of the rule's key, in order and by name. A field that
// the record did not give counts as empty.
func (m *Manager) key(r *rules.Rule, fields map[string]string) ([]string, map[string]string) {
	if len(r.Key) == 0 {
		return nil, nil
	}
	all := m.withHost(fields)
	values, named := make([]string, len(r.Key)), map[string]string{}
	for n, k := range r.Key {
		values[n] = all[k.Value]
		named[k.Value] = values[n]
	}
	return values, named
}

// Recover resolves the rule's open incidents that a recovery record speaks of:
// those whose key agrees with every key field that the record gives.
func (m *Manager) Recover(r *rules.Rule, fields map[string]string, at Place, now time.Time) []Step {
	var steps []Step
	for _, fp := range slices.Sorted(maps.Keys(m.open[r.ID.Value])) {
		i := m.open[r.ID.Value][fp]
		agrees := true
		for name, value := range i.Key {
			if given, ok := fields[name]; ok && given != value {
				agrees = false
			}
		}
		if agrees {
			step := m.resolve(i, "recovered", seen(at, now), now)
			step.Match = &at
			steps = append(steps, step)
		}
	}
	return steps
}

func (m *Manager) resolve(i *Incident, reason string, ended, now time.Time) Step {
	i.Status, i.Ended = Resolved, ended
	delete(m.open[i.Rule], i.Fingerprint)
	after := m.takeAfter(i)
	step := m.step(i, StepResolved, reason, now)
	step.After = after
	return step
}

// step numbers an event of i.
func (m *Manager) step(i *Incident, kind Kind, reason string, now time.Time) Step {
	i.Sequence++
	i.Reported, i.LastEvent = i.Count, now
	m.touch(i)
	return Step{Kind: kind, Reason: reason, Incident: *i}
}

// touch notes that i is to be stored, and when it is due.
func (m *Manager) touch(i *Incident) {
	m.changed[i.Fingerprint] = i
	if i.Status == Open {
		m.wakeFor(i)
	}
}

func (m *Manager) wakeFor(i *Incident) {
	r := m.rules[i.Rule]
	if r == nil {
		return
	}
	wake := func(t time.Time) {
		if m.due.IsZero() || t.Before(m.due) {
			m.due = t
		}
	}
	if i.After != nil {
		wake(i.After.Deadline)
	}
	if i.Count > i.Reported {
		wake(i.LastEvent.Add(r.UpdateAfter(i.Updates)))
	}
	if quiet := r.Incident.Resolve.After; quiet > 0 {
		end := i.LastSeen.Add(quiet)
		wake(end)
		if m.quiet.IsZero() || end.Before(m.quiet) {
			m.quiet = end
		}
	}
}

// Expire resolves the incidents that had been quiet for long enough when a record
// of this time was written. It comes before that record is folded in, so that a
// backlog ends what a live run would have ended.
func (m *Manager) Expire(written, now time.Time) []Step {
	if m.quiet.IsZero() || written.Before(m.quiet) {
		return nil
	}
	m.quiet = time.Time{}
	var over []*Incident
	for id, open := range m.open {
		r := m.rules[id]
		if r == nil || r.Incident.Resolve.After == 0 {
			continue
		}
		for _, i := range open {
			if end := i.LastSeen.Add(r.Incident.Resolve.After); !written.Before(end) {
				over = append(over, i)
			} else if m.quiet.IsZero() || end.Before(m.quiet) {
				m.quiet = end
			}
		}
	}
	slices.SortFunc(over, func(a, b *Incident) int {
		return cmp.Or(a.LastSeen.Compare(b.LastSeen), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	steps := make([]Step, len(over))
	for n, i := range over {
		steps[n] = m.resolve(i, "quiet", i.LastSeen.Add(m.rules[i.Rule].Incident.Resolve.After), now)
	}
	return steps
}

// Due returns when the next Tick has something to do; ok is false for never.
func (m *Manager) Due() (at time.Time, ok bool) { return m.due, !m.due.IsZero() }

// Tick returns the steps that the time has brought: evidence that was waited
// for, updates, and the ends of incidents that have been quiet.
func (m *Manager) Tick(now time.Time) []Step {
	if m.due.IsZero() || now.Before(m.due) {
		return nil
	}
	m.due = time.Time{}
	var steps []Step
	for _, id := range slices.Sorted(maps.Keys(m.open)) {
		r := m.rules[id]
		if r == nil {
			continue
		}
		for _, fp := range slices.Sorted(maps.Keys(m.open[id])) {
			i := m.open[id][fp]
			if step, ok := m.tickOne(i, r, now); ok {
				steps = append(steps, step)
			}
			if i.Status == Open {
				m.wakeFor(i)
			}
		}
	}
	return steps
}

func (m *Manager) tickOne(i *Incident, r *rules.Rule, now time.Time) (Step, bool) {
	if quiet := r.Incident.Resolve.After; quiet > 0 && !now.Before(i.LastSeen.Add(quiet)) {
		return m.resolve(i, "quiet", i.LastSeen.Add(quiet), now), true
	}
	if i.After != nil && !now.Before(i.After.Deadline) {
		return m.evidence(i, now), true
	}
	if i.Count > i.Reported && !now.Before(i.LastEvent.Add(r.UpdateAfter(i.Updates))) {
		i.Updates++
		return m.step(i, StepUpdated, "progress", now), true
	}
	return Step{}, false
}

// Waiting returns the wishes for records after a match that are still open, by
// fingerprint.
func (m *Manager) Waiting() map[string]After {
	out := map[string]After{}
	for _, open := range m.open {
		for fp, i := range open {
			if i.After != nil {
				out[fp] = *i.After
			}
		}
	}
	return out
}

// Evidence tells that the records after the match are there, and returns the
// step that carries them.
func (m *Manager) Evidence(fingerprint string, now time.Time) Step {
	return m.evidence(m.all[fingerprint], now)
}

func (m *Manager) evidence(i *Incident, now time.Time) Step {
	after := m.takeAfter(i)
	step := m.step(i, StepUpdated, "evidence", now)
	step.After = after
	return step
}

func (m *Manager) takeAfter(i *Incident) *After {
	after := i.After
	if after != nil {
		m.waiting--
	}
	i.After = nil
	return after
}

// IsWaiting reports whether Waiting would return anything.
func (m *Manager) IsWaiting() bool { return m.waiting > 0 }

// Changed returns the incidents that differ from what was stored.
func (m *Manager) Changed() map[string]*Incident { return m.changed }

// Saved tells that what Changed returned is durable.
func (m *Manager) Saved() { m.changed = map[string]*Incident{} }

// Rule returns the rule with this id, or nil.
func (m *Manager) Rule(id string) *rules.Rule { return m.rules[id] }
