package condition_test

import (
	"testing"
	"time"

	"github.com/thirdline/thirdline/rules/condition"
)

// TestProgressInWords after one record of each kind.
func TestProgressInWords(t *testing.T) {
	record := func(p condition.Part) []play { return []play{{at: 0, part: p, value: "7"}} }
	for name, tc := range map[string]struct {
		c     condition.Condition
		steps []play
		want  string
	}{
		"nothing yet":       {condition.Threshold{Count: 3, Within: time.Minute}, nil, "0 of 3 records within 1m0s"},
		"threshold":         {condition.Threshold{Count: 3, Within: time.Minute}, record(condition.Match), "1 of 3 records within 1m0s"},
		"distinct":          {condition.Threshold{Count: 3, Within: time.Minute, Distinct: "user"}, record(condition.Match), "1 of 3 values of user within 1m0s"},
		"bucket":            {condition.Leaky{Count: 3, Leak: time.Second}, record(condition.Match), "the bucket holds 1 and overflows above 2; one leaks each 1s"},
		"sequence":          {condition.Sequence{Same: [][]string{nil, nil, nil}, Within: time.Minute}, record(condition.Step + 1), "step 2 of 3, within 1m0s"},
		"no step":           {condition.Sequence{Same: [][]string{nil, nil}, Within: time.Minute}, nil, "none of 2 steps"},
		"absence":           {condition.Absence{For: time.Minute}, record(condition.Match), "expected until 2026-01-01T00:01:00Z"},
		"missing":           {condition.Absence{For: time.Minute}, []play{{at: 0}, {at: 61, tick: true}}, "it is missing"},
		"not expected":      {condition.Absence{For: time.Minute, After: true}, nil, "nothing is expected now"},
		"rate":              {condition.Rate{Bounds: condition.Bounds{Above: bound(3)}, Within: time.Minute}, record(condition.Match), "the rate is 1 within 1m0s, which is in order"},
		"out of order":      {condition.Rate{Bounds: condition.Bounds{Above: bound(0)}, Within: time.Minute}, record(condition.Match), "the rate is 1 within 1m0s, which is out of order"},
		"not enough":        {condition.Share{Bounds: condition.Bounds{Above: bound(3)}, Within: time.Minute, Min: 5}, record(condition.Over), "records within 1m0s: 1; that is not judged yet"},
		"metric":            {condition.Metric{Field: "user", Agg: "max", Bounds: condition.Bounds{Above: bound(9)}, Within: time.Minute}, record(condition.Match), "the value is 7 within 1m0s, which is in order"},
		"change":            {condition.Change{Field: "user"}, record(condition.Match), `the last value is "7"`},
		"no value":          {condition.Change{Field: "user"}, nil, "no value yet"},
		"novel":             {condition.Novel{Field: "user", Learn: time.Hour}, record(condition.Match), "1 value known; it learns until 2026-01-01T01:00:00Z"},
		"nothing known":     {condition.Template{Learn: time.Hour}, nil, "nothing is known yet"},
		"toggle":            {condition.Toggle{Open: 2}, record(condition.Match), "closed; 1 of 2 records to open it"},
		"open":              {condition.Toggle{Close: 3}, record(condition.Match), "open; 0 of 3 records to close it"},
		"without condition": {condition.Each{}, record(condition.Match), ""},
	} {
		t.Run(name, func(t *testing.T) {
			table, _ := run(t, tc.c, 0, tc.steps)
			if got := table.Progress(nil).Words; got != tc.want {
				t.Errorf("said %q, want %q", got, tc.want)
			}
		})
	}
}
