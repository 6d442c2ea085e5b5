package fake_test

import (
	"maps"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/backendtest"
	"github.com/thirdline/thirdline/shipper/backendtest/fake"
	"github.com/thirdline/thirdline/shipper/httpdriver"
	"github.com/thirdline/thirdline/shipper/profile"
)

// TestEveryProfileHasAFake keeps a profile from being shipped untested.
func TestEveryProfileHasAFake(t *testing.T) {
	if diff := cmp.Diff(profile.Names(), fake.Names()); diff != "" {
		t.Errorf("profiles and fakes (-profiles +fakes):\n%s", diff)
	}
}

// TestEveryProfileKeepsTheContract runs the suite over each profile and its fake.
func TestEveryProfileKeepsTheContract(t *testing.T) {
	for _, name := range fake.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := profile.Builtin(name)
			if err != nil {
				t.Fatal(err)
			}
			desk := fake.New(t, name)
			s := backendtest.Subject{
				Tickets: desk.Tickets, Links: true,
				Comments: p.Ops["update"] != nil && p.Class != profile.Keyed,
				Files:    p.Ops["attach"] != nil, Reopens: p.Ops["reopen"] != nil && p.Class != profile.Keyed,
				Repeats: p.Class == profile.None || p.Ops["seen"] == nil && p.Class != profile.Keyed, Anonymous: len(desk.Wrong) == 0,
			}
			if p.Ops["fix"] != nil {
				s.Mend = func(_ *testing.T, fp, text string) { desk.Mend(fp, text) }
			}
			s.New = func(t *testing.T, client *http.Client, j shipper.Journal, wrong bool) shipper.Backend {
				t.Helper()
				settings := maps.Clone(desk.Settings)
				if wrong {
					maps.Copy(settings, desk.Wrong)
				}
				d, err := httpdriver.New(httpdriver.Options{Profile: p, Settings: settings, Journal: j, Client: client, Rate: 1e6, Settle: 1})
				if err != nil {
					t.Fatal(err)
				}
				return d
			}
			backendtest.Run(t, s)
		})
	}
}
