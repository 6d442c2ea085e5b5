package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/backendtest/fake"
	"github.com/thirdline/thirdline/shipper/eventtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"thirdline": main})
}

// TestScripts runs testdata/script: each file is one story with its inputs.
// Processes are real ones, on loopback.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../../examples")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
			if err != nil {
				return err
			}
			e.Setenv("ADDR", l.Addr().String())
			e.Setenv("LISTEN", strings.Replace(l.Addr().String(), "127.0.0.1", "127.0.0.2", 1))
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("EXAMPLES", examples)
			e.Setenv("PACKAGING", filepath.Join(filepath.Dir(examples), "packaging"))
			e.Setenv("PROGRAM", program)
			e.Values["processes"], e.Values["desk"] = map[string]*exec.Cmd{}, new(*fake.Desk)
			e.Values["endpoint"] = new(scripted)
			return l.Close()
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": start, "end": end, "await": await, "append": appendTo, "events": events,
			"filesize": filesize, "hangup": hangup, "fetch": fetch, "storm": storm, "history": writeHistory, "ids": ids, "same": same, "stdout2env": stdout2env,
			"desk": func(ts *testscript.TestScript, _ bool, args []string) { startDesk(ts, t, args[0]) }, "mend": mend, "endpoint": endpoint,
		},
	})
}

// stdout2env NAME EXPRESSION sets a variable to the first group of the expression in
// the last command's standard output.
func stdout2env(ts *testscript.TestScript, _ bool, args []string) {
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) < 2 {
		ts.Fatalf("%s is not in the output", args[1])
	}
	ts.Setenv(args[0], m[1])
}

func processes(ts *testscript.TestScript) map[string]*exec.Cmd {
	return ts.Value("processes").(map[string]*exec.Cmd)
}

// start NAME ARGS... runs thirdline in the background; its output goes, appended,
// to NAME.out and NAME.err.
func start(ts *testscript.TestScript, _ bool, args []string) {
	name := args[0]
	cmd := exec.Command("thirdline", args[1:]...) //nolint:noctx // ended by end or the end of the script
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "HOME="+ts.Getenv("HOME"), "PATH="+ts.Getenv("PATH"))
	if zone := ts.Getenv("TZ"); zone != "" {
		cmd.Env = append(cmd.Env, "TZ="+zone)
	}
	for suffix, to := range map[string]*io.Writer{".out": &cmd.Stdout, ".err": &cmd.Stderr} {
		f, err := os.OpenFile(ts.MkAbs(name+suffix), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		ts.Check(err)
		defer f.Close() //nolint:errcheck // the child has its own
		*to = f
	}
	ts.Check(cmd.Start())
	processes(ts)[name] = cmd
	ts.Defer(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
}

// end NAME SIGNAL [CODE] ends a process within five seconds and compares its
// exit code.
func end(ts *testscript.TestScript, _ bool, args []string) {
	cmd := processes(ts)[args[0]]
	signal := map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "KILL": syscall.SIGKILL}[args[1]]
	began := time.Now()
	ts.Check(cmd.Process.Signal(signal))
	_ = cmd.Wait() // the code is looked at below
	if took := time.Since(began); took > 5*time.Second {
		ts.Fatalf("%s took %v to end", args[0], took)
	}
	if len(args) > 2 && strconv.Itoa(cmd.ProcessState.ExitCode()) != args[2] {
		ts.Fatalf("%s ended with %v, not exit code %s", args[0], cmd.ProcessState, args[2])
	}
}

// await FILE N REGEXP waits until N lines of FILE match; with ! it makes sure
// that they do not, for half a second.
func await(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	re := regexp.MustCompile("(?m)" + args[2])
	wait := 90 * time.Second
	if neg {
		wait = 500 * time.Millisecond
	}
	var data []byte
	for until := time.Now().Add(wait); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		data, _ = os.ReadFile(ts.MkAbs(args[0])) // not there yet is not enough lines
		if len(re.FindAll(data, -1)) >= n {
			if neg {
				ts.Fatalf("%s has %d times %q:\n%s", args[0], n, args[2], data)
			}
			return
		}
	}
	if !neg {
		ts.Fatalf("%s has not %d times %q:\n%s", args[0], n, args[2], data)
	}
}

// append FILE TEXT writes TEXT, with Go's escapes, to the end of FILE.
func appendTo(ts *testscript.TestScript, _ bool, args []string) {
	text, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	ts.Check(write(ts.MkAbs(args[0]), text))
}

func write(path, text string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	return f.Close()
}

