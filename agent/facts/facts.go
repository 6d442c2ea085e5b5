// Package facts tells what the host is like: the system, its load and pressure,
// the disk of a log, the hungriest processes and the one that a record names.
//
// A fact that cannot be had is named as not permitted or missing; it is never an
// error. It needs no rights beyond reading /proc.
package facts

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/host"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"

	"github.com/thirdline/thirdline/shipper"
)

// fresh is how long the facts of the whole host are good for: a storm of
// incidents does not walk /proc for each.
const fresh = 10 * time.Second

// Collector takes facts. The zero value reads the real host. It is not safe for
// concurrent use.
type Collector struct {
	// Root is where /proc, /sys and /var are looked for. Default "/".
	Root string

	last shipper.Facts
	ask  func(unit string) (*shipper.Unit, error) // nil is systemd
}

// About is what the facts are wanted for: a log file and, where a record names them,
// a process and a systemd unit. A PID of 0 and an empty unit are none.
type About struct {
	Log  string
	PID  int32
	Unit string
}

// Take returns the facts of the host and of what they are wanted for.
func (c *Collector) Take(about About, now time.Time) *shipper.Facts {
	log, pid := about.Log, about.PID
	if c.Root == "" {
		c.Root = "/"
	}
	if now.Sub(c.last.Taken) >= fresh || now.Before(c.last.Taken) {
		c.last = shipper.Facts{Taken: now.UTC()}
		c.system()
		c.processes()
	}
	f := c.last
	f.NotPermitted, f.Missing = slices.Clone(f.NotPermitted), slices.Clone(f.Missing)
	f.Pressure = maps.Clone(f.Pressure)
	f.Workload = c.container(workload(log), log, &f)
	if usage, err := disk.Usage(filepath.Dir(log)); err != nil {
		miss(&f, "disk", err)
	} else {
		f.Disk = &shipper.Disk{Path: usage.Path, Total: usage.Total, Free: usage.Free, Inodes: usage.InodesTotal, InodesFree: usage.InodesFree}
	}
	if pid > 0 {
		f.Process = c.named(&f, pid)
	}
	c.unit(&f, about.Unit)
	return &f
}

// Host returns the facts of the whole host as they were taken last.
func (c *Collector) Host() shipper.Facts { return c.last }

// miss names a fact that could not be had.
func miss(f *shipper.Facts, name string, err error) {
	if errors.Is(err, fs.ErrPermission) {
		f.NotPermitted = append(f.NotPermitted, name)
		return
	}
	f.Missing = append(f.Missing, name)
}

func (c *Collector) system() {
	f := &c.last
	f.CPUs = runtime.NumCPU()
	if f.OS = c.release(); f.OS == "" {
		f.Missing = append(f.Missing, "system")
	}
	f.Kernel = c.text(f, "kernel", "proc/sys/kernel/osrelease")
	if booted, err := host.BootTime(); err != nil {
		miss(f, "boot time", err)
	} else {
		f.Booted = time.Unix(int64(booted), 0).UTC()
	}
	if l, err := load.Avg(); err != nil {
		miss(f, "load", err)
	} else {
		f.Load = []float64{l.Load1, l.Load5, l.Load15}
	}
	if m, err := mem.VirtualMemory(); err != nil {
		miss(f, "memory", err)
	} else {
		f.MemoryTotal, f.MemoryFree, f.SwapTotal, f.SwapUsed = m.Total, m.Available, m.SwapTotal, m.SwapTotal-m.SwapFree
	}
	f.BootID = c.text(f, "boot_id", "proc/sys/kernel/random/boot_id")
	f.CloudInstance = c.instance()
	for _, what := range []string{"cpu", "io", "memory"} {
		for line := range strings.Lines(c.text(f, "pressure "+what, "proc/pressure/"+what)) {
			pressure(f, what, line)
		}
	}
}

