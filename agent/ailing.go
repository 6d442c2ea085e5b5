package agent

import (
	"slices"
	"strings"
	"time"

	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/shipper"
)

// maxRefusal is how much of what was said an incident tells, in bytes.
const maxRefusal = 300

// ailments watches destinations that refuse an event for good, or the credentials.
// What it says of one goes to the others. It is one goroutine's.
type ailments struct {
	refused map[string]int64 // dead letters that were told, by destination
	paused  map[string]bool  // with an open incident
}

// newAilments goes on with the incidents that are stored.
func newAilments(stored map[string]incident.Incident) *ailments {
	a := &ailments{refused: map[string]int64{}, paused: map[string]bool{}}
	for _, i := range stored {
		if i.Rule == incident.DestinationPaused && i.Status == incident.Open {
			a.paused[i.Key["destination"]] = true
		}
	}
	return a
}

// tend opens an incident for each destination that is paused, and ends it when
// events are taken again; each dead letter is one more of its destination's.
func (p *pipeline) tend(health []shipper.Health, now time.Time) {
	if len(health) < 2 {
		return // nobody else could be told
	}
	a := p.ailments
	for n, h := range health {
		name := p.destinations[n]
		if h.Refused > a.refused[name] {
			a.refused[name] = h.Refused
			p.ails(incident.DeadLetter, name, h.LastRefusal, now)
		}
		if h.Paused && !a.paused[name] {
			a.paused[name] = true
			p.ails(incident.DestinationPaused, name, h.LastError, now)
		}
		if a.paused[name] && !h.Paused && h.Down.IsZero() && h.Delivered > 0 {
			p.recovers(name, now)
		}
	}
	for name := range a.paused {
		if !slices.Contains(p.destinations, name) {
			p.recovers(name, now) // it is no longer configured
		}
	}
}

func (p *pipeline) recovers(destination string, now time.Time) {
	delete(p.ailments.paused, destination)
	p.endOwn(incident.DestinationPaused, map[string]string{"destination": destination}, now)
}

func (p *pipeline) ails(rule, destination, said string, now time.Time) {
	p.detectOwn(rule, map[string]string{"destination": destination, "said": brief(said)}, now)
}

// brief makes one short line of what was said.
func brief(said string) string {
	return strings.ToValidUTF8(strings.Join(strings.Fields(said[:min(len(said), maxRefusal)]), " "), "")
}

// ailingOf returns the destination that an incident speaks of, or nothing.
func ailingOf(i *incident.Incident) string {
	if i.Rule == incident.DeadLetter || i.Rule == incident.DestinationPaused {
		return i.Key["destination"]
	}
	return ""
}
