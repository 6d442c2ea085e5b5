package tail_test

import (
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// compress is what gzip makes of a file: the time of its last write is kept.
func (r *rig) compress(name string, written time.Time) {
	r.t.Helper()
	text, err := os.ReadFile(r.path(name))
	if err != nil {
		r.t.Fatal(err)
	}
	to, err := os.Create(r.path(name + ".gz"))
	if err != nil {
		r.t.Fatal(err)
	}
	z := gzip.NewWriter(to)
	_, err = z.Write(text)
	if err = errors.Join(err, z.Close(), to.Close(), os.Chtimes(to.Name(), written, written), os.Remove(r.path(name))); err != nil {
		r.t.Fatal(err)
	}
}

// TestTheEarlierLogIsTheOneThatWasWrittenLast: the younger of two, compressed or not,
// when neither is open any more.
func TestTheEarlierLogIsTheOneThatWasWrittenLast(t *testing.T) {
	for _, c := range []struct{ packed, want string }{
		{"app.log.1", "app.log.1.gz"}, {"app.log.2", "app.log.1"}, {"", "app.log.1"},
	} {
		r := newRig(t)
		r.start(true, "app.log")
		r.append("app.log", "1\n")
		r.until(1)
		r.rename("app.log", "app.log.2")
		r.append("app.log", "2\n")
		r.until(2)
		r.rename("app.log", "app.log.1")
		r.append("app.log", "3\n")
		r.until(3)
		for end := time.Now().Add(10 * time.Second); r.f.Open() > 1 && time.Now().Before(end); {
			r.next(20 * time.Millisecond)
		}
		now := time.Now()
		for n, name := range []string{"app.log.1", "app.log.2"} { // apart by more than compressing loses
			if err := os.Chtimes(r.path(name), now, now.Add(-time.Duration(n+1)*10*time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		if c.packed != "" {
			r.compress(c.packed, now.Add(-time.Duration(c.packed[len(c.packed)-1]-'0')*10*time.Second))
		}
		log, err := r.f.Earlier(r.f.Standing(r.path("app.log")))
		if err != nil || log == nil {
			t.Fatalf("%+v: %v, %v", c, log, err)
		}
		if text, err := io.ReadAll(io.NewSectionReader(log, 0, 100)); filepath.Base(log.Path) != c.want || string(text) != "2\n" || err != nil || log.Packed != (c.packed == "app.log.1") {
			t.Errorf("%+v: %s holds %q, packed %v, %v", c, log.Path, text, log.Packed, err)
		}
		if err := log.Close(); err != nil {
			t.Error(err)
		}
		r.stop()
	}
}
