// Package changed tells what changed on a host before something broke: packages that
// came or went, units that were started, files with another content, reboots, and the
// marks that people set.
//
// It reads what the host writes down anyway (package logs, systemd's runtime folder,
// the boot time) and keeps only the state of the files that it was asked to watch. It
// starts no process. What cannot be read is not there: a host has one package manager.
package changed

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/thirdline/thirdline/shipper"
)

// The kinds of changes, as they stand in events.
const (
	Package = "package"
	Unit    = "unit"
	File    = "file"
	Reboot  = "reboot"
	Mark    = "mark"
)

const (
	fresh   = 10 * time.Second // how long what was read is good for
	maxTold = 50               // changes told of one incident
)

// Collector finds changes. The zero value reads the real host and watches no files.
// It is not safe for concurrent use.
type Collector struct {
	// Root is where /proc, /run and /var are looked for. Default "/".
	Root string
	// Files are globs, with **, of files whose content is watched.
	Files []string

	read  time.Time
	since time.Time // from which on known is whole
	known []shipper.Change
}

// Before returns what changed within a time before at, the newest first: what the
// host wrote down, and kept, which the caller remembers. left is how many more there
// were than are told.
func (c *Collector) Before(at time.Time, within time.Duration, kept []shipper.Change, now time.Time) (told []shipper.Change, left int) {
	since := at.Add(-within)
	if now.Sub(c.read) >= fresh || now.Before(c.read) || since.Before(c.since) {
		c.read, c.since = now, since
		c.known = slices.Concat(c.packages(since, now), c.units())
	}
	for _, change := range slices.Concat(c.known, kept) {
		if !change.Time.After(at) && change.Time.After(since) {
			told = append(told, change)
		}
	}
	slices.SortStableFunc(told, func(a, b shipper.Change) int {
		return cmp.Or(b.Time.Compare(a.Time), strings.Compare(a.Kind, b.Kind), strings.Compare(a.What, b.What))
	})
	told = slices.CompactFunc(told, func(a, b shipper.Change) bool { return a == b })
	if left = len(told) - maxTold; left > 0 {
		return told[:maxTold:maxTold], left
	}
	return told, 0
}

func (c *Collector) path(name string) string {
	if c.Root == "" {
		return "/" + name
	}
	return filepath.Join(c.Root, name)
}

// Boot tells when the host was started. The host knows its present start alone: the
// caller keeps it, and so those before.
func (c *Collector) Boot() (boot shipper.Change, known bool) {
	stat, err := os.ReadFile(c.path("proc/stat"))
	if err != nil {
		return boot, false
	}
	for line := range strings.Lines(string(stat)) {
		text, ok := strings.CutPrefix(line, "btime ")
		if !ok {
			continue
		}
		if seconds, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil {
			return shipper.Change{Time: time.Unix(seconds, 0).UTC(), Kind: Reboot, What: "the host was started"}, true
		}
	}
	return boot, false
}

// units tells when each unit was started last: systemd makes a link for each start
// (invocation:NAME, since version 235).
func (c *Collector) units() (out []shipper.Change) {
	entries, err := os.ReadDir(c.path("run/systemd/units"))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		name, ok := strings.CutPrefix(e.Name(), "invocation:")
		if !ok || !strings.HasSuffix(name, ".service") {
			continue
		}
		if info, err := e.Info(); err == nil { // it may have ended meanwhile
			out = append(out, shipper.Change{Time: info.ModTime().UTC(), Kind: Unit, What: name, Detail: "started"})
		}
	}
	return out
}
