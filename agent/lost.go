package agent

import (
	"cmp"
	"time"
)

// lostAfter is how long a source may have no file before it is lost: a rotation has
// made the new one by then.
const lostAfter = time.Minute

// lookForLost tells the incidents of a source that there is no log any more to judge
// by, or that there is one again.
func (p *pipeline) lookForLost(now time.Time) {
	patience := cmp.Or(p.lostAfter, lostAfter)
	if now.Sub(p.lookedForLost) < patience/6 {
		return
	}
	p.lookedForLost = now
	named := p.follower.Named()
	for _, s := range p.follower.Sources() {
		is := p.logs[s.Name]
		switch {
		case named[s.Name] > 0:
			p.logs[s.Name] = logs{known: true}
			if is.known && !is.lost {
				continue
			}
		case is.lost:
			continue
		case is.since.IsZero():
			is.since = now
			p.logs[s.Name] = is
			continue
		case now.Sub(is.since) < patience:
			continue
		default:
			p.logs[s.Name] = logs{known: true, lost: true}
		}
		for _, step := range p.incidents.Lost(s.Name, p.logs[s.Name].lost, now) {
			p.tell(step, nil, now)
		}
	}
}

// logs is whether a source has any.
type logs struct {
	known, lost bool
	since       time.Time // it has none
}
