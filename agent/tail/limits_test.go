package tail_test

import (
	"bytes"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/thirdline/thirdline/agent/tail"
)

func TestWithoutNotificationsFoldersAreSwept(t *testing.T) {
	var taken []int
	for {
		fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
		if err != nil {
			break
		}
		taken = append(taken, fd)
	}
	followsDeaf(t, "fs.inotify.max_user_instances", func() {
		for _, fd := range taken {
			if err := unix.Close(fd); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestWithoutWatchesFoldersAreSwept runs itself in a user namespace, whose limit of
// watches is its own.
func TestWithoutWatchesFoldersAreSwept(t *testing.T) {
	const inside = "THIRDLINE_TEST_NO_WATCHES"
	if os.Getenv(inside) == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), inside+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("in a namespace without watches: %v\n%s", err, out)
		}
		return
	}
	if err := os.WriteFile("/proc/sys/user/max_inotify_watches", []byte("0"), 0o600); err != nil {
		t.Fatal(err)
	}
	followsDeaf(t, "fs.inotify.max_user_watches", func() {})
}

// followsDeaf follows a file while something that notifications need is used up, and
// expects that to be said. giveBack is called when the file is open.
func followsDeaf(t *testing.T, remedy string, giveBack func()) {
	t.Helper()
	r := newRig(t)
	var out bytes.Buffer
	f, err := tail.New(tail.Options{
		Sources: []tail.Source{{Name: "s", Include: []string{r.path("*.log")}, FromBeginning: true}},
		Log:     slog.New(slog.NewTextHandler(&out, nil)),
	})
	giveBack()
	if err != nil {
		t.Fatal(err)
	}
	r.f = f
	r.append("a.log", "1\n")
	r.until(1)
	if !strings.Contains(out.String(), remedy) {
		t.Errorf("said: %s", out.String())
	}
	r.append("a.log", "2\n")
	r.until(2)
	r.stop()
}
