// Command bench makes the log and the rules that the match engine is measured on,
// and measures it. The script run beside it does so together with other engines.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/thirdline/thirdline/rules/match"
)

const usage = `usage: bench generate DIR MIB    writes corpus.log, rules_N.txt and rules_N.yaml
       bench scan RULES LOG        prints lines that match, CPU seconds, and MB a second`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "generate":
		mib, err := strconv.Atoi(args[2])
		if err != nil {
			return fmt.Errorf("read MIB: %w", err)
		}
		return generate(args[1], int64(mib)<<20)
	case len(args) == 3 && args[0] == "scan":
		return scan(args[1], args[2])
	}
	return errors.New(usage)
}

const chunk = 1 << 20

// scan reads the log in chunks, as the agent does, and counts the lines that any
// expression of the file rules matches.
func scan(rules, log string) (err error) {
	data, err := os.ReadFile(rules)
	if err != nil {
		return err
	}
	var exprs []match.Expr
	for pattern := range strings.Lines(string(data)) {
		exprs = append(exprs, match.Expr{Regexp: strings.TrimSuffix(pattern, "\n")})
	}
	set, err := match.New(exprs)
	if err != nil {
		return err
	}
	f, err := os.Open(log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	begin, err := cpuTime()
	if err != nil {
		return err
	}
	read, lines, err := count(set, f)
	if err != nil {
		return err
	}
	end, err := cpuTime()
	took := (end - begin).Seconds()
	fmt.Printf("%d %.4f %.0f\n", lines, took, float64(read)/1e6/took)
	return err
}

// cpuTime is what the process has used; unlike the time of day it means something on
// a busy machine.
func cpuTime() (time.Duration, error) {
	var r syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano()), err
}

func count(set *match.Set, f io.Reader) (read, lines int, err error) {
	buf := make([]byte, 2*chunk)
	var hits []match.Hit
	held := 0
	for {
		n, err := io.ReadFull(f, buf[held:held+chunk])
		read += n
		text := buf[:held+n]
		whole := bytes.LastIndexByte(text, '\n') + 1
		if err != nil || whole == 0 {
			whole = len(text) // the end, or a line longer than a chunk
		}
		hits = set.Scan(text[:whole], hits[:0])
		last := -1
		for _, h := range hits {
			if h.Start != last {
				lines, last = lines+1, h.Start
			}
		}
		held = copy(buf, text[whole:])
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return read, lines, nil
		} else if err != nil {
			return read, lines, err
		}
	}
}
