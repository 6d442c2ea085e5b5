package incident_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/rules"
)

// TestNumbersHaveNoGapAtAnyDestination: each destination counts for itself, whatever
// it is not told.
func TestNumbersHaveNoGapAtAnyDestination(t *testing.T) {
	l := newLife(t)
	var got []string
	tell := func(step incident.Step, to ...string) {
		for _, d := range to {
			kind, n, ok := l.m.Tell(&step, d)
			got = append(got, fmt.Sprintf("%s %s %d %v", d, words[kind], n, ok))
		}
	}
	open := func() incident.Step {
		step, ok := l.m.Detect(match(l.r, "sda"), l.now)
		if !ok {
			t.Fatal("no step")
		}
		return step
	}
	tick := func() incident.Step {
		l.now = l.now.Add(time.Minute)
		l.m.Detect(match(l.r, "sda"), l.now)
		return l.m.Tick(l.now)[0]
	}
	recover := func() incident.Step {
		return l.m.Recover(l.r, map[string]string{"dev": "sda"}, incident.Place{}, l.now)[0]
	}
	tell(open(), "desk")
	tell(tick(), "desk", "late")
	tell(tick(), "late")
	tell(recover(), "desk", "late", "never")
	tell(open(), "late", "new")
	tell(tick(), "late", "new", "desk")
	want := []string{
		"desk opened 1 true",
		"desk updated 2 true", "late opened 1 true",
		"late updated 2 true",
		"desk resolved 3 true", "late resolved 3 true", "never resolved 0 false",
		"late reopened 1 true", "new opened 1 true",
		"late updated 2 true", "new updated 2 true", "desk reopened 1 true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestAnIncidentEndsWithItsRule(t *testing.T) {
	l := newLife(t)
	l.bad("sda")
	l.m.Reload(&rules.Set{})
	l.pass(time.Hour)
	if gone := l.m.Gone(); len(gone) != 1 {
		t.Errorf("gone: %v", gone)
	}
	l.note(l.m.SettleGone(l.now)...)
	l.want("opened disk sda 1/1 count=1 ", "resolved disk sda 1/2 count=1 rule removed")
}

func TestAnotherSeverityIsToldAtOnce(t *testing.T) {
	l := newLife(t)
	l.bad("sda")
	l.pass(3 * time.Second)
	changed := *l.r
	changed.Severity.Value = "critical"
	l.m.Reload(&rules.Set{Rules: []*rules.Rule{&changed}})
	l.pass(0)
	l.pass(time.Second)
	l.want("opened disk sda 1/1 count=1 ", "updated disk sda 1/2 count=1 evidence", "updated disk sda 1/3 count=1 severity")
}

// TestALostSourceEndsNothing: without a log there is no quiet, and afterwards it is
// counted from where the log is back.
func TestALostSourceEndsNothing(t *testing.T) {
	l := newLife(t)
	l.bad("sda")
	l.pass(3 * time.Second)
	l.note(l.m.Lost("other", true, l.now)...)
	l.note(l.m.Lost("", true, l.now)...)
	l.note(l.m.Lost("", true, l.now)...)
	l.pass(20 * time.Minute)
	l.note(l.m.Expire(l.now, l.now)...)
	l.note(l.m.Lost("", false, l.now)...)
	l.pass(9 * time.Minute)
	l.pass(time.Minute)
	l.want(
		"opened disk sda 1/1 count=1 ", "updated disk sda 1/2 count=1 evidence",
		"updated disk sda 1/3 count=1 source lost", "updated disk sda 1/4 count=1 source back",
		"resolved disk sda 1/5 count=1 quiet",
	)
}

// TestATickLooksAtWhatIsDueOnly also when there are many, and in the order of time.
func TestATickLooksAtWhatIsDueOnly(t *testing.T) {
	l := newLife(t)
	for n := range 100 {
		l.bad(fmt.Sprintf("d%02d", n))
		l.now = l.now.Add(time.Second)
	}
	l.log = nil
	l.now = l.now.Add(10*time.Minute - 50*time.Second)
	l.note(l.m.Expire(l.now, l.now)...)
	if len(l.log) != 51 || !slices.IsSorted(l.log) {
		t.Errorf("%d ended: %q", len(l.log), l.log)
	}
}
