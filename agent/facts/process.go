package facts

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/shirou/gopsutil/v4/process"

	"github.com/thirdline/thirdline/shipper"
)

const (
	top          = 5    // processes by CPU and by memory
	maxProcesses = 4096 // looked at; a fork bomb must not hold us up
	maxCommand   = 1024 // bytes of a command line
)

// processes finds the hungriest.
func (c *Collector) processes() {
	pids, err := process.Pids()
	if err != nil {
		miss(&c.last, "processes", err)
		return
	}
	if len(pids) > maxProcesses {
		c.last.Missing = append(c.last.Missing, fmt.Sprintf("processes after the first %d", maxProcesses))
		pids = pids[:maxProcesses]
	}
	var all []shipper.Process
	for _, pid := range pids {
		if p, ok := measure(pid); ok {
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

// measure reads what tells how hungry a process is; ok is false for one that has
// ended meanwhile.
func measure(pid int32) (out shipper.Process, ok bool) {
	p := &process.Process{Pid: pid}
	name, err := p.Name()
	if err != nil {
		return out, false
	}
	out = shipper.Process{PID: pid, Name: strings.ToValidUTF8(name, "\ufffd")}
	if m, err := p.MemoryInfo(); err == nil {
		out.Memory = m.RSS
	}
	if cpu, err := p.CPUPercent(); err == nil {
		out.CPU = cpu
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
	out, ok := measure(pid)
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
