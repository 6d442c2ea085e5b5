package scan

import (
	"fmt"
	"slices"
)

// Difference is what one set of rules finds and another does not. Problems are
// the same when rule and key are; their lives are paired in order.
type Difference struct {
	// Gained were found by the new rules only, Lost by the old ones only.
	Gained []Incident `json:"gained"`
	Lost   []Incident `json:"lost"`
	// Moved opened or ended at another moment, or counted other records.
	Moved []Move `json:"moved"`
	// Same is the number of lives that do not differ.
	Same int `json:"same"`
}

// Move is one life as the old and the new rules saw it.
type Move struct {
	From Incident `json:"from"`
	To   Incident `json:"to"`
}

// Compare returns how after differs from before. Both are in order of opening.
func Compare(before, after []Incident) Difference {
	d := Difference{Gained: []Incident{}, Lost: []Incident{}, Moved: []Move{}}
	old := map[string][]Incident{}
	for _, i := range before {
		old[i.problem()] = append(old[i.problem()], i)
	}
	var rest []Incident // not seen alike by both
	for _, i := range after {
		lives := old[i.problem()]
		at := slices.IndexFunc(lives, i.alike)
		if at < 0 {
			rest = append(rest, i)
			continue
		}
		d.Same++
		old[i.problem()] = slices.Delete(lives, at, at+1)
	}
	for _, i := range rest {
		if lives := old[i.problem()]; len(lives) > 0 {
			d.Moved = append(d.Moved, Move{lives[0], i})
			old[i.problem()] = lives[1:]
			continue
		}
		d.Gained = append(d.Gained, i)
	}
	for _, i := range before {
		if lives := old[i.problem()]; len(lives) > 0 {
			d.Lost = append(d.Lost, lives[0])
			old[i.problem()] = lives[1:]
		}
	}
	return d
}

// problem is what the fingerprint stands for, without the host.
func (f Incident) problem() string { return fmt.Sprintf("%q %q", f.Rule, f.Key) }

func (f Incident) alike(g Incident) bool {
	return f.Opened.Equal(g.Opened) && f.Resolved.Equal(g.Resolved) && f.Count == g.Count && f.Path == g.Path && f.Offset == g.Offset
}
