package tail

import (
	"context"
	"time"

	"github.com/fsnotify/fsnotify"
)

// listen starts the notifications. Where there are none, the folders are looked at
// every second; they are asked for again at every sweep.
func (f *Follower) listen() {
	if f.watcher != nil {
		return
	}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		f.deaf = true
		f.once("listen", "cannot have file notifications; folders are looked at every second", "err", err, "remedy", "raise fs.inotify.max_user_instances")
		return
	}
	f.watcher, f.events, f.failures = w, w.Events, w.Errors
}

// await sleeps until there may be something to read, the context's end, or d; or until
// Wake, which it reports.
func (f *Follower) await(ctx context.Context, d time.Duration) (woken bool) {
	events, failures := f.events, f.failures
	if left, gathers := f.warm.left(time.Now()); gathers {
		events, failures, d = nil, nil, min(d, left)
	} else {
		f.warm.pause = 0
		d = min(d, f.untilHousekeeping())
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-f.woken:
		return true
	case e, ok := <-events:
		if ok {
			f.event(e)
		}
	case err, ok := <-failures:
		if ok {
			f.lostEvents(err)
		}
	}
	return false
}

// takeEvents handles what notifications wait, without waiting for more.
func (f *Follower) takeEvents() {
	for range 4096 {
		select {
		case e, ok := <-f.events:
			if !ok {
				return
			}
			f.event(e)
		case err, ok := <-f.failures:
			if !ok {
				return
			}
			f.lostEvents(err)
		default:
			return
		}
	}
}

func (f *Follower) lostEvents(err error) {
	f.log.Warn("file notifications were lost; sweeping", "err", err)
	f.swept = time.Time{}
}

func (f *Follower) event(e fsnotify.Event) {
	if link, ok := f.links[e.Name]; ok {
		e.Name = link
	}
	if e.Op&(fsnotify.Create|fsnotify.Rename|fsnotify.Remove) == 0 {
		if file := f.byName[e.Name]; file != nil {
			f.enqueue(file)
			return
		}
		if _, source := f.family(e.Name); source == nil && e.Op&fsnotify.Chmod == 0 {
			return
		}
	}
	f.look(e.Name)
}
