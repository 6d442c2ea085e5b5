package scan

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Day is what one rule did on one day.
type Day struct {
	Rule string `json:"rule"`
	// Day as in 2006-01-02.
	Day      string `json:"day"`
	Opened   int    `json:"opened"`
	Reopened int    `json:"reopened"`
	Resolved int    `json:"resolved"`
	// Matches are the records counted by the incidents opened on this day.
	Matches int64 `json:"matches"`
}

// Tally sums incidents up by rule and by day in a time zone.
func Tally(incidents []Incident, zone *time.Location) []Day {
	type key struct{ rule, day string }
	days := map[key]*Day{}
	at := func(rule string, t time.Time) *Day {
		k := key{rule, t.In(zone).Format(time.DateOnly)}
		if days[k] == nil {
			days[k] = &Day{Rule: k.rule, Day: k.day}
		}
		return days[k]
	}
	for _, i := range incidents {
		d := at(i.Rule, i.Opened)
		d.Matches += i.Count
		if i.Generation > 1 {
			d.Reopened++
		} else {
			d.Opened++
		}
		if !i.Resolved.IsZero() {
			at(i.Rule, i.Resolved).Resolved++
		}
	}
	return slices.SortedFunc(func(yield func(Day) bool) {
		for d := range maps.Values(days) {
			if !yield(*d) {
				return
			}
		}
	}, func(a, b Day) int { return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Day, b.Day)) })
}
