package ownlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/agent/ownlog"
)

func nothing(string) (string, bool) { return "", false }

func TestFormats(t *testing.T) {
	for format, want := range map[string]string{
		ownlog.Text:    ` level=WARN msg="it is late" component=tail by=3` + "\n",
		ownlog.Auto:    ` level=WARN msg="it is late" component=tail by=3` + "\n",
		ownlog.Journal: `<4>msg="it is late" component=tail by=3` + "\n",
		ownlog.JSON:    `"level":"WARN","msg":"it is late","component":"tail","by":3}` + "\n",
	} {
		var out bytes.Buffer
		log, _ := ownlog.New(&out, format, slog.LevelInfo, nothing)
		log.With("component", "tail").Warn("it is late", "by", 3)
		log.Debug("not said")
		if got := out.String(); !strings.HasSuffix(got, want) || strings.HasPrefix(got, "<") != (format == ownlog.Journal) {
			t.Errorf("%s: %q does not end with %q", format, got, want)
		}
	}
}

func TestPriorities(t *testing.T) {
	var out bytes.Buffer
	log, _ := ownlog.New(&out, ownlog.Journal, slog.LevelDebug, nothing)
	log.Error("a")
	log.Warn("b")
	log.Info("c")
	log.Debug("d")
	if diff := cmp.Diff("<3>msg=a\n<4>msg=b\n<6>msg=c\n<7>msg=d\n", out.String()); diff != "" {
		t.Error(diff)
	}
}

// TestTheJournalIsRecognized by the device and inode that systemd hands over.
func TestTheJournalIsRecognized(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "stream"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read below
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	st := info.Sys().(*syscall.Stat_t)
	for _, stream := range []string{"1:1", fmt.Sprintf("%d:%d", st.Dev, st.Ino)} {
		log, _ := ownlog.New(f, ownlog.Auto, slog.LevelInfo, func(string) (string, bool) { return stream, true })
		log.Info("x")
	}
	data, err := os.ReadFile(f.Name())
	if lines := strings.Split(string(data), "\n"); err != nil || !strings.HasPrefix(lines[0], "time=") || lines[1] != "<6>msg=x" {
		t.Errorf("%q, %v", data, err)
	}
}

func TestWhatRepeatsIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log, flush := ownlog.New(&out, ownlog.Journal, slog.LevelInfo, nothing)
		down := func(destination string, n int) {
			for i := range n {
				log.With("destination", destination).Warn("cannot deliver", "err", errors.New("refused"), "failures", i)
			}
		}
		down("desk", 100)
		down("other", 1)
		time.Sleep(time.Minute)
		down("desk", 12)
		flush()
		flush()
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		counts := map[string]int{}
		for _, l := range lines {
			name, _, _ := strings.Cut(strings.TrimPrefix(l, `<4>msg="cannot deliver" destination=`), " ")
			_, left, said := strings.Cut(l, "left_out=")
			if said {
				name += " left out " + left
			}
			counts[name]++
		}
		want := map[string]int{"desk": 20, "other": 1, "desk left out 90": 1, "desk left out 2": 1}
		if diff := cmp.Diff(want, counts); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}
	})
}
