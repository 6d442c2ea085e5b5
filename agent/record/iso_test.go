package record

import (
	"testing"
	"time"
)

// FuzzISOAtStart holds the quick way to the expression that it stands for.
func FuzzISOAtStart(f *testing.F) {
	for _, text := range []string{
		"2026-11-24T10:00:00Z a", "2026-11-24 10:00:00 b", "2026-11-24T10:00:00.123456789+01:00", "2026-11-24T10:00:00,5 UTC x",
		"2026-11-24T10:00:00.1234567890 c", "2026-11-24T10:00:00Zulu", "2026-11-24T10:00:00 -07:00", "2026-13-44T99:00:00Z", "1999-01-01 00:00:00",
		"2026-11-24T10:00:00. d", "2026-11-24T10:00:00", "2026-11-24T10:00:00 ", "2026-11-24T10:00:00 Z", "2026-02-31T10:00:00 e", "2126-02-03T10:00:00",
		"2026-11-24T10:00:00.5Z_", "2026-11-24T10:00:00-03", "2026-11-24T10:00:00 Zone", "2026-11-24T10:00:005",
	} {
		f.Add(text)
	}
	near := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	quick := &layouts[0]
	slow := &layout{name: "as iso", expr: quick.expr}
	f.Fuzz(func(t *testing.T, text string) {
		got, at := quick.find([]byte(text), near, time.UTC)
		want, wantAt := slow.find([]byte(text), near, time.UTC)
		if !got.Equal(want) || at != wantAt {
			t.Errorf("%q: %v at %v, the expression finds %v at %v", text, got, at, want, wantAt)
		}
	})
}
