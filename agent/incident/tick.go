package incident

import (
	"time"

	"github.com/thirdline/thirdline/rules"
)

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
	end, _ := endOf(i, r)
	m.due.add(i.Fingerprint, end)
	m.quiet.add(i.Fingerprint, end)
	if i.MutedBy != "" {
		return
	}
	if i.After != nil {
		m.due.add(i.Fingerprint, i.After.Deadline)
	}
	if altered(i, r) {
		m.due.add(i.Fingerprint, i.LastEvent)
	}
	if i.hasSiblings() {
		m.due.add(i.Fingerprint, i.Opened.Add(r.Incident.GroupWait))
	}
	if i.Count > i.Reported {
		m.due.add(i.Fingerprint, i.LastEvent.Add(r.UpdateAfter(i.Updates)))
	}
}

// altered tells that the rule speaks of i otherwise than the last step did.
func altered(i *Incident, r *rules.Rule) bool {
	return i.Severity != r.Severity.Value || i.Tier != tier(i, r)
}

// endOf is when i is over unless something comes, and why; zero is never. Without
// its source nothing can come, so that nothing came says nothing.
func endOf(i *Incident, r *rules.Rule) (end time.Time, reason string) {
	if !i.Lost.IsZero() {
		return time.Time{}, ""
	}
	wait := calm(i, r)
	if after := r.Incident.Resolve.After; after > 0 {
		end, reason = later(i.LastSeen, i.Back).Add(max(after, wait)), reasonQuiet
	}
	if held := later(i.Held, i.Back).Add(wait); !i.Held.IsZero() && (end.IsZero() || held.Before(end)) {
		end, reason = held, reasonRecovered
	}
	return end, reason
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// expire resolves i if it is over at now.
func (m *Manager) expire(i *Incident, r *rules.Rule, at, now time.Time) []Step {
	end, reason := endOf(i, r)
	if end.IsZero() || at.Before(end) {
		return nil
	}
	if reason == reasonRecovered {
		end = i.Held
	}
	return m.resolve(i, reason, end, now)
}

// Expire resolves the incidents that had been quiet for long enough when a record
// of this time was written. It comes before that record is folded in, so that a
// backlog ends what a live run would have ended.
func (m *Manager) Expire(written, now time.Time) []Step {
	if at, ok := m.quiet.next(); !ok || written.Before(at) {
		return nil
	}
	var steps []Step
	for _, fp := range m.quiet.take(written) {
		i := m.all[fp]
		if r := m.ruleOfOpen(i); r != nil {
			steps = append(steps, m.expire(i, r, written, now)...)
		}
		if i != nil && i.Status == Open {
			m.wakeFor(i)
		}
	}
	return steps
}

// ruleOfOpen returns the rule of an open incident, or nil.
func (m *Manager) ruleOfOpen(i *Incident) *rules.Rule {
	if i == nil || i.Status != Open {
		return nil
	}
	return m.rules[i.Rule]
}

// Due returns when the next Tick may have something to do; ok is false for never.
func (m *Manager) Due() (at time.Time, ok bool) {
	at, ok = m.due.next()
	if fade, fades := m.fade.next(); fades && (!ok || fade.Before(at)) {
		return fade, true
	}
	return at, ok
}

// Tick returns the steps that the time has brought: evidence that was waited
// for, updates, and the ends of incidents that have been quiet.
func (m *Manager) Tick(now time.Time) []Step {
	m.forget(now)
	var steps []Step
	for _, fp := range m.due.take(now) {
		i := m.all[fp]
		if r := m.ruleOfOpen(i); r != nil {
			steps = append(steps, m.tickOne(i, r, now)...)
		}
		if i != nil && i.Status == Open {
			m.wakeFor(i)
		}
	}
	return steps
}

func (m *Manager) tickOne(i *Incident, r *rules.Rule, now time.Time) []Step {
	if steps := m.expire(i, r, now, now); i.Status != Open {
		return steps
	}
	switch {
	case i.MutedBy != "":
		return nil
	case i.After != nil && !now.Before(i.After.Deadline):
		return []Step{m.evidence(i, now)}
	case altered(i, r):
		i.Severity, i.Tier = r.Severity.Value, tier(i, r)
		return m.update(i, reasonSeverity, now)
	case i.hasSiblings() && !now.Before(i.Opened.Add(r.Incident.GroupWait)):
		return m.update(i, reasonNewKeys, now)
	case i.Count > i.Reported && !now.Before(i.LastEvent.Add(r.UpdateAfter(i.Updates))):
		i.Updates++
		return m.update(i, reasonProgress, now)
	}
	return nil
}

// Waiting returns the wishes for records after a match that are still open, by
// fingerprint.
func (m *Manager) Waiting() map[string]After {
	out := make(map[string]After, len(m.waiting))
	for fp, i := range m.waiting {
		out[fp] = *i.After
	}
	return out
}

// IsWaiting reports whether Waiting would return anything.
func (m *Manager) IsWaiting() bool { return len(m.waiting) > 0 }

// Evidence tells that the records after the match are there, and returns the
// step that carries them.
func (m *Manager) Evidence(fingerprint string, now time.Time) Step {
	return m.evidence(m.all[fingerprint], now)
}

func (m *Manager) evidence(i *Incident, now time.Time) Step {
	after := m.takeAfter(i)
	step := m.step(i, StepUpdated, Evidence, now)
	step.After = after
	return step
}

func (m *Manager) takeAfter(i *Incident) *After {
	after := i.After
	i.After = nil
	delete(m.waiting, i.Fingerprint)
	return after
}
