package scan

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/rules"
)

const disk = `rules:
  - id: disk
    title: "disk {{ .dev }}"
    severity: error
    match: {regex: 'bad (?P<dev>\w+)'}
    key: [dev]
    incident: {resolve: {on: {regex: 'good (?P<dev>\w+)'}}}
`

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func ledger(t *testing.T, source string) *Ledger {
	t.Helper()
	set, problems := rules.Load([]string{write(t, "r.yaml", []byte(source))}, nil)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return NewLedger(agent.ReplayOptions{Host: "h", Rules: set})
}

func packed(t *testing.T, text string, open func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := open(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHistoryIsReadWhateverCompressesIt(t *testing.T) {
	const text = "one\nbad sda\nbad sda\ngood sda\nbad sda"
	for name, data := range map[string][]byte{
		"app.log": []byte(text),
		"app.log.1.gz": packed(t, text, func(w io.Writer) (io.WriteCloser, error) {
			return gzip.NewWriter(w), nil
		}),
		"app.log.1": packed(t, text, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }),
	} {
		t.Run(name, func(t *testing.T) {
			files, err := Open([]string{write(t, name, data)})
			if err != nil {
				t.Fatal(err)
			}
			read := 0
			files[0].Progress = func(n int) { read += n }
			l := ledger(t, disk)
			if err := Files(t.Context(), files, l); err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, i := range l.Incidents() {
				got = append(got, int64(i.Generation), i.Count, i.Offset)
			}
			if diff := cmp.Diff([]int64{1, 2, 4, 2, 1, 29}, got); diff != "" {
				t.Errorf("generation, count and offset (-want +got):\n%s", diff)
			}
			if read != len(data) {
				t.Errorf("progress told %d of %d bytes", read, len(data))
			}
		})
	}
}

func TestDamagedHistoryIsAnError(t *testing.T) {
	whole := packed(t, strings.Repeat("bad sda\n", 1000), func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
	for name, data := range map[string][]byte{"cut": whole[:len(whole)/2], "xz": []byte("\xfd7zXZ\x00rest")} {
		files, err := Open([]string{write(t, name, data)})
		if err != nil {
			t.Fatal(err)
		}
		if err := Files(t.Context(), files, ledger(t, disk)); err == nil || !strings.Contains(err.Error(), "scan "+files[0].Path) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := Open([]string{t.TempDir()}); err == nil {
		t.Error("a folder was opened")
	}
}

// TestLinesAreWholeWhateverTheReads: the lines that come out are those that went
// in, long ones cut once, however the reads fall.
func TestLinesAreWholeWhateverTheReads(t *testing.T) {
	const maxLine = chunkBytes // shorter limits share the buffer
	random := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	var want []string
	for range 40 {
		n := random.IntN(100)
		if random.IntN(6) == 0 {
			n = maxLine - 2 + random.IntN(3*maxLine)
		}
		line := strings.Repeat(string(rune('a'+random.IntN(26))), n)
		text.WriteString(line + "\n")
		want = append(want, line[:min(n, maxLine)])
	}
	text.WriteString("end")
	want = append(want, "end")
	for name, r := range map[string]io.Reader{
		"whole": strings.NewReader(text.String()), "halves": iotest.HalfReader(strings.NewReader(text.String())),
	} {
		var got []string
		free := pool{free: make(chan []byte, 2)}
		free.give(nil)
		free.give(nil)
		l := liner{max: maxLine, buffers: free}
		err := l.lines(r, func(buf, data []byte, offset int64, cut bool) error {
			if !strings.HasPrefix(text.String()[offset:], string(data)) {
				t.Errorf("%s: other bytes at offset %d", name, offset)
			}
			got = append(got, strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")...)
			free.give(buf)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(len(want), len(got)); diff != "" {
			t.Fatalf("%s: number of lines (-want +got):\n%s", name, diff)
		}
		for i := range want {
			if want[i] != got[i] {
				t.Errorf("%s: line %d has %d bytes, not %d", name, i, len(got[i]), len(want[i]))
			}
		}
	}
}

func TestCompareTellsGainedLostAndMoved(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC) }
	life := func(rule, key string, opened int, count int64) Incident {
		return Incident{Rule: rule, Key: map[string]string{"k": key}, Opened: at(opened), Count: count}
	}
	before := []Incident{life("a", "x", 1, 1), life("a", "x", 5, 2), life("b", "", 6, 1), life("c", "", 7, 1), life("d", "", 8, 1)}
	after := []Incident{life("a", "x", 1, 1), life("a", "x", 4, 3), life("a", "y", 4, 1), life("b", "", 6, 1), life("d", "", 8, 2)}
	got := Compare(before, after)
	want := Difference{
		Same: 2, Gained: []Incident{after[2]}, Lost: []Incident{before[3]}, Moved: []Move{{before[1], after[1]}, {before[4], after[4]}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("difference (-want +got):\n%s", diff)
	}
	none := Compare(after, after)
	if none.Same != 5 || len(none.Gained)+len(none.Lost)+len(none.Moved) != 0 {
		t.Errorf("a set differs from itself: %+v", none)
	}
}

func TestTallyCountsByRuleAndDay(t *testing.T) {
	midnight := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	got := Tally([]Incident{
		{Rule: "a", Generation: 1, Count: 3, Opened: midnight.Add(-time.Hour), Resolved: midnight.Add(time.Hour)},
		{Rule: "a", Generation: 2, Count: 2, Opened: midnight.Add(2 * time.Hour)},
	}, time.UTC)
	want := []Day{{Rule: "a", Day: "2026-01-01", Opened: 1, Matches: 3}, {Rule: "a", Day: "2026-01-02", Reopened: 1, Resolved: 1, Matches: 2}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("days (-want +got):\n%s", diff)
	}
}

// TestASilenceInHistoryEndsAnIncident: the time that records carry ends what a
// live run would have ended, and reopens what came back.
func TestASilenceInHistoryEndsAnIncident(t *testing.T) {
	const text = `2026-01-01T10:00:00Z bad sda
2026-01-01T10:09:00Z bad sda
2026-01-01T10:08:00Z bad sda
2026-01-01T10:19:00Z bad sda
2026-01-01T10:20:00Z bad sda
`
	files, err := Open([]string{write(t, "app.log", []byte(text))})
	if err != nil {
		t.Fatal(err)
	}
	l := ledger(t, strings.Replace(disk, "resolve: {on: {regex: 'good (?P<dev>\\w+)'}}", "resolve: {after: 10m}", 1))
	if err := Files(t.Context(), files, l); err != nil {
		t.Fatal(err)
	}
	var got []string
	tell := func() {
		got = nil
		for _, i := range l.Incidents() {
			got = append(got, fmt.Sprintf("%s-%s %d %s", i.Opened.Format(time.TimeOnly), i.Resolved.Format(time.TimeOnly), i.Count, i.Reason))
		}
	}
	tell()
	if diff := cmp.Diff([]string{"10:00:00-10:19:00 3 quiet", "10:19:00-00:00:00 2 "}, got); diff != "" {
		t.Errorf("lives (-want +got):\n%s", diff)
	}
	l.End(time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC))
	tell()
	if got[1] != "10:19:00-10:30:00 2 quiet" {
		t.Errorf("after the end: %s", got[1])
	}
}

// TestChunksAreFoldedInTheirOrder: however many look at once, and however many files
// have nothing.
func TestChunksAreFoldedInTheirOrder(t *testing.T) {
	const lives, perFile = 3000, 1000
	var paths []string
	var want, got []int64
	filler := strings.Repeat("nothing is wrong here\n", 100)
	var text strings.Builder
	for n := range lives {
		want = append(want, int64(text.Len()))
		text.WriteString("bad sda\n" + filler + "good sda\n")
		if n%perFile == perFile-1 {
			paths = append(paths, write(t, "app.log", []byte(text.String())))
			for range 20 {
				paths = append(paths, write(t, "empty.log", nil))
			}
			text.Reset()
		}
	}
	files, err := Open(paths)
	if err != nil {
		t.Fatal(err)
	}
	l := ledger(t, disk)
	if err := Files(t.Context(), files, l); err != nil {
		t.Fatal(err)
	}
	for n, i := range l.Incidents() {
		if i.Generation != n+1 || i.Reason != "recovered" {
			t.Fatalf("life %d is generation %d and ended by %q", n, i.Generation, i.Reason)
		}
		got = append(got, i.Offset)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("offsets (-want +got):\n%s", diff)
	}
}
