package record_test

import (
	"bufio"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent/record"
)

var near = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestTime(t *testing.T) {
	for _, tc := range []struct{ line, stamp, want string }{
		{"2026-11-24T10:00:01Z x", "2026-11-24T10:00:01Z", "2026-11-24T10:00:01Z"},
		{"2026-11-24T10:00:01.123456789+02:00 x", "2026-11-24T10:00:01.123456789+02:00", "2026-11-24T08:00:01.123456789Z"},
		{"2026-11-24 10:00:01,250 INFO x", "2026-11-24 10:00:01,250", "2026-11-24T10:00:01.25Z"},
		{"2026/11/24 10:00:01 [error] 3#3: x", "2026/11/24 10:00:01", "2026-11-24T10:00:01Z"},
		{"2026-11-24 10:00:01.000 UTC [4711] LOG:  x", "2026-11-24 10:00:01.000 UTC", "2026-11-24T10:00:01Z"},
		{"2026-11-24 10:00:01 -7000 x", "2026-11-24 10:00:01", "2026-11-24T10:00:01Z"},
		{"<38>1 2026-11-24T10:00:01.5-04:00 web1 sshd 5 - - x", "2026-11-24T10:00:01.5-04:00", "2026-11-24T14:00:01.5Z"},
		{"Nov 24 10:00:01 web1 sshd[5]: x", "Nov 24 10:00:01", "2026-11-24T10:00:01Z"},
		{"Nov  4 10:00:01 web1 x", "Nov  4 10:00:01", "2026-11-04T10:00:01Z"},
		{"Nov 25 11:59:59 web1 x", "Nov 25 11:59:59", "2026-11-25T11:59:59Z"}, // a clock that is ahead
		{"Dec 31 23:59:59 web1 x", "Dec 31 23:59:59", "2025-12-31T23:59:59Z"}, // last year's
		{"Feb 29 10:00:00 web1 x", "Feb 29 10:00:00", "2026-03-01T10:00:00Z"},
		{"Tue Nov 24 10:00:01 2026 x", "Nov 24 10:00:01 2026", "2026-11-24T10:00:01Z"},
		{"[Tue Nov 24 10:00:01.123456 2026] [core:error] x", "Nov 24 10:00:01.123456 2026", "2026-11-24T10:00:01.123456Z"},
		{"Tue Nov 24 10:00:01 CET 2026", "Nov 24 10:00:01 CET 2026", "2026-11-24T09:00:01Z"},
		{`10.0.0.1 - - [24/Nov/2026:10:00:01 +0100] "GET /"`, "24/Nov/2026:10:00:01 +0100", "2026-11-24T09:00:01Z"},
		{"Date: Tue, 24 Nov 2026 10:00:01 GMT", "24 Nov 2026 10:00:01 GMT", "2026-11-24T10:00:01Z"},
		{"812:M 24 Nov 2026 10:00:01.250 * Ready", "24 Nov 2026 10:00:01.250", "2026-11-24T10:00:01.25Z"},
		{"E1124 10:00:01.000250   7 x.go:1] x", "1124 10:00:01.000250", "2026-11-24T10:00:01.00025Z"},
		{"11/24/2026 03:00:01 PM x", "11/24/2026 03:00:01 PM", "2026-11-24T15:00:01Z"},
		{"2026-11-24  3:00:01 8 [Warning] x", "2026-11-24  3:00:01", "2026-11-24T03:00:01Z"},
		{"11/24/2026-03:00:01.250  [**] x", "11/24/2026-03:00:01.250", "2026-11-24T03:00:01.25Z"},
		{"11/24/26 03:00:01.250 web x", "11/24/26 03:00:01.250", "2026-11-24T03:00:01.25Z"},
		{`{"m":"` + strings.Repeat("x", 600) + `","time":"2026-11-24T03:00:01Z"}`, "2026-11-24T03:00:01Z", "2026-11-24T03:00:01Z"},
		{"[GIN] 2026/11/24 - 10:00:01 | 401 |", "2026/11/24 - 10:00:01", "2026-11-24T10:00:01Z"},
		{"2026-11-24\t10:00:01\tCDG50", "2026-11-24\t10:00:01", "2026-11-24T10:00:01Z"},
		{"24/11/2026 03:00:01 x", "24/11/2026 03:00:01", "2026-11-24T03:00:01Z"},
		{"24-11-2026 10:00:01 x", "24-11-2026 10:00:01", "2026-11-24T10:00:01Z"},
		{"20261124T100001Z x", "20261124T100001Z", "2026-11-24T10:00:01Z"},
		{"261124 10:00:01 [Warning] x", "261124 10:00:01", "2026-11-24T10:00:01Z"},
		{"11-24 10:00:01.250  12  34 E x", "11-24 10:00:01.250", "2026-11-24T10:00:01.25Z"},
		{"@400000004c91b044077a9e94 x", "400000004c91b044077a9e94", "2010-09-16T05:50:50.1254765Z"},
		{"1795514401.250 TCP_MISS", "1795514401.250", "2026-11-24T10:00:01.25Z"},
		{`{"ts":1795514401250,"m":"x"}`, "1795514401250", "2026-11-24T10:00:01.25Z"},
		{`time=1795514401250000000 x`, "1795514401250000000", "2026-11-24T10:00:01.25Z"},
		{"type=SYSCALL msg=audit(1795514401.250:4063): x", "1795514401.250", "2026-11-24T10:00:01.25Z"},
		{"10:00:01.250 [main] WARN x", "10:00:01.250", "2026-11-24T10:00:01.25Z"},
		{"23:00:01 [main] WARN x", "23:00:01", "2026-11-23T23:00:01Z"}, // yesterday's
		{"Nov 24 10:00:01 web1 app: at 2026-01-01T00:00:00Z", "Nov 24 10:00:01", "2026-11-24T10:00:01Z"},
		{"no time at all", "", ""},
		{"", "", ""},
		{"2026-13-45 99:99:99", "", ""},
		{"order 1795514401 9", "1795514401", "2026-11-24T10:00:01Z"},
		{"phone 49179551440199", "", ""},
	} {
		at, place := (&record.Clock{}).Time([]byte(tc.line), near)
		got := ""
		if place.Len() > 0 {
			got = at.UTC().Format(time.RFC3339Nano)
		}
		if got != tc.want || tc.line[place.Start:place.End] != tc.stamp {
			t.Errorf("%q: %q at %q, want %q at %q", tc.line, got, tc.line[place.Start:place.End], tc.want, tc.stamp)
		}
	}
}

