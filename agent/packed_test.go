package agent_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/shipper"
)

// TestContextReachesBackOverARotation: the records before a match that opens a new
// file are those that end the old one, each with its place, however it was rotated.
func TestContextReachesBackOverARotation(t *testing.T) {
	for name, c := range map[string]struct {
		rotate func(*host)
		file   string
	}{
		"renamed":                     {(*host).rotate, "app.log.1"},
		"renamed, compressed at once": {func(h *host) { h.rotate(); h.compress() }, "app.log"}, // as it is held open
		"compressed while down":       {func(h *host) { h.stop(); h.rotate(); h.compress(); h.start() }, "app.log.1.gz"},
		"copied and truncated":        {(*host).copyTruncate, "app.log.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, strings.Replace(disk, "before: 2", "before: 3", 1))
			h.start()
			h.write("one\ntwo\nthree\n")
			h.awaitRead(14)
			c.rotate(h)
			h.write("four\nbad sda\n")
			h.await(1)
			before, s := h.before()
			if diff := cmp.Diff([]string{"two", "three", "four"}, before); diff != "" {
				t.Errorf("before (-want +got):\n%s", diff)
			}
			type at struct {
				file string
				line int64
				off  []int64
			}
			var got []at
			for _, p := range s.Places {
				got = append(got, at{filepath.Base(p.File), p.Line, p.Offsets})
			}
			want := []at{{c.file, 2, []int64{4, 8}}, {"app.log", 1, []int64{0}}}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(at{})); diff != "" || s.Line != 2 {
				t.Errorf("line %d, notes %q, places (-want +got):\n%s", s.Line, s.Notes, diff)
			}
		})
	}
}

// TestEarlierRecordsThatComeLateFollow: what is not there in time comes with an update.
func TestEarlierRecordsThatComeLateFollow(t *testing.T) {
	h := newHost(t, strings.NewReplacer("before: 2", "before: 3", "after: 2", "after: 0").Replace(disk))
	var release func()
	h.root, release = hang(t)
	h.start()
	h.write("one\ntwo\nthree\n")
	h.awaitRead(14)
	h.stop()
	h.rotate()
	h.compress()
	h.start()
	h.write("four\nbad sda\n")
	if e := h.awaitTold("the opening", opening("sda")); !late(&e) || len(e.Data.Snapshot.Before) != 1 {
		t.Fatalf("at once: before %q, notes %q", e.Data.Snapshot.Before, e.Data.Snapshot.Notes)
	}
	release()
	before, s := h.before()
	if diff := cmp.Diff([]string{"two", "three", "four"}, before); diff != "" || len(s.Places) != 2 || s.Places[0].Line != 2 || s.Line != 2 {
		t.Errorf("line %d, places %+v, before (-want +got):\n%s", s.Line, s.Places, diff)
	}
}

// before returns the records before the first match, and where they lie: a compressed
// log that takes long to read comes with a later event.
func (h *host) before() (lines []string, s shipper.Snapshot) {
	h.t.Helper()
	first := h.desk.told()[0]
	if s = *first.Data.Snapshot; late(&first) {
		e := h.awaitTold("the earlier records", func(e *shipper.Event) bool { return e.Type == shipper.Updated && len(e.Data.Snapshot.Before) > 0 })
		s.Before = slices.Concat(e.Data.Snapshot.Before, s.Before)
		s.Places = slices.Concat(e.Data.Snapshot.Places, s.Places)
		s.Line = max(s.Line, e.Data.Snapshot.Line)
	}
	h.stop()
	return s.Before, s
}

// TestACompressedLogHasLines: what was rotated and compressed while the agent was down
// is numbered as it was written.
func TestACompressedLogHasLines(t *testing.T) {
	h := newHost(t, strings.Replace(disk, "after: 2", "after: 0", 1))
	h.start()
	h.write("one\ntwo\n")
	h.awaitRead(8)
	h.stop()
	h.write("three\nbad sda\n")
	h.rotate()
	h.compress()
	h.write("four\n")
	h.start()
	h.await(1)
	h.stop()
	h.want("opened 1/1 count=1 disk sda fails [two three][bad sda][]")
	s := h.desk.events[0].Data.Snapshot
	if places := s.Places; s.Line != 4 || len(places) != 1 || places[0].Line != 2 || filepath.Base(places[0].File) != "app.log.1.gz" {
		t.Errorf("line %d, places %+v", s.Line, places)
	}
}

// awaitRead waits until so many bytes were read.
func (h *host) awaitRead(bytes int64) {
	h.t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if s, err := h.agent.Status(h.t.Context()); err == nil && len(s.Sources) > 0 && s.Sources[0].Bytes >= bytes {
			return
		}
	}
	h.t.Fatalf("%d bytes were not read", bytes)
}

func (h *host) check(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// compress is gzip on the rotated file: the time of the last write is kept.
func (h *host) compress() {
	old := h.log + ".1"
	text, err := os.ReadFile(old)
	h.check(err)
	info, err := os.Stat(old)
	h.check(err)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err = z.Write(text)
	h.check(err)
	h.check(z.Close())
	h.check(os.WriteFile(old+".gz", b.Bytes(), 0o600))
	h.check(os.Chtimes(old+".gz", info.ModTime(), info.ModTime()))
	h.check(os.Remove(old))
}

func (h *host) copyTruncate() {
	text, err := os.ReadFile(h.log)
	h.check(err)
	h.check(os.WriteFile(h.log+".1", text, 0o600))
	h.check(os.Truncate(h.log, 0))
}
