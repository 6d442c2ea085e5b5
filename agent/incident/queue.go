package incident

import (
	"cmp"
	"container/heap"
	"slices"
	"time"
)

// alarm is when an incident is to be looked at.
type alarm struct {
	at          time.Time
	fingerprint string
	index       int // in the heap
}

// queue gives the incidents that are to be looked at, in the order of their times.
// An incident is in it once, at the earliest time asked for: whoever takes it out
// too early puts it in again.
type queue struct {
	heap alarms
	of   map[string]*alarm
}

func newQueue() queue { return queue{of: map[string]*alarm{}} }

// add asks for a look at an incident. The zero time is never.
func (q *queue) add(fingerprint string, at time.Time) {
	a := q.of[fingerprint]
	switch {
	case at.IsZero():
	case a == nil:
		a = &alarm{at: at, fingerprint: fingerprint}
		q.of[fingerprint] = a
		heap.Push(&q.heap, a)
	case at.Before(a.at):
		a.at = at
		heap.Fix(&q.heap, a.index)
	}
}

// next returns the earliest time in the queue; ok is false when it is empty.
func (q *queue) next() (at time.Time, ok bool) {
	if len(q.heap) == 0 {
		return time.Time{}, false
	}
	return q.heap[0].at, true
}

// take takes out what is due at now, in the order of time and fingerprint.
func (q *queue) take(now time.Time) []string {
	var due []*alarm
	for len(q.heap) > 0 && !now.Before(q.heap[0].at) {
		a := heap.Pop(&q.heap).(*alarm)
		delete(q.of, a.fingerprint)
		due = append(due, a)
	}
	slices.SortFunc(due, func(a, b *alarm) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.fingerprint, b.fingerprint))
	})
	out := make([]string, len(due))
	for n, a := range due {
		out[n] = a.fingerprint
	}
	return out
}

// alarms implements [heap.Interface].
type alarms []*alarm

func (a alarms) Len() int           { return len(a) }
func (a alarms) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a alarms) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].index, a[j].index = i, j
}

func (a *alarms) Push(x any) {
	x.(*alarm).index = len(*a)
	*a = append(*a, x.(*alarm))
}

func (a *alarms) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}
