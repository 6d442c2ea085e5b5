package httpdriver_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/backendtest"
	"github.com/thirdline/thirdline/shipper/httpdriver"
)

const fixes = `fix:
  - {url: "{{ .V.url }}/fix/{{ .R.id }}", expect: {capture: {fix: "c.*.t"}}}
`

// learner is a driver whose profile reads fixes, and that keeps what it tells.
func (f *far) learner(t *testing.T, j shipper.Journal, refuse error) (d *httpdriver.Driver, told *[]string) {
	t.Helper()
	d, told = f.driver(t, "find\n"+fixes, j, 0), new([]string)
	d.OnFix(func(_ context.Context, fix shipper.Fix) error {
		*told = append(*told, fix.Text)
		return refuse
	})
	return d, told
}

// TestATicketIsLookedAtForAWeek ever less often, until something is written in it.
func TestATicketIsLookedAtForAWeek(t *testing.T) {
	var plan []answer
	for range 6 {
		plan = append(plan, answer{path: "/fix/7", status: 200, body: `{"c": [{"t": "of ` + fp + `"}]}`})
	}
	plan[2].status, plan[3].body, plan[4].lose = 500, `{}`, true
	f, clock, j := newFar(t, plan...), backendtest.NewClock(), backendtest.NewJournal()
	d, told := f.learner(t, j, nil)
	d.SetClock(clock.Now)
	for n, kind := range []string{shipper.Opened, shipper.Resolved} {
		if err := f.tell(t, d, kind, 1, n+1); err != nil {
			t.Fatal(err)
		}
	}
	const hour = time.Hour
	for n, next := range []time.Duration{10 * time.Minute, 50 * time.Minute, 5 * hour, 18 * hour, 48 * hour, 96 * hour, 0} {
		d.Look(t.Context(), fp)
		if looks, in := d.Looks(fp); in != next || next > 0 && looks != n+1 {
			t.Errorf("look %d: the next is in %v, after %d", n+1, in, looks)
		}
		clock.Pass(next)
	}
	d.Look(t.Context(), fp)
	if got := strings.Count(f.took(), "/fix/7"); got != 8 { // one was lost, and asked for again
		t.Errorf("asked %d times", got)
	}
	if len(*told) > 0 {
		t.Errorf("told %q", *told)
	}
}

// TestAFixIsToldOnceAndCut also when the one who is told was gone at first.
func TestAFixIsToldOnceAndCut(t *testing.T) {
	said := answer{path: "/fix/7", status: 200, body: `{"c": [{"t": "a\u001b[31m ` + strings.Repeat("b", 2000) + `"}, {"t": "  "}, {"t": "of ` + fp + `"}]}`}
	f, j := newFar(t, said, said, said), backendtest.NewJournal()
	want := "a\ufffd[31m " + strings.Repeat("b", 985) + " … [cut]"
	tell := func(d *httpdriver.Driver, kind string, generation, sequence int) {
		t.Helper()
		if err := f.tell(t, d, kind, generation, sequence); err != nil {
			t.Fatal(err)
		}
	}
	d, told := f.learner(t, j, errors.New("the agent ends"))
	tell(d, shipper.Opened, 1, 1)
	tell(d, shipper.Resolved, 1, 2)
	d.Look(t.Context(), fp)
	if n, next := d.Looks(fp); n != 1 || next == 0 {
		t.Errorf("looked %d times, next in %v", n, next)
	}
	d, again := f.learner(t, j, nil)
	tell(d, shipper.Reopened, 2, 1)
	tell(d, shipper.Resolved, 2, 2)
	d.Look(t.Context(), fp) // the same text says nothing of the second time
	if diff := cmp.Diff([][]string{{want}, {want}}, [][]string{*told, *again}); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// TestALookDelaysTheNextEventByAMoment at most, whatever the far end does with it.
func TestALookDelaysTheNextEventByAMoment(t *testing.T) {
	f, j := newFar(t, answer{path: "/fix/7", status: 429, header: map[string]string{"Retry-After": "3600"}}), backendtest.NewJournal()
	d, told := f.learner(t, j, nil)
	for n, kind := range []string{shipper.Opened, shipper.Resolved} {
		if err := f.tell(t, d, kind, 1, n+1); err != nil {
			t.Fatal(err)
		}
	}
	f.took()
	if err := f.tell(t, d, shipper.Opened, 2, 1); err != nil {
		t.Error(err)
	}
	if got := f.took(); !strings.HasPrefix(got, "/fix/7 /find") || len(*told) > 0 {
		t.Errorf("asked %s, told %q", got, *told)
	}
}