func TestOwnLayouts(t *testing.T) {
	c := &record.Clock{Layouts: []string{"02.01.06 15h04m05", "Jan _2 15-04-05"}, Zone: time.FixedZone("", 3600)}
	for line, want := range map[string]string{
		"24.11.26 10h00m01 x":  "2026-11-24T09:00:01Z",
		"Nov  4 10-00-01 x":    "2026-11-04T09:00:01Z",
		"2026-11-24 10:00:01 ": "2026-11-24T09:00:01Z",
	} {
		if got, _ := c.Time([]byte(line), near); got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%q: %v, want %s", line, got, want)
		}
	}
}

// TestTimesThatOthersState compares with what the authors of fail2ban's filters
// say of their lines. Their tests run in Zurich in August 2005.
func TestTimesThatOthersState(t *testing.T) {
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	then := time.Date(2005, 8, 14, 12, 0, 0, 0, zurich)
	// where they are wrong, or do not read what stands there
	otherwise := map[string]string{
		"PROXY.3128":                 "their pattern leaves the zone out",
		"[Fri Dec 06 09:29:34 2013]": "their year is a slip",
		`"session":"2a5e755afa79"`:   "they take Z for local time",
		"@400000004c91b044":          "TAI64N labels are ten seconds ahead",
		"audit(1372557500.000":       "they are an hour off in summer",
	}
	right, argued := 0, 0
	for _, c := range corpus[struct {
		Line   string
		Expect struct{ Time string }
	}](t, "corpora/fail2ban/cases.jsonl") {
		if c.Expect.Time == "" {
			continue
		}
		want, err := time.ParseInLocation("2006-1-2T15:04:05", c.Expect.Time, zurich)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := (&record.Clock{Zone: zurich}).Time([]byte(c.Line), then)
		switch said := slices.ContainsFunc(slices.Collect(maps.Keys(otherwise)), func(part string) bool { return strings.Contains(c.Line, part) }); {
		case got.Truncate(time.Second).Equal(want):
			right++
		case said:
			argued++
		default:
			t.Errorf("%q: %v, they say %v", c.Line, got.In(zurich), want)
		}
	}
	t.Logf("%d as stated, %d otherwise with reason", right, argued)
	if right < 640 || argued > 8 {
		t.Errorf("%d as stated, %d otherwise", right, argued)
	}
}

// corpus reads lines of JSON from the shared data, which is not ours to ship.
func corpus[T any](t *testing.T, name string) (out []T) {
	t.Helper()
	shared := os.Getenv("THIRDLINE_SHARED")
	if shared == "" {
		t.Skip("THIRDLINE_SHARED names no folder with the corpora, which may not be shipped")
	}
	f, err := os.Open(filepath.Join(shared, name))
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func FuzzTime(f *testing.F) {
	for _, s := range []string{"2026-11-24T10:00:01Z", "Nov 24 10:00:01", "@400000004c91b044077a9e94", "24/Nov/2026:10:00:01 +0100", "1795514401.250", "Feb 30 24:59:60"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		at, place := (&record.Clock{Layouts: []string{time.StampMicro}}).Time(line, near)
		if place.Start < 0 || place.End > len(line) || place.Len() < 0 || (place.Len() == 0) != at.IsZero() {
			t.Errorf("%q: %v at %v", line, at, place)
		}
	})
}

func BenchmarkTime(b *testing.B) {
	for name, line := range map[string]string{
		"syslog": "Nov 24 10:00:01 web1 sshd[5]: Failed password for root from 10.0.0.1",
		"iso":    "2026-11-24T10:00:01.123Z INFO something happened to somebody",
		"clf":    `10.0.0.1 - - [24/Nov/2026:10:00:01 +0100] "GET / HTTP/1.1" 200 12`,
		"none":   `10.0.2.128 - - "GET /api/items/9959 HTTP/1.1" 200 30078 "-" "Mozilla/5.0 (X11; Linux x86_64)"`,
	} {
		b.Run(name, func(b *testing.B) {
			c := &record.Clock{}
			for b.Loop() {
				c.Time([]byte(line), near)
			}
		})
	}
}
