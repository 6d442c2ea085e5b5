// Package loss_test is the harness of the promise that no line is lost, doubled or
// torn: a writer in a process of its own treats a log as programs and rotation tools
// do, while a reader follows it. `make loss` also drives nxadm/tail.
package loss_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	nxadm "github.com/nxadm/tail"

	"github.com/thirdline/thirdline/agent/unpack"
)

var peers = flag.Bool("peers", false, "print the table with nxadm/tail beside ours")

// TestMain is also the writer's and the durable reader's process.
func TestMain(m *testing.M) {
	switch args := strings.Split(os.Getenv("THIRDLINE_LOSS"), "\n"); args[0] {
	case "write":
		w := &writer{dir: args[2], in: bufio.NewReader(os.Stdin)}
		for _, s := range scenarios {
			if s.name == args[1] {
				s.write(w)
			}
		}
		fmt.Println("wrote", w.n)
	case "read":
		if err := durable(args[1], args[2], args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		os.Exit(m.Run())
	}
}

func self(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "THIRDLINE_LOSS="+strings.Join(args, "\n"))
	cmd.Stderr = os.Stderr
	return cmd
}

// writing runs a scenario's writer, calls step at each of its steps, and returns
// how many lines it wrote.
func writing(t *testing.T, s *scenario, dir string, step func(lines int)) int {
	t.Helper()
	cmd := self(t, "write", s.name, dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	wrote := -1
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		n, err := strconv.Atoi(rest)
		if err != nil {
			t.Fatalf("the writer said %q", lines.Text())
		}
		if word == "wrote" {
			wrote = n
			continue
		}
		step(n)
		if _, err := io.WriteString(in, "\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err != nil || wrote < 0 {
		t.Fatalf("the writer ended with %v after %d lines", err, wrote)
	}
	return wrote
}

// result is what became of the lines written.
type result struct {
	written, lost, doubled, torn, destroyed int
	first                                   int // line that is lost or doubled
}

func (r result) String() string {
	return fmt.Sprintf("lost %d, doubled %d, torn %d of %d, first %d; %d in no file", r.lost, r.doubled, r.torn, r.written, r.first, r.destroyed)
}

func (s *seen) judge(written int, dir string, destroys bool) result {
	r := result{written: written, torn: s.torn, first: -1}
	var disk map[int]bool
	for n := range written {
		switch k := s.times[n]; {
		case k > 1:
			r.doubled += k - 1
		case k == 0 && destroys:
			if disk == nil {
				disk = onDisk(dir)
			}
			if disk[n] {
				r.lost++
			} else {
				r.destroyed++
			}
		case k == 0:
			r.lost++
		}
		if r.first < 0 && r.lost+r.doubled > 0 {
			r.first = n
		}
	}
	return r
}

// onDisk returns the lines that some file still holds.
func onDisk(dir string) map[int]bool {
	found := map[int]bool{}
	paths, err := doublestar.FilepathGlob(filepath.Join(dir, "**"), doublestar.WithFilesOnly())
	must(err)
	for _, path := range paths {
		f, err := os.Open(path)
		must(err)
		r, err := unpack.NewReader(f)
		must(err)
		data, err := io.ReadAll(r)
		must(err)
		for line := range bytes.SplitSeq(data, []byte("\n")) {
			found[number(bytes.TrimLeft(line, "\x00"))] = true
		}
		must(f.Close())
	}
	return found
}

func (s *scenario) follows(dir string) string {
	if s.glob == "" {
		return filepath.Join(dir, "app.log")
	}
	return filepath.Join(dir, s.glob)
}

// live runs a scenario under a reader in this process.
func (s *scenario) live(t *testing.T, read reader, dir string) result {
	t.Helper()
	got := newSeen()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- read(ctx, s, dir, got) }()
	time.Sleep(200 * time.Millisecond)
	wrote := writing(t, s, dir, func(int) {})
	if s.destroys {
		time.Sleep(time.Second)
	} else {
		got.idle(wrote)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return got.judge(wrote, dir, s.destroys)
}

func folder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "logs")
	must(os.Mkdir(dir, 0o755))
	return dir
}

func (s *scenario) needs(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath(s.tool); s.tool != "" && err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	if !strings.Contains(s.name, "logrotate") {
		return
	}
	if _, err := os.Stat("/usr/sbin/logrotate"); err != nil || os.Geteuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("logrotate and root are needed")
		}
		t.Skip("logrotate and root are needed")
	}
}

func TestEveryLineOnce(t *testing.T) {
	for _, s := range scenarios {
		if s.down {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.needs(t)
			if r := s.live(t, ours, folder(t)); r.lost+r.doubled+r.torn > 0 {
				t.Error(r)
			}
		})
	}
}

// TestPeers prints the table of the package's documentation.
func TestPeers(t *testing.T) {
	if !*peers {
		t.Skip("make loss prints the table")
	}
	for _, s := range scenarios {
		s.needs(t)
	}
	readers := []struct {
		name string
		read reader
	}{
		{"thirdline", ours},
		{"nxadm/tail Follow+ReOpen", theirs(nxadm.Config{Follow: true, ReOpen: true})},
		{"+CompleteLines", theirs(nxadm.Config{Follow: true, ReOpen: true, CompleteLines: true})},
		{"+CompleteLines+Poll", theirs(nxadm.Config{Follow: true, ReOpen: true, CompleteLines: true, Poll: true})},
	}
	fmt.Print("| lost / doubled / torn of written |")
	for _, r := range readers {
		fmt.Print(" ", r.name, " |")
	}
	fmt.Println("\n|---|---|---|---|---|")
	for _, s := range scenarios {
		if s.down || s.glob != "" || s.rotated != "" {
			continue
		}
		fmt.Print("| ", s.name, " |")
		for _, r := range readers {
			got := s.live(t, r.read, folder(t))
			fmt.Printf(" %d / %d / %d of %d |", got.lost, got.doubled, got.torn, got.written)
		}
		fmt.Println()
	}
}
