package agent

import (
	"bytes"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/tail"
)

// TestARecordsTimeIsBelievedWhereItCanBe: a backlog may be as old as it likes, a
// live record may not, and none may come from the future.
func TestARecordsTimeIsBelievedWhereItCanBe(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, line string
		ended      time.Time // when everything had been read last
		want       string
		skewed     int64
	}{
		{"backlog", "2020-01-01T00:00:00Z x", time.Time{}, "2020-01-01T00:00:00Z", 0},
		{"live", "2026-11-24T11:59:58Z x", now.Add(-time.Second), "2026-11-24T11:59:58Z", 0},
		{"live and old", "2026-11-24T11:50:00Z x", now.Add(-time.Second), "", 1},
		{"after a stall", "2026-11-24T11:50:00Z x", now.Add(-time.Hour), "2026-11-24T11:50:00Z", 0},
		{"a little ahead", "2026-11-24T12:00:01Z x", time.Time{}, "", 0},
		{"future", "2026-11-24T13:00:00Z x", time.Time{}, "", 1},
		{"none", "x", time.Time{}, "", 0},
	} {
		p := &pipeline{Looker: Looker{sources: sources{clocks: map[string]*record.Clock{}}}, ended: c.ended, skewed: map[string]int64{}}
		got := ""
		if at := p.written("s", now, []byte(c.line), nil); !at.IsZero() {
			got = at.UTC().Format(time.RFC3339)
		}
		if got != c.want || p.skewed["s"] != c.skewed {
			t.Errorf("%s: %q, not %q; %d skewed", c.name, got, c.want, p.skewed["s"])
		}
	}
}

// TestAContainersLineHasTheTimeOfItsRuntime where the program wrote none.
func TestAContainersLineHasTheTimeOfItsRuntime(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		format          record.Format
		log, part, want string
	}{
		{record.CRI, "2026-11-24T10:00:00.5Z stdout F one\n2026-11-24T10:00:01.5Z stdout F two\n", "two", "2026-11-24T10:00:01.5Z"},
		{record.CRI, "2026-11-24T10:00:00.5Z stdout F 2026-11-24 09:00:00 one\n", "one", "2026-11-24T09:00:00Z"},
		{record.Docker, `{"log":"one\n","stream":"stdout","time":"2026-11-24T10:00:00.5Z"}` + "\n", "one", "2026-11-24T10:00:00.5Z"},
	} {
		chunk := tail.Chunk{Data: []byte(c.log)}
		text, marks := (&record.Shape{Format: c.format}).Text(nil, chunk.Data)
		start := bytes.LastIndexByte(text[:bytes.Index(text, []byte(c.part))], '\n') + 1
		p := &pipeline{Looker: Looker{sources: sources{clocks: map[string]*record.Clock{}}}, skewed: map[string]int64{}}
		if got := p.written("s", now, text[start:], raw(chunk, marks, start)).UTC().Format(time.RFC3339Nano); got != c.want {
			t.Errorf("%s: %s, not %s", c.log, got, c.want)
		}
	}
}
