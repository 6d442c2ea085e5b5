package record_test

import (
	"strings"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent/record"
)

// stated is a time as a parser of others took it out of a line, and what it tells.
type stated struct {
	layout           string
	year, date, zone bool
}

var statedLayouts = []stated{
	{time.RFC3339Nano, true, true, true},
	{"2006-01-02T15:04:05.999-0700", true, true, true},
	{"02/Jan/2006:15:04:05 -0700", true, true, true},
	{"02/Jan/2006:15:04:05.999", true, true, false},
	{"2006-01-02 15:04:05.999", true, true, false},
	{"2006/01/02 15:04:05", true, true, false},
	{"2006-01-02T15:04:05", true, true, false},
	{"01/02/2006 15:04:05", true, true, false},
	{"Jan _2 15:04:05", false, true, false},
	{"15:04:05", false, false, false},
}

// agrees compares what the text tells with a time that was read from the line.
func agrees(text string, got time.Time) (known, same bool) {
	for _, l := range statedLayouts {
		want, err := time.Parse(l.layout, text)
		if err != nil {
			continue
		}
		if !l.zone {
			got = time.Date(got.Year(), got.Month(), got.Day(), got.Hour(), got.Minute(), got.Second(), got.Nanosecond(), time.UTC)
		}
		year, month, day := want.Date()
		if !l.year {
			year = got.Year()
		}
		if !l.date {
			month, day = got.Month(), got.Day()
		}
		want = time.Date(year, month, day, want.Hour(), want.Minute(), want.Second(), 0, want.Location())
		return true, got.Truncate(time.Second).Equal(want)
	}
	return false, false
}

// TestTimesThatCrowdSecStates compares with the times that the hub's parsers take out
// of their own test lines: the first one that stands in the line.
func TestTimesThatCrowdSecStates(t *testing.T) {
	right, none, argued := 0, 0, 0
	for _, c := range corpus[struct {
		Line   string
		Expect struct {
			Fields map[string]any
		}
	}](t, "corpora/crowdsec/parser.jsonl") {
		got, place := (&record.Clock{}).Time([]byte(c.Line), near)
		first, same := len(c.Line), true
		for name, value := range c.Expect.Fields {
			text, ok := value.(string)
			at := strings.Index(c.Line, text)
			if !ok || at < 0 || at > first || !strings.Contains(name, "time") && !strings.Contains(name, "date") {
				continue
			}
			if known, agreed := agrees(text, got); known {
				first, same = at, agreed
			}
		}
		switch {
		case first == len(c.Line):
			none++
		case same:
			right++
		case place.Len() > 0 && place.Start < first:
			argued++ // they take the program's time, we that of the header before it
		default:
			t.Errorf("%.300q: %v", c.Line, got)
		}
	}
	t.Logf("%d as stated, %d otherwise with reason, %d state none", right, argued, none)
	if right < 600 || argued > 8 {
		t.Errorf("%d as stated, %d otherwise", right, argued)
	}
}
