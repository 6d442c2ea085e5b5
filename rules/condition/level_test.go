package condition_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/rules/condition"
)

// bound returns a pointer to v.
func bound(v float64) *float64 { return &v }

// every gives n records, so many seconds apart.
func every(from, step float64, n int, part condition.Part, value string) (out []play) {
	for i := range n {
		out = append(out, play{at: from + step*float64(i), part: part, value: value})
	}
	return out
}

func steps(lists ...[]play) (out []play) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// fields plays steps and returns the verdicts with what they add.
func fields(t *testing.T, c condition.Condition, plays []play) (said []string) {
	t.Helper()
	table, err := condition.NewTable(c, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	for n, s := range plays {
		var results []condition.Result
		if s.tick {
			results = table.Tick(at(s.at))
		} else {
			in := condition.Input{Part: s.part, Time: at(s.at), ID: uint64(n + 1), Fields: map[string]string{}}
			for pair := range strings.FieldsSeq(s.value) {
				name, value, _ := strings.Cut(pair, "=")
				in.Fields[name] = value
			}
			results = table.Observe(nil, in)
		}
		for i, word := range words(results) {
			for _, name := range []string{"rate", "baseline", "share", "value", "previous", "id", "template"} {
				if v, ok := results[i].Fields[name]; ok {
					word += fmt.Sprintf(" %s=%s", name, v)
				}
			}
			said = append(said, word)
		}
	}
	return said
}

func TestLevelsAtTheirBoundaries(t *testing.T) {
	minute := time.Minute // slides by 6 s
	for name, tc := range map[string]struct {
		c     condition.Condition
		steps []play
		want  []string
	}{
		"exactly the bound is in order": {
			c: condition.Rate{Bounds: condition.Bounds{Above: bound(3)}, Within: minute}, steps: every(0, 1, 3, condition.Match, ""),
		},
		"one more is not": {
			c: condition.Rate{Bounds: condition.Bounds{Above: bound(3)}, Within: minute}, steps: every(0, 1, 4, condition.Match, ""),
			want: []string{"fired at 3s of 4 rate=4"},
		},
		"the window is the present tenth and the nine before": {
			c:     condition.Rate{Bounds: condition.Bounds{Above: bound(3)}, Within: minute},
			steps: steps(every(0, 1, 3, condition.Match, ""), []play{{at: 59.999}}),
			want:  []string{"fired at 59.999s of 4 rate=4"},
		},
		"the tenth after them is another window": {
			c:     condition.Rate{Bounds: condition.Bounds{Above: bound(3)}, Within: minute},
			steps: steps(every(0, 1, 3, condition.Match, ""), []play{{at: 60}}),
		},
		"it goes on each window, and ends a window after it was out of order last": {
			c:     condition.Rate{Bounds: condition.Bounds{Above: bound(3)}, Within: minute},
			steps: steps(every(0, 6, 20, condition.Match, ""), []play{{at: 300, tick: true}}),
			want:  []string{"fired at 18s of 4 rate=4", "fired at 1m18s of 9 rate=9", "fired at 2m18s of 6 rate=6", "ended at 3m30s of 1 rate=0"},
		},
		"until keeps it out of order longer": {
			c:     condition.Rate{Bounds: condition.Bounds{Above: bound(3), Until: bound(0)}, Within: minute},
			steps: steps(every(0, 1, 4, condition.Match, ""), []play{{at: 300, tick: true}}),
			want:  []string{"fired at 3s of 4 rate=4", "ended at 1m54s of 1 rate=0"},
		},
		"a late record counts in its own tenth": {
			c:     condition.Rate{Bounds: condition.Bounds{Above: bound(3)}, Within: minute},
			steps: []play{{at: 50}, {at: 55}, {at: 58}, {at: 2}},
			want:  []string{"fired at 2s of 4 rate=4"},
		},
		"below is judged when a whole window is over": {
			c:     condition.Rate{Bounds: condition.Bounds{Below: bound(3)}, Within: minute},
			steps: []play{{at: 0}, {at: 10}, {at: 59}, {at: 65, tick: true}, {at: 66, tick: true}},
			want:  []string{"fired at 1m6s of 2 rate=2"},
		},
		"silence is below, and stays it": {
			c:     condition.Rate{Bounds: condition.Bounds{Below: bound(1)}, Within: minute},
			steps: steps([]play{{at: 0}, {at: 1000, tick: true}}, every(1000, 5, 30, condition.Match, "")),
			want:  []string{"fired at 1m6s of 0 rate=0", "ended at 17m36s of 1 rate=12"},
		},
		"three times the baseline": {
			c:     condition.Rate{Ratio: 3, Within: minute, Baseline: 5 * time.Minute, Min: 6},
			steps: steps(every(0, 30, 12, condition.Match, ""), every(360, 1, 6, condition.Match, "")),
			want:  []string{"fired at 6m4s of 6 rate=6 baseline=2"},
		},
		"no judgement before the baseline is known": {
			c:     condition.Rate{Ratio: 3, Within: minute, Baseline: 5 * time.Minute},
			steps: steps([]play{{at: 0}}, every(200, 1, 50, condition.Match, "")),
		},
		"a third of the baseline": {
			c:     condition.Rate{Ratio: 0.4, Within: minute, Baseline: 2 * time.Minute, Min: 5},
			steps: steps(every(0, 6, 31, condition.Match, ""), []play{{at: 240, tick: true}}),
			want:  []string{"fired at 3m42s of 4 rate=4 baseline=10"},
		},
		"a share is of the records over which it is taken": {
			c: condition.Share{Bounds: condition.Bounds{Above: bound(20)}, Within: minute, Min: 5},
			steps: steps(every(0, 1, 1, condition.Over, ""), every(0, 1, 1, condition.Match, ""), every(1, 1, 4, condition.Over, ""),
				[]play{{at: 5, part: condition.Over}, {at: 5, part: condition.Match}}),
			want: []string{"fired at 5s of 6 share=33.333"},
		},
		"too few records have no share": {
			c:     condition.Share{Bounds: condition.Bounds{Above: bound(20)}, Within: minute, Min: 5},
			steps: steps(every(0, 1, 4, condition.Over, ""), every(0, 1, 4, condition.Match, "")),
		},
		"an average": {
			c:     condition.Metric{Field: "ms", Agg: "avg", Bounds: condition.Bounds{Above: bound(10)}, Within: minute, Min: 2},
			steps: steps(every(0, 1, 1, condition.Match, "ms=50"), every(1, 1, 1, condition.Match, "ms=none"), every(2, 1, 1, condition.Match, "ms=1")),
			want:  []string{"fired at 2s of 2 value=25.5"},
		},
		"the least is judged when the window is over": {
			c:     condition.Metric{Field: "ms", Agg: "min", Bounds: condition.Bounds{Below: bound(2)}, Within: minute},
			steps: steps(every(0, 3, 20, condition.Match, "ms=5"), every(60, 3, 2, condition.Match, "ms=1"), []play{{at: 66, tick: true}}),
			want:  []string{"fired at 1m6s of 20 value=1"},
		},
		"a percentile, to a percent": {
			c:     condition.Metric{Field: "ms", Agg: "p90", Bounds: condition.Bounds{Above: bound(100)}, Within: minute},
			steps: steps(every(0, 1, 53, condition.Match, "ms=10"), every(53, 1, 7, condition.Match, "ms=200"), []play{{at: 60, tick: true}}),
			want:  []string{"fired at 1m0s of 60 value=201.792"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, fields(t, tc.c, tc.steps)); diff != "" {
				t.Errorf("said (-want +got):\n%s", diff)
			}
		})
	}
}