// release returns the name and version of the distribution, such as "debian 12", from
// os-release(5). The library that knows more of them starts a program to find out.
func (c *Collector) release() string {
	for _, file := range []string{"etc/os-release", "usr/lib/os-release"} {
		b, err := os.ReadFile(filepath.Join(c.Root, file))
		if err != nil {
			continue
		}
		said := map[string]string{}
		for line := range strings.Lines(string(b)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			said[key] = strings.Trim(value, `"'`)
		}
		return strings.TrimSpace(said["ID"] + " " + said["VERSION_ID"])
	}
	return ""
}

// instance returns the host's id in its cloud: where cloud-init notes it, or where
// Amazon's virtual hardware does. Most hosts are in no cloud: it is not missed.
func (c *Collector) instance() string {
	if id, err := os.ReadFile(filepath.Join(c.Root, "var/lib/cloud/data/instance-id")); err == nil {
		return strings.TrimSpace(string(id))
	}
	id, err := os.ReadFile(filepath.Join(c.Root, "sys/class/dmi/id/board_asset_tag"))
	if tag := strings.TrimSpace(string(id)); err == nil && strings.HasPrefix(tag, "i-") {
		return tag
	}
	return ""
}

// text reads a small file below the root.
func (c *Collector) text(f *shipper.Facts, name, file string) string {
	b, err := os.ReadFile(filepath.Join(c.Root, file))
	if err != nil {
		miss(f, name, err)
	}
	return strings.TrimSpace(string(b))
}

// pressure reads one line of a PSI file: some avg10=0.12 avg60=...
// (https://docs.kernel.org/accounting/psi.html).
func pressure(f *shipper.Facts, what, line string) {
	words := strings.Fields(line)
	if len(words) < 2 {
		return
	}
	text, ok := strings.CutPrefix(words[1], "avg10=")
	value, err := strconv.ParseFloat(text, 64)
	if !ok || err != nil {
		return
	}
	if f.Pressure == nil {
		f.Pressure = map[string]float64{}
	}
	f.Pressure[what+" "+words[0]] = value
}

// container adds the name that Docker gave a container, from the file beside its log.
func (c *Collector) container(of map[string]string, log string, f *shipper.Facts) map[string]string {
	if of["container_id"] == "" {
		return of
	}
	b, err := os.ReadFile(filepath.Join(filepath.Dir(log), "config.v2.json"))
	var config struct{ Name string }
	if err == nil {
		err = json.Unmarshal(b, &config)
	}
	if err != nil {
		miss(f, "name of the container", err)
	} else if name := strings.TrimPrefix(config.Name, "/"); name != "" {
		of["container"] = strings.ToValidUTF8(name, "\ufffd")
	}
	return of
}

// workload takes the names of Kubernetes from where the kubelet puts logs,
// pods/NAMESPACE_POD_UID/CONTAINER/N.log and
// containers/POD_NAMESPACE_CONTAINER-ID.log, and the id of a container from where
// Docker does, containers/ID/ID-json.log.
func workload(log string) map[string]string {
	parts := strings.Split(log, "/")
	n := len(parts)
	if n >= 4 && parts[n-4] == "pods" {
		if names := strings.Split(parts[n-3], "_"); len(names) == 3 {
			return map[string]string{"namespace": names[0], "pod": names[1], "container": parts[n-2]}
		}
	}
	if n >= 3 && parts[n-3] == "containers" && parts[n-1] == parts[n-2]+"-json.log" {
		return map[string]string{"container_id": parts[n-2]}
	}
	if n >= 2 && parts[n-2] == "containers" {
		names := strings.Split(strings.TrimSuffix(parts[n-1], ".log"), "_")
		if len(names) == 3 {
			if dash := strings.LastIndexByte(names[2], '-'); dash > 0 {
				return map[string]string{"namespace": names[1], "pod": names[0], "container": names[2][:dash]}
			}
		}
	}
	return nil
}
