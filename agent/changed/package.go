package changed

import (
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/thirdline/thirdline/shipper"
)

const (
	maxLog  = 1 << 20 // bytes read of the end of a package log
	maxRead = 500     // changes taken from one
)

// packages tells what the package managers wrote down since then.
func (c *Collector) packages(since, now time.Time) (out []shipper.Change) {
	for _, log := range []struct {
		name string
		read func(line string) (shipper.Change, bool)
	}{
		{"var/log/dpkg.log", dpkg},
		{"var/log/dnf.rpm.log", dnf},
		{"var/log/yum.log", yum(now)},
		{"var/log/zypp/history", zypp},
	} {
		left := maxRead
		for _, path := range []string{log.name, log.name + ".1"} {
			found, whole := newest(tail(c.path(path)), since, left, log.read)
			out, left = append(out, found...), left-len(found)
			if !whole {
				break // the rotated log is older
			}
		}
	}
	return out
}

// newest reads lines from the last one back. whole tells that even the first is not
// older than wanted.
func newest(text string, since time.Time, limit int, read func(string) (shipper.Change, bool)) (out []shipper.Change, whole bool) {
	for text != "" && len(out) < limit {
		start := strings.LastIndexByte(text[:len(text)-1], '\n') + 1
		change, ok := read(strings.TrimRight(text[start:], "\n"))
		text = text[:start]
		if !ok {
			continue
		}
		if change.Time.Before(since) {
			return out, false
		}
		change.Kind, change.Time = Package, change.Time.UTC()
		out = append(out, change)
	}
	return out, len(out) < limit
}

// tail reads the whole lines at the end of a file; "" where it cannot be read.
func tail(path string) string {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0) // it may be no file
	if err != nil {
		return ""
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return ""
	}
	b := make([]byte, min(info.Size(), maxLog))
	n, err := f.ReadAt(b, info.Size()-int64(len(b)))
	if err != nil && !errors.Is(err, io.EOF) {
		return ""
	}
	text := string(b[:n])
	if info.Size() > maxLog {
		_, text, _ = strings.Cut(text, "\n")
	}
	return strings.ToValidUTF8(text, "\ufffd")
}

// dpkg reads a line of dpkg.log (dpkg(1), --log), which is in local time:
//
//	2026-11-24 10:15:00 upgrade nginx:amd64 1.22.1-9 1.22.1-9+deb12u1
func dpkg(line string) (shipper.Change, bool) {
	if len(line) < len(time.DateTime)+2 || strings.HasPrefix(line[len(time.DateTime):], " status ") {
		return shipper.Change{}, false // most lines
	}
	f := strings.Fields(line)
	if len(f) < 6 {
		return shipper.Change{}, false
	}
	at, err := time.ParseInLocation(time.DateTime, f[0]+" "+f[1], time.Local)
	if err != nil {
		return shipper.Change{}, false
	}
	name, _, _ := strings.Cut(f[3], ":") // what follows passwd: would be taken for one
	switch f[2] {
	case "install":
		return shipper.Change{Time: at, What: name, Detail: "installed " + f[5]}, true
	case "upgrade":
		return shipper.Change{Time: at, What: name, Detail: "upgraded " + f[4] + " to " + f[5]}, true
	case "remove", "purge":
		return shipper.Change{Time: at, What: name, Detail: f[2] + "d " + f[4]}, true
	}
	return shipper.Change{}, false
}

// dnf reads a line of dnf.rpm.log:
//
//	2026-11-24T10:15:00+0000 SUBDEBUG Upgrade: nginx-1:1.20.1-16.el9.x86_64
func dnf(line string) (shipper.Change, bool) {
	f := strings.Fields(line)
	if len(f) < 4 || f[1] != "SUBDEBUG" {
		return shipper.Change{}, false
	}
	at, err := time.Parse("2006-01-02T15:04:05-0700", f[0])
	if err != nil {
		return shipper.Change{}, false
	}
	word, ok := map[string]string{
		"Installed:": "installed", "Install:": "installed", "Upgrade:": "upgraded to this", "Upgraded:": "upgraded from this", "Erase:": "removed",
		"Removed:": "removed", "Downgrade:": "downgraded to this", "Downgraded:": "downgraded from this", "Reinstall:": "installed again",
	}[f[2]]
	return shipper.Change{Time: at, What: f[3], Detail: word}, ok
}

// yum reads a line of yum.log, whose times carry neither year nor zone:
//
//	Nov 24 10:15:00 Updated: nginx-1.20.1-16.el7.x86_64
func yum(now time.Time) func(string) (shipper.Change, bool) {
	return func(line string) (shipper.Change, bool) {
		const layout = "Jan _2 15:04:05"
		if len(line) < len(layout)+2 {
			return shipper.Change{}, false
		}
		t, err := time.ParseInLocation(layout, line[:len(layout)], time.Local)
		word, what, ok := strings.Cut(line[len(layout)+1:], ": ")
		if err != nil || !ok {
			return shipper.Change{}, false
		}
		at := time.Date(now.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.Local)
		if at.After(now.Add(24 * time.Hour)) {
			at = at.AddDate(-1, 0, 0)
		}
		return shipper.Change{Time: at, What: what, Detail: strings.ToLower(word)}, true
	}
}

// zypp reads a line of zypper's history:
//
//	2026-11-24 10:15:00|install|nginx|1.21.5-1.1|x86_64|root@web1|repo|...
func zypp(line string) (shipper.Change, bool) {
	f := strings.Split(line, "|")
	if len(f) < 4 || f[1] != "install" && f[1] != "remove " && f[1] != "remove" {
		return shipper.Change{}, false
	}
	at, err := time.ParseInLocation(time.DateTime, f[0], time.Local)
	word := map[bool]string{true: "installed ", false: "removed "}[f[1] == "install"]
	return shipper.Change{Time: at, What: f[2], Detail: word + f[3]}, err == nil
}
