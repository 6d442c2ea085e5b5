package loss_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// nobody is a user without rights.
const nobody = 65534

// root skips a test that needs root; in CI there is no way around it.
func root(t *testing.T) {
	t.Helper()
	switch {
	case os.Geteuid() == 0:
	case os.Getenv("CI") == "true":
		t.Fatal("root is needed")
	default:
		t.Skip("root is needed")
	}
}

func run(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// TestEveryLineOnceOnOtherFileSystems repeats what depends on the file system: birth
// times, leases, inode numbers, notifications.
func TestEveryLineOnceOnOtherFileSystems(t *testing.T) {
	root(t)
	mounts := map[string]func(t *testing.T, dir string){
		"tmpfs": func(t *testing.T, dir string) { t.Helper(); run(t, "mount", "-t", "tmpfs", "none", dir) },
		"overlayfs": func(t *testing.T, dir string) {
			t.Helper()
			layers := dir + ".layers"
			run(t, "mkdir", layers)
			run(t, "mount", "-t", "tmpfs", "none", layers) // overlayfs is no layer of itself
			t.Cleanup(func() { must(unix.Unmount(layers, 0)) })
			run(t, "mkdir", layers+"/low", layers+"/up", layers+"/work")
			run(t, "mount", "-t", "overlay", "none", "-o", fmt.Sprintf("lowerdir=%[1]s/low,upperdir=%[1]s/up,workdir=%[1]s/work", layers), dir)
		},
		"xfs": func(t *testing.T, dir string) {
			t.Helper()
			run(t, "truncate", "-s", "320M", dir+".img")
			run(t, "mkfs.xfs", "-q", dir+".img")
			run(t, "mount", "-o", "loop", dir+".img", dir)
		},
	}
	for kind, mount := range mounts {
		t.Run(kind, func(t *testing.T) {
			if _, err := exec.LookPath("mkfs.xfs"); kind == "xfs" && err != nil && os.Getenv("CI") != "true" {
				t.Skip("mkfs.xfs is needed")
			}
			dir := filepath.Join(t.TempDir(), "mount")
			must(os.Mkdir(dir, 0o755))
			mount(t, dir)
			t.Cleanup(func() { must(unix.Unmount(dir, 0)) })
			for _, s := range scenarios {
				switch s.name {
				case "rename, old file 200 ms", "logrotate create", "copytruncate", "delete and create", "10 rotations a second", "symbolic link swapped":
				default:
					continue
				}
				s.needs(t)
				logs := filepath.Join(dir, strings.ReplaceAll(s.name, " ", "-"), "logs")
				must(os.MkdirAll(logs, 0o755))
				if r := s.live(t, ours, logs); r.lost+r.doubled+r.torn > 0 {
					t.Errorf("%s: %v", s.name, r)
				}
			}
		})
	}
}

// TestEveryLineOnceForAReaderWithoutRights has a reader that gets no leases, and for
// a while may not read a file.
func TestEveryLineOnceForAReaderWithoutRights(t *testing.T) {
	root(t)
	t.Parallel()
	base, err := os.MkdirTemp("", "loss") //nolint:usetesting // another user must get in
	must(err)
	t.Cleanup(func() { must(os.RemoveAll(base)) })
	dir, state, binary := filepath.Join(base, "logs"), filepath.Join(base, "state"), filepath.Join(base, "reader")
	must(os.Chmod(base, 0o755))
	must(os.Mkdir(dir, 0o755))
	must(os.Mkdir(state, 0o700))
	must(os.Chown(state, nobody, nobody))
	run(t, "cp", os.Args[0], binary)
	must(os.Chmod(binary, 0o755))
	k := &killed{t: t, glob: filepath.Join(dir, "app.log"), state: state, binary: binary}
	k.start()
	time.Sleep(300 * time.Millisecond)
	w := &writer{dir: dir}
	w.open("app.log")
	for r := range 4 {
		w.during(300 * time.Millisecond)
		w.rename("app.log", fmt.Sprintf("app.log.%d", r+1))
		w.during(200 * time.Millisecond)
		w.reopen("app.log")
		must(os.Chmod(w.path("app.log"), 0)) // lost,
		w.during(200 * time.Millisecond)
		must(os.Chmod(w.path("app.log"), 0o644)) // and regained
	}
	must(w.f.Close())
	k.settle(w.n)
	k.kill()
	if r := k.seen().judge(w.n, dir, false); r.lost+r.doubled+r.torn > 0 {
		t.Error(r)
	}
}

// as makes a command another user's.
func as(cmd *exec.Cmd, user uint32) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
}
