package facts

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/process"

	"github.com/thirdline/thirdline/shipper"
)

const (
	top          = 5    // processes by CPU and by memory
	maxProcesses = 4096 // looked at; a fork bomb must not hold us up
	maxCommand   = 1024 // bytes of a command line
	ticks        = 100  // a second, in /proc, on every architecture that is supported

	walkFor = 20 * time.Millisecond // looking at processes
)

// processes finds the hungriest.
func (c *Collector) processes() {
	pids, err := process.Pids()
	if err != nil {
		miss(&c.last, "processes", err)
		return
	}
	up, began := c.uptime(), time.Now()
	var all []shipper.Process
	for n, pid := range pids {
		if n == maxProcesses || n%64 == 63 && time.Since(began) > walkFor {
			c.last.Missing = append(c.last.Missing, fmt.Sprintf("processes after the first %d", n))
			break
		}
		if p, ok := c.measure(pid, up); ok {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b shipper.Process) int { return cmp.Or(cmp.Compare(b.CPU, a.CPU), cmp.Compare(a.PID, b.PID)) })
	c.last.TopCPU = slices.Clone(all[:min(top, len(all))])
	slices.SortFunc(all, func(a, b shipper.Process) int {
		return cmp.Or(cmp.Compare(b.Memory, a.Memory), cmp.Compare(a.PID, b.PID))
	})
	c.last.TopMemory = slices.Clone(all[:min(top, len(all))])
	for _, list := range [][]shipper.Process{c.last.TopCPU, c.last.TopMemory} {
		for i := range list {
			list[i].Command = command(list[i].PID)
		}
	}
}

// uptime is how long the host has been running; 0 where it cannot be had.
func (c *Collector) uptime() time.Duration {
	b, err := os.ReadFile(filepath.Join(c.Root, "proc/uptime"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(b), " ")
	seconds, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0
	}
	return time.Duration(seconds * float64(time.Second))
}

// measure reads what tells how hungry a process is, from /proc/PID/stat alone
// (proc_pid_stat(5)): a library that reads four files a process would take ten times
// as long. ok is false for one that has ended meanwhile.
func (c *Collector) measure(pid int32, up time.Duration) (out shipper.Process, ok bool) {
	b, err := os.ReadFile(filepath.Join(c.Root, "proc", strconv.Itoa(int(pid)), "stat"))
	if err != nil {
		return out, false
	}
	// 4711 (any (name)) S 1 ...: only the last parenthesis ends the name
	begin, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if begin < 0 || end < begin {
		return out, false
	}
	f := strings.Fields(string(b[end+1:]))
	if len(f) < 22 {
		return out, false
	}
	number := func(field int) float64 { // as the manual page numbers them
		n, _ := strconv.ParseFloat(f[field-3], 64)
		return n
	}
	out = shipper.Process{PID: pid, Name: strings.ToValidUTF8(string(b[begin+1:end]), "\ufffd"), Memory: uint64(max(number(24), 0)) * uint64(os.Getpagesize())}
	if age := up.Seconds() - number(22)/ticks; age > 0 {
		out.CPU = 100 * (number(14) + number(15)) / ticks / age
	}
	return out, true
}

func command(pid int32) string {
	line, err := (&process.Process{Pid: pid}).Cmdline()
	if err != nil {
		return ""
	}
	return strings.ToValidUTF8(line[:min(len(line), maxCommand)], "\ufffd")
}

// named looks closely at the process that a record named.
func (c *Collector) named(f *shipper.Facts, pid int32) *shipper.Process {
	out, ok := c.measure(pid, c.uptime())
	if !ok {
		f.Missing = append(f.Missing, fmt.Sprintf("process %d: it has ended", pid))
		return nil
	}
	out.Command = command(pid)
	dir := filepath.Join("proc", fmt.Sprint(pid))
	if open, err := os.ReadDir(filepath.Join(c.Root, dir, "fd")); err != nil {
		miss(f, fmt.Sprintf("open files of process %d", pid), err)
	} else {
		out.Files = len(open)
	}
	out.Unit = unitIn(c.text(f, "unit", filepath.Join(dir, "cgroup")))
	limits, err := (&process.Process{Pid: pid}).Rlimit()
	if err != nil {
		miss(f, fmt.Sprintf("limits of process %d", pid), err)
	}
	for _, l := range limits {
		if l.Resource == process.RLIMIT_NOFILE {
			out.FileLimit = l.Soft
		}
	}
	return &out
}

// unitIn finds the systemd unit in a cgroup file: 0::/system.slice/app.service.
func unitIn(cgroup string) string {
	for line := range strings.Lines(cgroup) {
		parts := strings.Split(strings.TrimSpace(line), "/")
		for _, p := range slices.Backward(parts) {
			if strings.HasSuffix(p, ".service") || strings.HasSuffix(p, ".scope") {
				return p
			}
		}
	}
	return ""
}
