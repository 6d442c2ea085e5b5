package loss_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent/store"
)

// killed is a reader in a process of its own, with a store.
type killed struct {
	t                    *testing.T
	glob, rotated, state string
	binary               string // of a reader without rights; "" is this one's
	cmd                  *exec.Cmd
}

// start returns when the reader has committed for the first time: a machine that is so
// busy that no reader ever gets so far proves nothing.
func (k *killed) start() {
	k.t.Helper()
	k.cmd = self(k.t, "read", k.glob, k.rotated, k.state)
	if k.binary != "" {
		k.cmd.Path = k.binary
		k.cmd.Dir = k.state
		as(k.cmd, nobody)
	}
	if err := k.cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	pid := strconv.Itoa(k.cmd.Process.Pid)
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if up, err := os.ReadFile(filepath.Join(k.state, "up")); err == nil && string(up) == pid {
			return
		}
	}
	k.t.Fatal("the reader did not start")
}

func (k *killed) kill() {
	k.t.Helper()
	if err := k.cmd.Process.Kill(); err != nil {
		k.t.Fatal(err)
	}
	if err := k.cmd.Wait(); err == nil {
		k.t.Fatal("the reader ended by itself")
	}
}

// seen reads what was committed.
func (k *killed) seen() *seen {
	k.t.Helper()
	st, err := store.Open(k.state)
	if err != nil {
		k.t.Fatal(err)
	}
	runs, err := store.Load[[]int](st, store.Incidents)
	if err != nil {
		k.t.Fatal(err)
	}
	must(st.Close())
	s := newSeen()
	for _, lines := range runs {
		for _, n := range lines {
			if n < 0 {
				s.torn++
				continue
			}
			s.times[n]++
		}
	}
	return s
}

// settle waits until the reader has committed the last of so many lines, and then
// whatever else it may commit.
func (k *killed) settle(lines int) {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		top, err := os.ReadFile(filepath.Join(k.state, "top"))
		if err == nil && string(top) == strconv.Itoa(lines-1) {
			break
		}
	}
	time.Sleep(1500 * time.Millisecond)
}

func TestEveryLineOnceAfterDowntime(t *testing.T) {
	for _, s := range scenarios {
		if !s.down {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.needs(t)
			dir := folder(t)
			k := &killed{t: t, glob: s.follows(dir), rotated: s.rotated, state: filepath.Join(t.TempDir(), "state")}
			k.start()
			time.Sleep(300 * time.Millisecond)
			steps := 0
			wrote := writing(t, &s, dir, func(lines int) {
				if steps++; steps == 1 {
					k.settle(lines)
					k.kill()
				} else {
					k.start()
				}
			})
			k.settle(wrote)
			k.kill()
			if r := k.seen().judge(wrote, dir, false); r.lost+r.doubled+r.torn > 0 {
				t.Error(r)
			}
		})
	}
}

func TestEveryLineOnceThroughKills(t *testing.T) {
	for _, s := range scenarios {
		switch s.name {
		case "steady", "rename, old file 200 ms", "logrotate create", "10 rotations a second", "copytruncate", "symbolic link swapped":
		default:
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.needs(t)
			dir := folder(t)
			k := &killed{t: t, glob: s.follows(dir), state: filepath.Join(t.TempDir(), "state")}
			k.start()
			time.Sleep(300 * time.Millisecond)
			wrote := make(chan int, 1)
			go func() { wrote <- writing(t, &s, dir, func(int) {}) }()
			n, kills := -1, 0
			for n < 0 {
				select {
				case n = <-wrote:
				case <-time.After(550 * time.Millisecond):
					k.kill()
					kills++
					k.start()
				}
			}
			k.settle(n)
			k.kill()
			if r := k.seen().judge(n, dir, s.name == "copytruncate"); r.lost+r.doubled+r.torn > 0 || kills < 2 {
				t.Errorf("%v; %d kills", r, kills)
			}
		})
	}
}
