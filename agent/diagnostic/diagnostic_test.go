package diagnostic

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func shell(script string) Command { return Command{Name: "x", Argv: []string{"/bin/sh", "-c", script}} }

func TestACommandSaysHowItWent(t *testing.T) {
	long := Command{Name: "x", Argv: []string{"/bin/sh", "-c", "echo one; echo two; echo three"}, Output: 9}
	slow := shell("echo begun; sleep 60")
	slow.Timeout = 200 * time.Millisecond
	for _, c := range []struct {
		name    string
		command Command
		output  string
		exit    string
		note    string
	}{
		{"fine", shell("echo out; echo err >&2"), "out\nerr", "0", ""},
		{"an exit code", shell("exit 3"), "", "3", ""},
		{"an empty environment", Command{Name: "x", Argv: []string{"/usr/bin/env"}}, "", "0", ""},
		{"no input, in /", shell("cat; pwd"), "/", "0", ""},
		{"not there", Command{Name: "x", Argv: []string{"/no/such"}}, "", "", "start: fork/exec /no/such: no such file or directory"},
		{"too slow", slow, "begun", "", "killed after 200ms"},
		{"too much", long, "one\ntwo", "0", "6 bytes of output were left out"},
		{"killed by another", shell("kill -9 $$"), "", "", "signal: killed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := c.command.run(t.Context(), nil)
			exit := ""
			if d.Exit != nil {
				exit = strconv.Itoa(*d.Exit)
			}
			if d.Output != c.output || exit != c.exit || d.Note != c.note {
				t.Errorf("output %q, exit %q, note %q", d.Output, exit, d.Note)
			}
		})
	}
}

// TestTheWholeGroupEnds: a child in the background ends with the command, at its end
// and at its deadline.
func TestTheWholeGroupEnds(t *testing.T) {
	for name, wait := range map[string]string{"at its end": "", "at its deadline": "; sleep 60"} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "pid")
			c := shell("sleep 60 & echo $! >" + file + wait)
			c.Timeout = 300 * time.Millisecond
			began := time.Now()
			c.run(t.Context(), nil)
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			for end := time.Now().Add(5 * time.Second); running(pid); time.Sleep(10 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatal("the child in the background runs on")
				}
			}
		})
	}
}

// running reports whether a process is there and no zombie.
func running(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z") && syscall.Kill(pid, 0) == nil
}

// TestAValueMustBeOfTheDeclaredForm: nothing else of a log comes into an argument.
func TestAValueMustBeOfTheDeclaredForm(t *testing.T) {
	pattern, err := Pattern(`sd[a-z]|sd[a-z]\d|-[a-z]`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Pattern(`a)|(?:.*`); err == nil {
		t.Error("a pattern that opens the group was taken")
	}
	c := Command{Name: "x", Argv: []string{"/bin/echo", "/dev/{dev}", "{dev}"}, Fields: map[string]*regexp.Regexp{"dev": pattern}}
	for value, want := range map[string][]string{
		"sda": {"/bin/echo", "/dev/sda", "sda"}, "sda1": {"/bin/echo", "/dev/sda1", "sda1"},
		"sda; reboot": nil, "": nil, "sda\n": nil, "xsda": nil, "../sda": nil, "-a": nil, "sda\x00": nil, "[password#abcdefghjk]": nil,
	} {
		got, err := c.fill(map[string]string{"dev": value})
		if err != nil {
			got = nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", value, diff)
		}
	}
	loose := Command{Name: "x", Argv: []string{"/bin/echo", "{dev}"}, Fields: map[string]*regexp.Regexp{}}
	if d := loose.run(t.Context(), map[string]string{"dev": "a"}); d.Note == "" || d.Output != "" {
		t.Errorf("a field without a pattern was used: %+v", d)
	}
}

func take(t *testing.T, r *Runner, n int) (out []string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); len(out) < n && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		for _, d := range r.Take() {
			out = append(out, d.Incident+" "+d.Name+" "+d.Output+d.Note)
		}
	}
	return out
}

func TestWhatIsNotRunIsSaid(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	r := New([]Command{shell("echo yes")}, nil)
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	now := time.Now()
	r.Start("a", "x", nil, now)
	r.Start("a", "y", nil, now)
	got := take(t, r, 2)
	for n := range perMinute {
		r.Start("b", "x", nil, now)
		got = append(got, take(t, r, 1)...)
		if n == perMinute-1 {
			r.Start("c", "x", nil, now.Add(time.Minute)) // the budget is there again
			got = append(got, take(t, r, 1)...)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	counts := map[string]int{}
	for _, line := range got {
		counts[line]++
	}
	want := map[string]int{
		"a x yes": 1, "a y not run: the agent's configuration does not define it": 1, "b x yes": perMinute - 1,
		"b x not run: 30 were run in the last minute": 1, "c x yes": 1,
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

// TestTheEndIsPrompt: a running command does not hold up the end.
func TestTheEndIsPrompt(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	file := filepath.Join(t.TempDir(), "begun")
	r := New([]Command{shell("echo >" + file + "; sleep 60")}, nil)
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	r.Start("a", "x", nil, time.Now())
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(file); err == nil || time.Now().After(end) {
			break
		}
	}
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(3 * time.Second):
		t.Fatal("it does not end")
	}
	if got := r.Take(); len(got) > 0 {
		t.Errorf("a command that was cut short gave a result: %v", got)
	}
}
