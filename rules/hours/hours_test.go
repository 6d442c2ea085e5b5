package hours_test

import (
	"strings"
	"testing"
	"time"

	"github.com/thirdline/thirdline/rules/hours"
)

func TestContain(t *testing.T) {
	for _, c := range []struct {
		hours, at string // in UTC; 2026-11-23 is a Monday
		want      bool
	}{
		{"mon-fri 08:00-18:00 UTC", "2026-11-23T08:00", true},
		{"mon-fri 08:00-18:00 UTC", "2026-11-23T07:59", false},
		{"mon-fri 08:00-18:00 UTC", "2026-11-23T18:00", false},
		{"mon-fri 08:00-18:00 UTC", "2026-11-28T12:00", false},
		{"mon-fri 08:00-18:00 Europe/Berlin", "2026-11-23T07:00", true},
		{"mon-fri 08:00-18:00 Europe/Berlin", "2026-07-20T06:00", true}, // summer time
		{"mon-fri 08:00-18:00 Europe/Berlin", "2026-11-23T06:59", false},
		{"fri 22:00-06:00 UTC", "2026-11-27T23:00", true},
		{"fri 22:00-06:00 UTC", "2026-11-28T05:59", true},
		{"fri 22:00-06:00 UTC", "2026-11-28T06:00", false},
		{"fri 22:00-06:00 UTC", "2026-11-27T05:00", false},
		{"sat,sun UTC", "2026-11-29T00:00", true},
		{"sat,sun UTC", "2026-11-30T00:00", false},
		{"sat-mon UTC", "2026-11-23T12:00", true},
		{"sat-mon UTC", "2026-11-24T12:00", false},
		{"20:00-24:00 UTC", "2026-11-24T23:59", true},
		{"UTC", "2026-11-24T23:59", true},
		{"08:00-18:00", "2026-11-24T08:00", true}, // without a zone it is UTC
		{"08:00-18:00", "2026-11-24T18:00", false},
		{"00:00-24:00", "2026-11-24T00:00", true},
		{"sun 23:00-01:00 UTC", "2026-11-23T00:30", true},
	} {
		h, err := hours.Parse(c.hours)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse("2006-01-02T15:04", c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Contain(at); got != c.want {
			t.Errorf("%q at %s: %v", c.hours, c.at, got)
		}
	}
	if (hours.Hours{}).Contain(time.Now()) {
		t.Error("no hours contain something")
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "empty",
		"mo-fr":                   `"mo-fr" names no days`,
		"mon-":                    `"mon-" names no days`,
		"mon,":                    `"" names no days`,
		"08:00":                   `"08:00" names no times`,
		"8-18":                    `"8-18" names no times`,
		"08:00-24:01":             "names no times",
		"24:00-08:00":             "names no times",
		"08:60-09:00":             "names no times",
		"08:00-08:00":             "begins where it ends",
		"mon Local":               `no time zone is called "Local"`,
		"mon Mars/Olympus":        `no time zone is called "Mars/Olympus"`,
		"mon 08:00-09:00 UTC now": `"now" is too much`,
		"Europe/Berlin mon":       `"mon" is too much`,
	} {
		if _, err := hours.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
