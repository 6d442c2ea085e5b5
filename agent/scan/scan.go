// Package scan asks what rules would have done with history: log files that are
// already there, compressed or not.
//
// It feeds the agent's own pipeline ([agent.Replay]), so a scan and a run give
// the same incidents on the same bytes. Nothing is sent and nothing is stored.
// Several sets of rules can be asked at once; the files are read once.
package scan

import (
	"cmp"
	"slices"
	"time"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/incident"
)

// Incident is one life of a problem that a scan found.
type Incident struct {
	Fingerprint string            `json:"fingerprint"`
	Generation  int               `json:"generation"`
	Rule        string            `json:"rule"`
	Title       string            `json:"title"`
	Key         map[string]string `json:"key,omitempty"`
	Count       int64             `json:"count"`
	Opened      time.Time         `json:"opened"`
	LastSeen    time.Time         `json:"last_seen"`
	// Resolved is the zero time while the incident is open.
	Resolved time.Time `json:"resolved,omitzero"`
	Reason   string    `json:"reason,omitempty"`
	// Path and Offset are where the record lies that opened it.
	Path   string `json:"path,omitempty"`
	Offset int64  `json:"offset"`
}

// Ledger collects the incidents of one set of rules.
type Ledger struct {
	replay    *agent.Replay
	incidents []*Incident
	open      map[string]*Incident
}

// NewLedger returns an empty ledger; o.Step is its own.
func NewLedger(o agent.ReplayOptions) *Ledger {
	l := &Ledger{open: map[string]*Incident{}}
	o.Step = l.step
	l.replay = agent.NewReplay(o)
	return l
}

func (l *Ledger) step(s incident.Step) {
	i := s.Incident
	switch s.Kind {
	case incident.StepOpened, incident.StepReopened:
		found := &Incident{Fingerprint: i.Fingerprint, Generation: i.Generation, Rule: i.Rule, Title: i.Title, Key: i.Key}
		if s.Match != nil {
			found.Path, found.Offset = s.Match.Path, s.Match.Start
		}
		found.stand(&i)
		l.incidents = append(l.incidents, found)
		l.open[i.Fingerprint] = found
	case incident.StepResolved:
		if found := l.open[i.Fingerprint]; found != nil {
			found.stand(&i)
			found.Resolved, found.Reason = i.Ended.UTC(), s.Reason
			delete(l.open, i.Fingerprint)
		}
	}
}

func (f *Incident) stand(i *incident.Incident) {
	f.Count, f.Opened, f.LastSeen = i.Count, i.Opened.UTC(), i.LastSeen.UTC()
}

// Incidents returns what was found so far, in the order of opening.
func (l *Ledger) Incidents() []Incident {
	for fp, found := range l.open {
		if i := l.replay.Incident(fp); i != nil {
			found.stand(i)
		}
	}
	out := make([]Incident, len(l.incidents))
	for n, i := range l.incidents {
		out[n] = *i
	}
	slices.SortStableFunc(out, func(a, b Incident) int {
		return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	return out
}

// End lets the clock go on to now: what was quiet for long enough is over.
func (l *Ledger) End(now time.Time) { l.replay.Pass(now) }
