package tail_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent/tail"
)

func TestFilesAtFirstStartAreReadFromTheEndLaterOnesFromTheBeginning(t *testing.T) {
	r := newRig(t)
	r.append("a.log", "old\n")
	r.append("odd.log", "odd\n\n")
	r.append("half.log", "old\nhal")
	r.start(false, "*.log")
	r.append("a.log", "new\n")
	r.until(1)
	r.append("b.log", "first\n")
	r.until(2)
	r.append("half.log", "f\n") // begun before, ended after
	r.until(3)
	r.quiet()
	r.want("new", "first", "half")
	r.stop()
}

func TestFoldersThatComeLaterAreFollowed(t *testing.T) {
	r := newRig(t)
	r.start(true, "x/**/*.log")
	if err := os.MkdirAll(r.path("x/y"), 0o700); err != nil {
		t.Fatal(err)
	}
	r.append("x/y/a.log", "1\n")
	r.until(1)
	r.want("1")
	r.stop()
}

func TestAMissingAndAnUnreadableFileAreSaidOnce(t *testing.T) {
	var out bytes.Buffer
	f, err := tail.New(tail.Options{
		Sources: []tail.Source{{Name: "s", Include: []string{"/nonexistent/app.log"}}},
		Log:     slog.New(slog.NewTextHandler(&out, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, _, err := f.Next(t.Context(), time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(out.String(), "waiting for it"); n != 1 {
		t.Errorf("said %d times:\n%s", n, out.String())
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestPositionsHoldNoLogText(t *testing.T) {
	r := newRig(t)
	r.append("app.log", "password=hunter2 and more\n")
	r.start(true, "app.log")
	r.until(1)
	r.stop()
	text, err := json.Marshal(r.positions)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("hunter2")) || bytes.Contains(text, []byte("cGFzc3dvcmQ")) {
		t.Errorf("stored: %s", text)
	}
}
