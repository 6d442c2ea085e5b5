package agent

import (
	"time"

	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/rules"
)

// timeEvery is of how many records that a condition folds in one is measured: a prime, as
// logs repeat themselves.
const timeEvery = 61

// measured has what a set costs measured, by a clock that never goes back.
func measured(set *rules.Set) *rules.Set {
	began := time.Now()
	set.Time(func() time.Duration { return time.Since(began) })
	return set
}

// measure is observe, with a look at the clock now and then.
func (d *detector) measure(m rules.Match, fields func() map[string]string, at incident.Place, now time.Time) []detected {
	if d.folded++; d.folded < timeEvery {
		return d.observe(m, fields, at, now)
	}
	d.folded = 0
	began := time.Now()
	found := d.observe(m, fields, at, now)
	d.rules[m.Rule].took += timeEvery * time.Since(began)
	return found
}

// took is about how long the condition of a rule took, its fields included.
func (d *detector) took(rule int) time.Duration { return d.rules[rule].took }
