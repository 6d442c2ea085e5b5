package condition_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/rules/condition"
)

// at is a time so many seconds after the beginning.
func at(seconds float64) time.Time {
	return time.Unix(1767225600, 0).UTC().Add(time.Duration(seconds * float64(time.Second)))
}

// play is one thing that happens to a table: a record, or a tick.
type play struct {
	at    float64
	part  condition.Part
	value string
	tick  bool
}

// run plays the steps to the one key of a new table and returns what it said.
func run(t *testing.T, c condition.Condition, cooldown time.Duration, steps []play) (*condition.Table, []string) {
	t.Helper()
	table, err := condition.NewTable(c, cooldown, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a, ok := c.(condition.Absence); ok && !a.After {
		table.Expect(nil, at(0))
	}
	var said []string
	for _, s := range steps {
		var results []condition.Result
		if s.tick {
			results = table.Tick(at(s.at))
		} else {
			in := condition.Input{Part: s.part, Time: at(s.at)}
			if s.value != "" {
				in.Fields = map[string]string{"user": s.value}
			}
			results = table.Observe(nil, in)
		}
		said = append(said, words(results)...)
	}
	return table, said
}

func words(results []condition.Result) (said []string) {
	for _, r := range results {
		word := "fired"
		if r.Ended {
			word = "ended"
		}
		line := fmt.Sprintf("%s at %v of %d", word, r.Time.Sub(at(0)), r.Count)
		if r.Held > 0 {
			line += fmt.Sprintf(", %d held", r.Held)
		}
		said = append(said, line)
	}
	return said
}

func TestConditionsAtTheirBoundaries(t *testing.T) {
	three := condition.Threshold{Count: 3, Within: time.Minute}
	users := condition.Threshold{Count: 3, Within: time.Minute, Distinct: "user"}
	flat := condition.Absence{For: 10 * time.Second}
	reply := condition.Absence{For: 10 * time.Second, After: true}
	for name, tc := range map[string]struct {
		c        condition.Condition
		cooldown time.Duration
		steps    []play
		want     []string
	}{
		"the window holds both its ends":           {c: three, steps: []play{{at: 0}, {at: 30}, {at: 60}}, want: []string{"fired at 1m0s of 3"}},
		"the window slides":                        {c: three, steps: []play{{at: 0}, {at: 30}, {at: 60.001}, {at: 90}}, want: []string{"fired at 1m30s of 3"}},
		"a firing starts the key anew":             {c: three, steps: []play{{at: 0}, {at: 1}, {at: 2}, {at: 3}, {at: 4}, {at: 5}}, want: []string{"fired at 2s of 3", "fired at 5s of 3"}},
		"a late burst counts at its own time":      {c: three, steps: []play{{at: 9000}, {at: 9900}, {at: 100}, {at: 130}, {at: 160}}, want: []string{"fired at 2m40s of 3"}},
		"early and late records make one burst":    {c: three, steps: []play{{at: 100}, {at: 160}, {at: 9000}, {at: 130}}, want: []string{"fired at 2m10s of 3"}},
		"what fired counts no second time":         {c: three, steps: []play{{at: 100}, {at: 120}, {at: 140}, {at: 9000}, {at: 110}, {at: 130}}, want: []string{"fired at 2m20s of 3"}},
		"a late record counts in the newest's":     {c: three, steps: []play{{at: 100}, {at: 40}, {at: 70}}, want: []string{"fired at 1m10s of 3"}},
		"a record older than the window":           {c: three, steps: []play{{at: 100}, {at: 39.999}, {at: 70}}},
		"a value counts once":                      {c: users, steps: []play{{at: 0, value: "a"}, {at: 1, value: "a"}, {at: 2, value: "b"}, {at: 3, value: "c"}}, want: []string{"fired at 3s of 3"}},
		"a value counts from its last sighting":    {c: users, steps: []play{{at: 0, value: "a"}, {at: 50, value: "a"}, {at: 70, value: "b"}, {at: 110, value: "c"}}, want: []string{"fired at 1m50s of 3"}},
		"a record without the field counts not":    {c: users, steps: []play{{at: 0, value: "a"}, {at: 1}, {at: 2, value: "b"}, {at: 3}}},
		"a deadline itself is in time":             {c: flat, steps: []play{{at: 10, tick: true}, {at: 10}, {at: 20, tick: true}}},
		"what never came is missed from the start": {c: flat, steps: []play{{at: 10.001, tick: true}}, want: []string{"fired at 10s of 0"}},
		"it fires once, and ends when it comes":    {c: flat, steps: []play{{at: 11, tick: true}, {at: 99, tick: true}, {at: 100}, {at: 111, tick: true}}, want: []string{"fired at 10s of 0", "ended at 1m40s of 1", "fired at 1m50s of 0"}},
		"a late one tells both":                    {c: flat, steps: []play{{at: 25}}, want: []string{"fired at 10s of 0", "ended at 25s of 1"}},
		"nothing is expected before a trigger":     {c: reply, steps: []play{{at: 99, tick: true}}},
		"a reply in time":                          {c: reply, steps: []play{{at: 0, part: condition.Trigger}, {at: 10}, {at: 99, tick: true}}},
		"the first record sets the wait's start":   {c: flat, steps: []play{{at: -99}, {at: -80}}, want: []string{"fired at -1m29s of 0", "ended at -1m20s of 1"}},
		"a second trigger does not extend":         {c: reply, steps: []play{{at: 0, part: condition.Trigger}, {at: 5, part: condition.Trigger}, {at: 11, tick: true}, {at: 12}}, want: []string{"fired at 10s of 0", "ended at 12s of 1"}},
		"a cooldown holds back, and says how many": {c: condition.Each{}, cooldown: time.Minute, steps: []play{{at: 0}, {at: 30}, {at: 59.999}, {at: 60}}, want: []string{"fired at 0s of 1", "fired at 1m0s of 1, 2 held"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, said := run(t, tc.c, tc.cooldown, tc.steps)
			if diff := gocmp.Diff(tc.want, said); diff != "" {
				t.Errorf("said (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsOverIsForgotten(t *testing.T) {
	for name, tc := range map[string]struct {
		c        condition.Condition
		cooldown time.Duration
		steps    []play
	}{
		"an empty window":    {c: condition.Threshold{Count: 3, Within: time.Minute}, steps: []play{{at: 0}, {at: 360.001, tick: true}}},
		"an answered wait":   {c: condition.Absence{For: time.Minute, After: true}, steps: []play{{at: 0, part: condition.Trigger}, {at: 1}}},
		"a cooldown":         {c: condition.Each{}, cooldown: time.Minute, steps: []play{{at: 0}, {at: 60, tick: true}}},
		"a renewed cooldown": {c: condition.Each{}, cooldown: time.Minute, steps: []play{{at: 0}, {at: 60}, {at: 90, tick: true}, {at: 120, tick: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			if table, _ := run(t, tc.c, tc.cooldown, tc.steps); table.Len() != 0 || !table.Due().IsZero() {
				t.Errorf("%d keys are kept, the next timer at %v", table.Len(), table.Due())
			}
		})
	}
}

// stored is what a store would hold after all changes of a table.
func stored(t *testing.T, table *condition.Table) (out []condition.Saved) {
	t.Helper()
	for _, s := range table.Changed() {
		if s == nil {
			continue
		}
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back condition.Saved
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		out = append(out, back)
	}
	return out
}

// TestARestartChangesNothing: a table that is stored and restored between any two
// steps says what one that lives on says.
func TestARestartChangesNothing(t *testing.T) {
	for name, c := range map[string]condition.Condition{
		"threshold": condition.Threshold{Count: 3, Within: time.Minute},
		"distinct":  condition.Threshold{Count: 2, Within: time.Minute, Distinct: "user"},
		"absence":   condition.Absence{For: 10 * time.Second},
		"reply":     condition.Absence{For: 10 * time.Second, After: true},
		"each":      condition.Each{},
		"leaky":     condition.Leaky{Count: 3, Leak: 20 * time.Second, Distinct: "user"},
		"sequence":  condition.Sequence{Same: [][]string{nil, {"user"}}, Within: time.Minute},
		"rate":      condition.Rate{Bounds: condition.Bounds{Above: bound(1)}, Within: 20 * time.Second},
		"fall":      condition.Rate{Ratio: 0.9, Within: 10 * time.Second, Baseline: 20 * time.Second},
		"share":     condition.Share{Bounds: condition.Bounds{Above: bound(30)}, Within: 20 * time.Second},
		"metric":    condition.Metric{Field: "user", Agg: "p50", Bounds: condition.Bounds{Below: bound(2)}, Within: 20 * time.Second},
		"change":    condition.Change{Field: "user"},
		"novel":     condition.Novel{Field: "user"},
		"template":  condition.Template{},
		"toggle":    condition.Toggle{Open: 2},
	} {
		t.Run(name, func(t *testing.T) {
			one, err := condition.NewTable(c, 20*time.Second, nil)
			if err != nil {
				t.Fatal(err)
			}
			var want, got []string
			var saved []condition.Saved
			parts := []condition.Part{
				condition.Match, condition.Step, condition.Over, condition.Match, condition.Step + 1,
				condition.Match, condition.Over, condition.Close, condition.Trigger, condition.Match, condition.Not,
			}
			for i := range 200 {
				other, err := condition.NewTable(c, 20*time.Second, saved)
				if err != nil {
					t.Fatal(err)
				}
				for _, x := range []struct {
					table *condition.Table
					said  *[]string
				}{{one, &want}, {other, &got}} {
					now := at(float64(i*i%7*11 + i))
					*x.said = append(*x.said, words(x.table.Tick(at(float64(i))))...)
					in := condition.Input{Part: parts[i%len(parts)], Time: now, Fields: map[string]string{"user": fmt.Sprint(i % 3), "template": fmt.Sprint("user ", i%29, " did ", i%3)}}
					*x.said = append(*x.said, words(x.table.Observe([]string{fmt.Sprint(i % 2)}, in))...)
				}
				other.Expect([]string{"0"}, at(0)) // both are there already, or weigh nothing
				one.Expect([]string{"0"}, at(0))
				saved = append(stored(t, other), unchanged(saved, other)...)
			}
			if diff := gocmp.Diff(want, got); diff != "" || len(want) == 0 {
				t.Errorf("said (-living +restarted), %d in all:\n%s", len(want), diff)
			}
		})
	}
}

// unchanged returns the stored keys that the table did not touch.
func unchanged(saved []condition.Saved, table *condition.Table) (out []condition.Saved) {
	touched := map[string]bool{}
	for name := range table.Changed() {
		touched[name] = true
	}
	for _, s := range saved {
		if !touched[s.Key[0]] {
			out = append(out, s)
		}
	}
	return out
}

func TestKeysAreBoundedAndEvictionsCounted(t *testing.T) {
	table, err := condition.NewTable(condition.Threshold{Count: 2, Within: time.Hour}, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	observe := func(key string, i int) int {
		return len(table.Observe([]string{key}, condition.Input{Time: at(float64(i) / 100)}))
	}
	for i := range condition.MaxKeys {
		observe(fmt.Sprint(i), i)
	}
	table.Saved()
	observe("one too many", condition.MaxKeys)
	if table.Len() != condition.MaxKeys || table.Evicted() != 1 {
		t.Errorf("%d keys, %d evicted", table.Len(), table.Evicted())
	}
	changes := map[string]bool{}
	for name, s := range table.Changed() {
		changes[name] = s != nil
	}
	if diff := gocmp.Diff(map[string]bool{"0": false, "one too many": true}, changes); diff != "" {
		t.Errorf("to be stored (-want +got):\n%s", diff)
	}
	if observe("1", condition.MaxKeys+1) != 1 || observe("0", condition.MaxKeys+2) != 0 {
		t.Error("not the key that was not seen for longest was forgotten")
	}
}

func TestCancelStartsKeysAnew(t *testing.T) {
	table, err := condition.NewTable(condition.Threshold{Count: 2, Within: time.Hour}, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"a", "b"} {
		table.Observe([]string{key}, condition.Input{Time: at(0)})
	}
	table.Cancel([]string{"a"}, at(1))
	for key, want := range map[string]int{"a": 0, "b": 1} {
		if got := len(table.Observe([]string{key}, condition.Input{Time: at(2)})); got != want {
			t.Errorf("key %s fired %d times, want %d", key, got, want)
		}
	}
}

func BenchmarkFlood(b *testing.B) {
	for name, c := range map[string]condition.Condition{
		"threshold": condition.Threshold{Count: condition.MaxCount, Within: time.Minute},
		"distinct":  condition.Threshold{Count: condition.MaxDistinct, Within: time.Minute, Distinct: "user"},
		"absence":   condition.Absence{For: time.Minute},
	} {
		b.Run(name, func(b *testing.B) {
			table, err := condition.NewTable(c, 0, nil)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for i := range b.N {
				fields := map[string]string{"user": fmt.Sprint(i % 5000)}
				table.Observe([]string{fmt.Sprint(i % 3)}, condition.Input{Time: at(float64(i) / 1000), Fields: fields})
			}
		})
	}
}

// TestABacklogOfSeveralFilesCountsAsItWasWritten: files that are read one after the
// other fire in the windows in which reading them live would have fired.
func TestABacklogOfSeveralFilesCountsAsItWasWritten(t *testing.T) {
	c := condition.Threshold{Count: 4, Within: time.Minute, Keep: 1000}
	var live, one, two []play
	for n := range 400 {
		p := play{at: float64(n*n%97 + n*15)}
		live = append(live, p)
		if n%3 == 0 {
			one = append(one, p)
		} else {
			two = append(two, p)
		}
	}
	for _, list := range [][]play{live, one, two} {
		slices.SortFunc(list, func(a, b play) int { return cmp.Compare(a.at, b.at) })
	}
	_, want := run(t, c, 0, live)
	_, got := run(t, c, 0, slices.Concat(one, two))
	if len(want) < 20 || len(got) < len(want)*9/10 || len(got) > len(want) {
		t.Errorf("live it fired %d times, file by file %d times", len(want), len(got))
	}
	_, alone := run(t, c, 0, slices.Concat(one, []play{{at: 1}, {at: 2}, {at: 3}, {at: 4}}))
	if len(alone) == 0 {
		t.Error("a burst in the second file did not fire")
	}
}

// TestWhatIsSettledIsForgotten, so that what is remembered live is a window.
func TestWhatIsSettledIsForgotten(t *testing.T) {
	table, err := condition.NewTable(condition.Threshold{Count: 3, Within: time.Minute, Keep: 1000}, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	var fired int
	for _, in := range []struct{ at, settled float64 }{{0, -2}, {50, 48}, {61, 59}, {200, 198}, {141, 198}, {55, 198}, {139, 198}} {
		fired += len(table.Observe(nil, condition.Input{Time: at(in.at), Settled: at(in.settled)}))
	}
	if got := table.Progress(nil).Words; fired != 0 || got != "2 of 3 records within 1m0s" {
		t.Errorf("it fired %d times; %s", fired, got)
	}
	for _, s := range table.Changed() {
		if strings.Count(string(s.State), ",") > 10 {
			t.Errorf("more is remembered than a window: %s", s.State)
		}
	}
}
