package main

import (
	"io"
	"net/http"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// fetch URL CODE REGEXP asks for a page until the answer has this code and matches,
// for at most ten seconds.
func fetch(ts *testscript.TestScript, _ bool, args []string) {
	re := regexp.MustCompile("(?m)" + args[2])
	var said string
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		answer, err := http.Get(args[0]) //nolint:noctx // on loopback
		if err != nil {
			said = err.Error()
			continue
		}
		body, err := io.ReadAll(answer.Body)
		ts.Check(err)
		ts.Check(answer.Body.Close())
		if said = answer.Status + "\n" + string(body); strconv.Itoa(answer.StatusCode) == args[1] && re.Match(body) {
			return
		}
	}
	ts.Fatalf("%s is not %s with %s:\n%s", args[0], args[1], args[2], said)
}

// hangup NAME N sends N times SIGHUP.
func hangup(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	for range n {
		ts.Check(processes(ts)[args[0]].Process.Signal(syscall.SIGHUP))
	}
}
