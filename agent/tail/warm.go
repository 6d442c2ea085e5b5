package tail

import (
	"slices"
	"time"
)

// Lines that come one by one gather between two reads: the longer their stream has
// been steady, the longer.
const (
	gatherLeast = 4 * time.Millisecond
	gatherMost  = 20 * time.Millisecond
)

// warm are the files that gave something at their last read, which was to their end.
// They are read again after a while, notified or not: a line that comes after a pause
// waits for nothing, a steady stream costs a bounded number of reads, and its
// notifications become one in the kernel, as nobody takes them meanwhile.
type warm struct {
	files []*File
	since time.Time     // when the first of them was read
	pause time.Duration // until they are read again
}

// left is how long they still gather.
func (w *warm) left(now time.Time) (left time.Duration, gathers bool) {
	return w.pause - now.Sub(w.since), len(w.files) > 0
}

// again says when a file that gave a chunk is read next: when the others had their
// turn or, after a read to its end, when more has gathered.
func (f *Follower) again(file *File) {
	if !file.drained {
		f.queue = append(f.queue, file)
		return
	}
	w := &f.warm
	if len(w.files) == 0 {
		w.since, w.pause = time.Now(), min(max(2*w.pause, gatherLeast), gatherMost)
	}
	file.queued, file.warm = false, true
	w.files = append(w.files, file)
}

// gathered enqueues the files whose lines have gathered; at once where one of them was
// rotated, as its lines come before those of the file that took its name.
func (f *Follower) gathered(now time.Time) {
	left, gathers := f.warm.left(now)
	if !gathers || left > 0 && !slices.ContainsFunc(f.warm.files, func(file *File) bool { return file.rotated }) {
		return
	}
	for _, file := range f.warm.files {
		file.warm = false
		f.enqueue(file)
	}
	f.warm.files = f.warm.files[:0]
}
