package agent_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/tail"
)

const related = `
rules:
  - id: disk
    title: "disk {{ .dev }} fails"
    severity: critical
    match: {regex: 'bad (?P<dev>\w+) for (?P<req>\S+)'}
    key: [dev]
    snapshot:
      before: 0
      after: 0
      related:
        - {sources: {tags: [kernel]}, within: 4s}
        - {sources: {tags: [web]}, within: 4s, by: req}
        - {sources: {tags: [web]}, within: 4s, by: dev}
`

// TestRelatedLogsAreMergedByTime: the records of other logs around the match come
// with the opening, those after it as an update; a log that is only context is read
// though nobody follows it; what is told once is not told again.
func TestRelatedLogsAreMergedByTime(t *testing.T) {
	t.Parallel()
	h := newHost(t, related)
	dir := filepath.Dir(h.log)
	kernel, web := filepath.Join(dir, "kern.log"), filepath.Join(dir, "web.log")
	h.more = []agent.Source{
		{Source: tail.Source{Name: "web", Include: []string{web}}, Tags: []string{"web"}},
		{Source: tail.Source{Name: "kernel", Include: []string{filepath.Join(dir, "kern*.log")}}, Tags: []string{"kernel"}, OnlyContext: true},
	}
	say := func(path string, age time.Duration, text string) {
		h.writeTo(path, time.Now().Add(-age).UTC().Format("2006-01-02T15:04:05.000Z07:00 ")+text+"\n")
	}
	say(kernel, 20*time.Second, "long before, and bad sdz for r1")
	say(kernel, 300*time.Millisecond, "ata1: reset password=hunter2x")
	h.writeTo(kernel, "  a line without a time\n")
	h.writeTo(web, "")
	h.start()
	say(web, 200*time.Millisecond, "GET / r7 500")
	say(web, 170*time.Millisecond, "sda is slow")
	say(web, 150*time.Millisecond, "GET / r77 200")
	say(h.log, 0, "bad sda for r7")
	h.await(1)
	say(kernel, 0, "ata1: up")
	say(web, 0, "retry r7")
	h.await(2)
	h.stop()
	var got []string
	for _, e := range h.desk.told() {
		for _, r := range e.Data.Snapshot.Related {
			_, text, _ := strings.Cut(r.Text, "Z ")
			text, _, _ = strings.Cut(text+"#", "#")
			got = append(got, fmt.Sprintf("%d %s %s %v", e.Data.Sequence, r.Source, text, !r.Time.IsZero()))
		}
		if e.Data.Snapshot.Notes != nil {
			t.Errorf("notes: %q", e.Data.Snapshot.Notes)
		}
	}
	want := []string{
		"1 kernel ata1: reset password=[password true", "1 kernel  true", "1 web GET / r7 500 true", "1 web sda is slow true",
		"2 kernel ata1: up true", "2 web retry r7 true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("related records (-want +got):\n%s", diff)
	}
}

// TestADebtOutlivesTheAgent: what was still to come when the agent ended is told
// after its next start.
func TestADebtOutlivesTheAgent(t *testing.T) {
	t.Parallel()
	h := newHost(t, related)
	kernel := filepath.Join(filepath.Dir(h.log), "kern.log")
	h.more = []agent.Source{{Source: tail.Source{Name: "kernel", Include: []string{kernel}}, Tags: []string{"kernel"}, OnlyContext: true}}
	h.start()
	h.write("bad sda for r7\n")
	h.await(1)
	h.stop()
	h.writeTo(kernel, time.Now().UTC().Format(time.RFC3339Nano)+" ata1: up\n")
	h.start()
	h.await(2)
	h.write("bad sdb for r8\n") // an end right after has nothing more to tell of sda
	h.await(3)
	h.stop()
	told := h.desk.told()
	if len(told) < 2 || told[1].Data.Reason != "evidence" || len(told[1].Data.Snapshot.Related) != 1 || told[1].Data.Fields["dev"] != "sda" {
		t.Fatalf("events: %q", h.desk.lines())
	}
}
