package reload

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	settle    = 300 * time.Millisecond // without a change before the files are looked at
	settleMax = 3 * time.Second        // that changes may go on
	lookEvery = 10 * time.Second       // whatever was notified
)

// Watcher sees that rule files are others than they were.
type Watcher struct {
	paths []string
	known string
}

// NewWatcher returns a Watcher that knows the rule files under paths as they stand
// now. Make it before they are read: then no change is missed.
func NewWatcher(paths []string) *Watcher { return &Watcher{paths, look(paths)} }

// Run calls changed when the files have changed, until ctx ends. Notifications are
// the hint, a look every ten seconds the truth; a burst of changes is one.
func (w *Watcher) Run(ctx context.Context, log *slog.Logger, changed func()) {
	var events chan fsnotify.Event
	if n, err := fsnotify.NewWatcher(); err == nil {
		defer n.Close() //nolint:errcheck // it watched, and wrote nothing
		for _, dir := range folders(w.paths) {
			_ = n.Add(dir) // the look is the truth
		}
		events = n.Events
	} else {
		log.Warn("changes of rule files are seen after ten seconds: there are no file notifications", "err", err)
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-events:
			if !quiet(ctx, events) {
				return
			}
		case <-tick.C:
		}
		if now := look(w.paths); now != w.known {
			w.known = now
			changed()
		}
	}
}

// quiet waits until changes have come to an end; it returns false when ctx has.
func quiet(ctx context.Context, events <-chan fsnotify.Event) bool {
	late := time.NewTimer(settleMax)
	defer late.Stop()
	for {
		still := time.NewTimer(settle)
		select {
		case <-ctx.Done():
			still.Stop()
			return false
		case <-events:
			still.Stop()
		case <-still.C:
			return true
		case <-late.C:
			still.Stop()
			return true
		}
	}
}

// folders are those in which a change of the paths can be seen.
func folders(paths []string) []string {
	var all []string
	for _, p := range paths {
		all = append(all, filepath.Dir(p))
		if info, err := os.Stat(p); err == nil && info.IsDir() {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// look describes the rule files so that any change shows.
func look(paths []string) string {
	var all strings.Builder
	note := func(path string, info fs.FileInfo, err error) {
		if err != nil {
			fmt.Fprintf(&all, "%s %v\n", path, err)
			return
		}
		fmt.Fprintf(&all, "%s %d %v %v\n", path, info.Size(), info.ModTime().UnixNano(), info.Mode())
	}
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil || !info.IsDir() {
			note(p, info, err)
			continue
		}
		entries, err := os.ReadDir(p)
		if err != nil {
			note(p, nil, err)
		}
		for _, e := range entries {
			if ext := filepath.Ext(e.Name()); ext == ".yaml" || ext == ".yml" {
				file := filepath.Join(p, e.Name())
				info, err := os.Stat(file) // through a link: Kubernetes swaps those
				note(file, info, err)
			}
		}
	}
	return all.String()
}
