package fake_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/backendtest"
	"github.com/thirdline/thirdline/shipper/backendtest/fake"
	"github.com/thirdline/thirdline/shipper/httpdriver"
	"github.com/thirdline/thirdline/shipper/profile"
)

// TestAClosedTicketIsFollowedUp whatever the event is that finds it closed, but a
// resolution; also where nothing is remembered of it.
func TestAClosedTicketIsFollowedUp(t *testing.T) {
	for _, c := range []struct {
		kind       string
		generation int
		log        bool
		forget     bool
	}{
		{shipper.Updated, 1, false, false},
		{shipper.Updated, 1, true, false},
		{shipper.Resolved, 1, true, false},
		{shipper.Reopened, 2, true, false},
		{shipper.Opened, 2, false, true},
	} {
		p, err := profile.Builtin("zendesk")
		if err != nil {
			t.Fatal(err)
		}
		desk, fp, j := fake.New(t, "zendesk"), backendtest.Fingerprint(), backendtest.NewJournal()
		tell := func(kind string, generation, sequence int, log bool) {
			t.Helper()
			d, err := httpdriver.New(httpdriver.Options{Profile: p, Settings: desk.Settings, Journal: j, Rate: 1e6})
			if err != nil {
				t.Fatal(err)
			}
			id, event := backendtest.Event(kind, fp, generation, sequence, log)
			for range 4 { // as the shipper would
				var later *shipper.Later
				if err = d.Deliver(t.Context(), id, event); !errors.As(err, &later) || !later.Alone {
					break
				}
			}
			if err != nil {
				t.Fatalf("%+v: %v", c, err)
			}
		}
		tell(shipper.Opened, 1, 1, false)
		desk.Close(fp)
		if c.forget {
			j = backendtest.NewJournal()
		}
		tell(c.kind, c.generation, 2, c.log)
		want := []string{"", "1"}
		if c.kind == shipper.Resolved { // it is over, and so is the ticket
			want = want[:1]
		} else {
			tell(shipper.Updated, c.generation, 3, false)
		}
		if diff := cmp.Diff(want, desk.Follows(fp)); diff != "" {
			t.Errorf("%+v: follows (-want +got):\n%s", c, diff)
			continue
		}
		if all := desk.Tickets(t, fp); len(all) > 1 && (!all[1].Open || all[1].Comments == 0 || all[0].Comments > 0) {
			t.Errorf("%+v: the tickets are %+v", c, all)
		}
	}
}
