package agent

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/rules"
)

// scenarioTest is a test of CrowdSec's: lines, and the buckets that overflow.
type scenarioTest struct {
	Test   string   `json:"test"`
	Lines  []string `json:"lines"`
	Expect struct {
		Overflows []overflow `json:"overflows"`
	} `json:"expect"`
}

type overflow struct {
	Scenario string   `json:"scenario"`
	Sources  []string `json:"sources"`
	Events   int64    `json:"events"`
}

// rule is the id of the rule for a scenario.
func (o overflow) rule() string {
	return strings.ReplaceAll(strings.ToLower(o.Scenario[strings.LastIndexByte(o.Scenario, '/')+1:]), "_", "-")
}

// outside are the scenarios that ask what no log says: lists that are downloaded, and
// where on earth an address is.
func outside(rule string) bool {
	return slices.Contains([]string{
		"http-bad-user-agent", "http-backdoors-attempts", "http-path-traversal-probing", "http-sensitive-files", "http-sqli-probbing-detection",
		"http-xss-probbing", "http-cve-probing", "http-technology-probing", "thinkphp-cve-2018-20062", "http-magento-ccs-by-country",
		"impossible-travel", "impossible-travel-user",
	}, rule)
}

// TestCrowdSecScenarios plays CrowdSec's own tests to rules for its scenarios and
// counts the overflows that come out as it expects them: scenario, source and count.
// The lines are not part of the project.
func TestCrowdSecScenarios(t *testing.T) {
	shared := os.Getenv("THIRDLINE_SHARED")
	if shared == "" {
		t.Skip("THIRDLINE_SHARED names no folder with the corpora, which may not be shipped")
	}
	set, problems := rules.Load([]string{"testdata/crowdsec.yaml"}, nil)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(shared, "corpora/crowdsec/scenario.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	asked, came, without, more := 0, 0, 0, 0
	for lines.Scan() {
		var test scenarioTest
		if err := json.Unmarshal(lines.Bytes(), &test); err != nil {
			t.Fatal(err)
		}
		left := overflows(t, set, test.Lines)
		for _, want := range test.Expect.Overflows {
			switch {
			case outside(want.rule()):
				without++
				continue
			case take(&left, want):
				came++
			default:
				t.Logf("%s: no %s of %v, %d events; left are %v", test.Test, want.rule(), want.Sources, want.Events, left)
			}
			asked++
		}
		for _, o := range left {
			if slices.ContainsFunc(test.Expect.Overflows, func(want overflow) bool { return want.rule() == o.Scenario }) {
				t.Logf("%s: not expected: %v", test.Test, o)
				more++
			}
		}
	}
	t.Logf("%d of %d expected overflows come out (%.1f %%), and %d others of these scenarios; %d more need data from outside", came, asked, 100*float64(came)/float64(asked), more, without)
	if came < 199 || more > 10 {
		t.Errorf("%d expected overflows come out, and %d others; it was 199 of 204, and 10", came, more)
	}
}

// take removes what was expected from what came.
func take(left *[]overflow, want overflow) bool {
	at := slices.IndexFunc(*left, func(o overflow) bool {
		return (want.Scenario == "" || o.Scenario == want.rule()) && (len(want.Sources) == 0 || slices.Equal(o.Sources, want.Sources)) && (want.Events == 0 || o.Events == want.Events)
	})
	if at < 0 {
		return false
	}
	*left = slices.Delete(*left, at, at+1)
	return true
}

// overflows plays lines to rules and returns their detections.
func overflows(t *testing.T, set *rules.Set, lines []string) (out []overflow) {
	t.Helper()
	detect, err := newDetector(set, "web1", nil)
	if err != nil {
		t.Fatal(err)
	}
	view, clock := set.View(rules.Source{Any: true}), record.Clock{}
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, line := range lines {
		at, _ := clock.Time([]byte(line), now)
		if !at.IsZero() {
			now = at // a line without a time arrives when those around it do
		}
		for _, m := range view.Scan([]byte(line+"\n"), nil) {
			fields := func() map[string]string { return set.Fields(m, []byte(line)) }
			for _, d := range detect.observe(m, fields, incident.Place{Time: at}, now) {
				out = append(out, overflow{d.Rule.ID.Value, []string{d.Fields["ip"]}, d.Count})
			}
		}
	}
	return out
}

func (o overflow) String() string {
	return fmt.Sprintf("%s of %v, %d", o.Scenario, o.Sources, o.Events)
}