// filesize NAME BYTES bounds the files that a process can write; 0 unbounds them.
func filesize(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.ParseUint(args[1], 10, 64)
	ts.Check(err)
	if n == 0 {
		n = unix.RLIM_INFINITY
	}
	ts.Check(unix.Prlimit(processes(ts)[args[0]].Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: n, Max: unix.RLIM_INFINITY}, nil))
}

// read returns the events that a receiver printed, each held to the schema and
// to its place in its incident's sequence.
func read(ts *testscript.TestScript, file string) map[string][]shipper.Event {
	data, err := os.ReadFile(ts.MkAbs(file))
	ts.Check(err)
	out := map[string][]shipper.Event{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, maxEvent)
	for lines.Scan() {
		if err := eventtest.Validate(lines.Bytes()); err != nil {
			ts.Fatalf("%v:\n%s", err, lines.Bytes())
		}
		var e shipper.Event
		ts.Check(json.Unmarshal(lines.Bytes(), &e))
		id := fmt.Sprintf("%s/%d", e.Data.Fingerprint, e.Data.Generation)
		out[id] = append(out[id], e)
		if e.Data.Sequence != len(out[id]) {
			ts.Fatalf("event %s came as number %d", e.ID, len(out[id]))
		}
	}
	ts.Check(lines.Err())
	return out
}

// events FILE holds what a receiver printed with --json to the schema.
func events(ts *testscript.TestScript, _ bool, args []string) {
	if len(read(ts, args[0])) == 0 {
		ts.Fatalf("no events in %s", args[0])
	}
}

const (
	stormLines = 20_000
	stormKeys  = 20 // every tenth line matches: 2,000 matches, 100 a key
	stormKills = 20
)

// storm ARGS... writes numbered lines to app.log while it is rotated, and kills
// the agent, run with ARGS, at random moments. Then every match must have been
// counted exactly once, and every incident told from opened to resolved.
func storm(ts *testscript.TestScript, _ bool, args []string) {
	run := append([]string{"agent", "run"}, args...)
	start(ts, false, run)
	await(ts, false, []string{"agent.err", "1", "agent started"}) // a first start skips what is there
	written := make(chan error, 1)
	go func() { written <- writeStorm(ts.MkAbs("app.log")) }()
	for range stormKills {
		time.Sleep(time.Duration(50+rand.IntN(500)) * time.Millisecond)
		end(ts, false, []string{"agent", "KILL"})
		start(ts, false, run)
	}
	ts.Check(<-written)
	var recovery strings.Builder
	for k := range stormKeys {
		fmt.Fprintf(&recovery, "good k%02d\n", k)
	}
	ts.Check(write(ts.MkAbs("app.log"), recovery.String()))
	await(ts, false, []string{"recv.out", strconv.Itoa(stormKeys), `"type":"dev.thirdline.incident.resolved"`})
	incidents := read(ts, "recv.out")
	if len(incidents) != stormKeys {
		ts.Fatalf("%d incidents, not %d", len(incidents), stormKeys)
	}
	for id, steps := range incidents {
		last := steps[len(steps)-1]
		if steps[0].Type != shipper.Opened || last.Type != shipper.Resolved || last.Data.Count != stormLines/10/stormKeys {
			ts.Fatalf("incident %s: %s ... %s with %d matches", id, steps[0].Type, last.Type, last.Data.Count)
		}
		for _, s := range steps[1 : len(steps)-1] {
			if s.Type != shipper.Updated {
				ts.Fatalf("incident %s: %s in the middle", id, s.Type)
			}
		}
	}
}

func writeStorm(path string) error {
	for n := 0; n < stormLines; n += 20 {
		var lines strings.Builder
		for i := n; i < n+20; i++ {
			if i%10 == 0 {
				fmt.Fprintf(&lines, "line %05d bad k%02d\n", i, i/10%stormKeys)
			} else {
				fmt.Fprintf(&lines, "line %05d fine\n", i)
			}
		}
		if n%2000 == 1000 {
			if err := rotate(path); err != nil {
				return err
			}
		}
		if err := write(path, lines.String()); err != nil {
			return err
		}
		time.Sleep(8 * time.Millisecond)
	}
	return nil
}

// rotate shifts path.1 to path.2 and so on, and path to path.1.
func rotate(path string) error {
	rotated, err := filepath.Glob(path + ".*")
	if err != nil {
		return err
	}
	for n := len(rotated); n > 0; n-- {
		if err := os.Rename(fmt.Sprintf("%s.%d", path, n), fmt.Sprintf("%s.%d", path, n+1)); err != nil {
			return err
		}
	}
	return os.Rename(path, path+".1")
}
