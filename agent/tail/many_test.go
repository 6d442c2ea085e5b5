package tail_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/thirdline/thirdline/agent/tail"
)

func TestTenThousandFilesInOneGlob(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	files := int(min(limit.Cur-100, 10_000))
	r := newRig(t)
	for i := range files {
		r.append(fmt.Sprintf("%05d.log", i), "first\n")
	}
	r.start(true, "*.log")
	r.until(files)
	for i := range files / 100 {
		r.append(fmt.Sprintf("%05d.log", i*100), "second\n")
	}
	r.until(files + files/100)
	r.quiet()
	if n := strings.Count(strings.Join(r.got, "\n"), "first"); n != files || len(r.got) != files+files/100 {
		t.Errorf("%d files, %d first lines of %d", files, n, len(r.got))
	}
	r.stop()
}

func TestLostNotificationsAreMadeUpFor(t *testing.T) {
	r := newRig(t)
	var out bytes.Buffer
	f, err := tail.New(tail.Options{
		Sources: []tail.Source{{Name: "s", Include: []string{r.path("*.log")}, FromBeginning: true}},
		Log:     slog.New(slog.NewTextHandler(&out, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.f = f
	for _, name := range []string{"append.log", "rename.log", "remove.log"} {
		r.append(name, "1\n")
	}
	r.until(3)
	f.WithoutSweeps()
	for i := range kept(t) { // two events each, and nobody takes them
		r.append(fmt.Sprintf("%d.tmp", i), "x")
	}
	r.append("create.log", "2\n")
	r.append("append.log", "2\n")
	r.append("rename.log", "2\n")
	r.rename("rename.log", "rename.log.1")
	r.append("rename.log", "2\n")
	r.append("remove.log", "2\n")
	r.remove("remove.log")
	r.append("remove.log", "2\n")
	r.until(9)
	r.quiet()
	if !strings.Contains(out.String(), "notifications were lost") {
		t.Errorf("no loss was said: %s", out.String())
	}
	r.stop()
}

// kept returns how many notifications the kernel keeps for one reader.
func kept(t *testing.T) int {
	t.Helper()
	const setting = "/proc/sys/fs/inotify/max_queued_events"
	text, err := os.ReadFile(setting)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatalf("parse %s: %v", setting, err)
	}
	return n
}
