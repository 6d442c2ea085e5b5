package snapshot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/snapshot"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// ticking is a log with a line every second from noon on, as wide as asked for; each
// third line carries no time.
func ticking(lines, width int) string {
	var b strings.Builder
	for i := range lines {
		if i%3 == 2 {
			fmt.Fprintf(&b, "  goes on %d\n", i)
			continue
		}
		fmt.Fprintf(&b, "%s n=%d user=u%d %s\n", noon.Add(time.Duration(i)*time.Second).Format(time.RFC3339), i, i%10, strings.Repeat("x", width))
	}
	return b.String()
}

func search(t *testing.T, text string, w snapshot.Window) (found []string, note string) {
	t.Helper()
	if w.Now.IsZero() {
		w.Now = noon.Add(48 * time.Hour)
	}
	if w.Until.IsZero() {
		w.Until = time.Now().Add(time.Minute)
	}
	l := snapshot.Log{ReaderAt: strings.NewReader(text), Size: int64(len(text)), Clock: &record.Clock{}, Modified: noon}
	records, note, err := l.Search(w)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if !strings.HasPrefix(text[r.Offset:], r.Text+"\n") {
			t.Errorf("%q is not at %d", r.Text, r.Offset)
		}
		found = append(found, strings.TrimSpace(strings.TrimRight(r.Text, "x")))
	}
	return found, note
}

func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

func TestSearchFindsTheWindow(t *testing.T) {
	small, large := ticking(30, 0), ticking(20_000, 300) // 4 MB
	line := func(n int) string {
		return fmt.Sprintf("%s n=%d user=u%d", at(n).Format(time.RFC3339), n, n%10)
	}
	for _, c := range []struct {
		name, text string
		w          snapshot.Window
		want       []string
		note       string
	}{
		{"around the match", small, snapshot.Window{From: at(9), At: at(10), To: at(13), Records: 20}, []string{line(9), line(10), "goes on 11", line(12), line(13), "goes on 14"}, ""},
		{"in the middle of a large log", large, snapshot.Window{From: at(9999), At: at(10000), To: at(10002), Records: 20}, []string{line(9999), line(10000), "goes on 10001", line(10002)}, ""},
		{"at the end of a large log", large, snapshot.Window{From: at(19997), At: at(30000), To: at(30060), Records: 20}, []string{line(19998), line(19999)}, ""},
		{"before its beginning", large, snapshot.Window{From: at(-60), At: at(-1), To: at(1), Records: 20}, []string{line(0), line(1), "goes on 2"}, ""},
		{"nothing", small, snapshot.Window{From: at(100), At: at(160), To: at(220), Records: 20}, nil, ""},
		{"by a value as a word", large, snapshot.Window{From: at(9980), At: at(10000), To: at(10020), Values: []string{"u4"}, Records: 20}, []string{line(9984), line(9994), line(10014)}, ""},
		{"the nearest where there are too many", large, snapshot.Window{From: at(0), At: at(9999), To: at(19999), Records: 4}, []string{line(9997), "goes on 9998", line(9999), line(10000)}, "the 4 records nearest to the match"},
		{"an empty log", "", snapshot.Window{From: at(0), At: at(1), To: at(2), Records: 4}, nil, ""},
		{"no times, written in the window", "one\ntwo\nthree\n", snapshot.Window{From: at(-1), At: at(0), To: at(2), Records: 2}, []string{"two", "three"}, "its records carry no time: the last of them"},
		{"no times, written before it", "one\ntwo\n", snapshot.Window{From: at(1), At: at(2), To: at(3), Records: 2}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, note := search(t, c.text, c.w)
			if diff := cmp.Diff(c.want, got); diff != "" || note != c.note {
				t.Errorf("note %q, records (-want +got):\n%s", note, diff)
			}
		})
	}
}

func TestSearchEndsInTime(t *testing.T) {
	_, note := search(t, ticking(20_000, 300), snapshot.Window{From: at(0), At: at(9999), To: at(19999), Records: 4, Until: time.Now().Add(-time.Second)})
	if !strings.Contains(note, "want of time") {
		t.Errorf("note %q", note)
	}
}

func BenchmarkSearch(b *testing.B) {
	text := ticking(2_000_000/3, 120) // 64 MB
	for b.Loop() {
		l := snapshot.Log{ReaderAt: strings.NewReader(text), Size: int64(len(text)), Clock: &record.Clock{}, Modified: noon}
		_, _, err := l.Search(snapshot.Window{From: at(330_000), At: at(333_000), To: at(333_060), Now: noon.Add(1000 * time.Hour), Values: []string{"u4"}, Records: 200, Until: time.Now().Add(time.Minute)})
		if err != nil {
			b.Fatal(err)
		}
	}
}
