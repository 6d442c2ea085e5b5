package profile_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/thirdline/thirdline/shipper/profile"
)

// TestAPathLeadsToWhatItNames in an answer, whatever stands beside it.
func TestAPathLeadsToWhatItNames(t *testing.T) {
	const answer = `{"id": 7, "on": true, "none": null, "*": "star", "l": [
		{"n": "a", "by": {"id": 1}, "d": [{"k": "x"}], "t": "one"},
		{"n": "b.c", "by": {"id": 2}, "d": [], "t": "two"},
		{"n": "a", "by": {"id": 2}, "d": [{"k": "y"}, {"k": "x"}], "t": "three"}], "s": ["p", "q"]}`
	var doc any
	if err := json.Unmarshal([]byte(answer), &doc); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{"id", "7"},
		{"on", "true"},
		{"none", ""},
		{"*", "star"},
		{"l.1.t", "two"},
		{"l.9.t", ""},
		{"l.-1.t", ""},
		{"l..t", ""},
		{"l.x.t", ""},
		{"l.[n=a].t", "one"},
		{"l.[n=b.c].t", "two"},
		{"l.[d.[k=y].k=y].t", "three"},
		{"s.[=q]", "q"},
		{"s.[=r]", ""},
		{"l.[n].t", ""},
		{"l.[n=a.t", ""},
		{"l.*.t", "one two three"},
		{"l.-*.t", "three two one"},
		{"l.*[n=a].t", "one three"},
		{"l.-*[n=a].t", "three one"},
		{"l.*[n=a][by.id=2].t", "three"},
		{"l.*[n=a]x.t", ""},
		{"l.*.d.*.k", "x y x"},
		{"l.*.d.0.k", "x y"},
		{"l.*.nothing", ""},
	} {
		if got := strings.Join(profile.All(doc, c.path), " "); got != c.want {
			t.Errorf("%s leads to %q, not %q", c.path, got, c.want)
		}
	}
}
