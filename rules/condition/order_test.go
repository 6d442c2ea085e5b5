package condition_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/rules/condition"
)

func TestOrdersAtTheirBoundaries(t *testing.T) {
	one, two, three := condition.Step, condition.Step+1, condition.Step+2
	pair := condition.Sequence{Same: [][]string{nil, nil}, Within: 5 * time.Second}
	same := condition.Sequence{Same: [][]string{nil, {"id"}}, Within: 5 * time.Second}
	any3 := condition.Sequence{Same: [][]string{nil, nil, nil}, Within: 5 * time.Second, Unordered: true}
	novel := condition.Novel{Field: "id", Learn: 10 * time.Second}
	lines := condition.Template{Learn: 10 * time.Second}
	for name, tc := range map[string]struct {
		c     condition.Condition
		steps []play
		want  []string
	}{
		"first and last are within apart":        {c: pair, steps: []play{{at: 0, part: one}, {at: 5, part: two}}, want: []string{"fired at 5s of 2"}},
		"longer is no sequence":                  {c: pair, steps: []play{{at: 0, part: one}, {at: 5.001, part: two}}},
		"the wrong order is none":                {c: pair, steps: []play{{at: 0, part: two}, {at: 1, part: one}}},
		"the first that is late completes it":    {c: pair, steps: []play{{at: 3, part: two}, {at: 1, part: one}}, want: []string{"fired at 1s of 2"}},
		"of the same second either comes first":  {c: pair, steps: []play{{at: 1, part: two}, {at: 1, part: one}}, want: []string{"fired at 1s of 2"}},
		"it begins anew":                         {c: pair, steps: []play{{at: 0, part: one}, {at: 1, part: one}, {at: 2, part: two}, {at: 3, part: two}}, want: []string{"fired at 2s of 2"}},
		"each id has its own":                    {c: same, steps: []play{{at: 0, part: one, value: "id=a"}, {at: 1, part: one, value: "id=b"}, {at: 2, part: two, value: "id=a"}, {at: 3, part: two, value: "id=b"}, {at: 4, part: two, value: "id=b"}}, want: []string{"fired at 2s of 2 id=a", "fired at 3s of 2 id=b"}},
		"another id is none":                     {c: same, steps: []play{{at: 0, part: one, value: "id=a"}, {at: 2, part: two, value: "id=b"}}},
		"not between them":                       {c: pair, steps: []play{{at: 0, part: one}, {at: 1, part: condition.Not}, {at: 2, part: two}}},
		"before them it does nothing":            {c: pair, steps: []play{{at: 0, part: condition.Not}, {at: 0, part: one}, {at: 2, part: two}, {at: 3, part: condition.Not}}, want: []string{"fired at 2s of 2"}},
		"in any order":                           {c: any3, steps: []play{{at: 2, part: three}, {at: 0, part: one}, {at: 5, part: two}}, want: []string{"fired at 5s of 3"}},
		"in any order, not longer":               {c: any3, steps: []play{{at: 2, part: three}, {at: 0, part: one}, {at: 5.001, part: two}}},
		"the first value is remembered":          {c: condition.Change{Field: "id"}, steps: []play{{at: 0, value: "id=a"}, {at: 1, value: "id=a"}, {at: 2}, {at: 3, value: "id=b"}}, want: []string{"fired at 3s of 1 previous=a"}},
		"a late value says nothing":              {c: condition.Change{Field: "id"}, steps: []play{{at: 5, value: "id=a"}, {at: 4, value: "id=b"}, {at: 5, value: "id=c"}}, want: []string{"fired at 5s of 1 previous=a"}},
		"what is learnt is known":                {c: novel, steps: []play{{at: 0, value: "id=a"}, {at: 9.999, value: "id=b"}, {at: 10, value: "id=a"}, {at: 10, value: "id=c"}, {at: 11, value: "id=c"}}, want: []string{"fired at 10s of 1"}},
		"a late value of the learning is learnt": {c: novel, steps: []play{{at: 0, value: "id=a"}, {at: 20, value: "id=a"}, {at: 5, value: "id=b"}, {at: 21, value: "id=b"}}},
		"a template is new once":                 {c: lines, steps: []play{{at: 0, value: "template=a,b"}, {at: 10, value: "template=a,b"}, {at: 10, value: "template=a,c"}, {at: 11, value: "template=a,c"}, {at: 12}}, want: []string{"fired at 10s of 1 template=a,c"}},
		"a late template of the learning":        {c: lines, steps: []play{{at: 0, value: "template=a"}, {at: 20, value: "template=a"}, {at: 9.999, value: "template=b"}, {at: 21, value: "template=b"}}},
		"a template in which more varies":        {c: lines, steps: []play{{at: 0, value: "template=user,a.a,was,ok"}, {at: 1, value: "template=user,b.b,was,ok"}, {at: 2, value: "template=user,e.e,was,ok"}, {at: 10, value: "template=user,d.d,was,ok"}, {at: 11, value: "template=user,c.c,is,lost"}}, want: []string{"fired at 11s of 1 template=user,c.c,is,lost"}},
		"it opens and closes":                    {c: condition.Toggle{}, steps: []play{{at: 0, part: condition.Close}, {at: 1}, {at: 2}, {at: 3, part: condition.Close}, {at: 4, part: condition.Close}}, want: []string{"fired at 1s of 1", "fired at 2s of 1", "ended at 3s of 1"}},
		"hysteresis takes several":               {c: condition.Toggle{Open: 2, Close: 2}, steps: []play{{at: 0}, {at: 1, part: condition.Close}, {at: 2}, {at: 3}, {at: 4, part: condition.Close}, {at: 5}, {at: 6, part: condition.Close}, {at: 7, part: condition.Close}}, want: []string{"fired at 3s of 2", "fired at 5s of 1", "ended at 7s of 2"}},
		"hysteresis within a time":               {c: condition.Toggle{Open: 2, Within: 10 * time.Second}, steps: []play{{at: 0}, {at: 10.001}, {at: 20.001}}, want: []string{"fired at 20.001s of 2"}},
		"a record before the change is too late": {c: condition.Toggle{}, steps: []play{{at: 5}, {at: 4, part: condition.Close}, {at: 5, part: condition.Close}}, want: []string{"fired at 5s of 1", "ended at 5s of 1"}},
		"a bucket overflows":                     {c: condition.Leaky{Count: 3, Leak: 10 * time.Second}, steps: []play{{at: 0}, {at: 0}, {at: 9.999}, {at: 10}}, want: []string{"fired at 9.999s of 3"}},
		"a bucket leaks":                         {c: condition.Leaky{Count: 3, Leak: 10 * time.Second}, steps: []play{{at: 0}, {at: 0}, {at: 10}, {at: 20}, {at: 29}}, want: []string{"fired at 29s of 5"}},
		"values in a bucket":                     {c: condition.Leaky{Count: 3, Leak: 10 * time.Second, Distinct: "id"}, steps: []play{{at: 0, value: "id=a"}, {at: 1, value: "id=b"}, {at: 2, value: "id=b"}, {at: 3, value: "id=c"}}, want: []string{"fired at 3s of 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, fields(t, tc.c, tc.steps)); diff != "" {
				t.Errorf("said (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOneRecordIsOneStep of a sequence, also where it satisfies several.
func TestOneRecordIsOneStep(t *testing.T) {
	table, err := condition.NewTable(condition.Sequence{Same: [][]string{nil, nil}, Within: time.Minute}, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	var fired []int
	for id := range 3 {
		n := 0
		for step := range condition.Part(2) {
			n += len(table.Observe(nil, condition.Input{Part: condition.Step + step, Time: at(float64(id)), ID: uint64(id + 1)}))
		}
		fired = append(fired, n)
	}
	if diff := cmp.Diff([]int{0, 1, 0}, fired); diff != "" {
		t.Errorf("detections (-want +got):\n%s", diff)
	}
}
