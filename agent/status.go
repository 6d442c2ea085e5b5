package agent

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/thirdline/thirdline/agent/silence"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/shipper"
)

// lookWithin is how long the pipeline is waited for before its last known state
// has to do.
const lookWithin = 2 * time.Second

// Status is what a running agent says of itself.
type Status struct {
	Version string    `json:"version"`
	Host    string    `json:"host"`
	Started time.Time `json:"started"`
	// AsOf is when the pipeline said what stands here of sources, rules and
	// incidents.
	AsOf time.Time `json:"as_of"`
	// Turned is when the pipeline turned last.
	Turned time.Time `json:"turned"`
	// Problems are what keeps the agent from being ready; see [Status.Problems].
	Problems  []string           `json:"problems"`
	Sources   []shipper.Watching `json:"sources"`
	Rules     []RuleStatus       `json:"rules"`
	Incidents IncidentStatus     `json:"incidents"`
	// Silences are those that hold events back now.
	Silences []silence.Silence `json:"silences"`
	// Suppressed counts the events since the start that were not sent, by what kept them
	// quiet: a silence, an observing rule, or a rule's hours.
	Suppressed   map[string]int64    `json:"suppressed"`
	Destinations []DestinationStatus `json:"destinations"`
	Reload       ReloadStatus        `json:"reload"`
	// SpoolBytes of events wait for all destinations; at SpoolLimit, updates are merged.
	SpoolBytes int64 `json:"spool_bytes"`
	SpoolLimit int64 `json:"spool_limit_bytes"`
	// StoreBytes is the size of the store's file.
	StoreBytes int64 `json:"store_bytes"`
}

// RuleStatus is what a rule found, and what it cost, since the agent's start.
type RuleStatus struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	// Observing rules live, and nothing is sent.
	Observing bool `json:"observing,omitempty"`
	// Matches are records that satisfied one of its clauses.
	Matches uint64 `json:"matches"`
	// Verifications are records that it was decided on one by one: its cost.
	Verifications uint64 `json:"verifications"`
	// Seconds of a core is about what that and its condition took.
	Seconds float64 `json:"cpu_seconds"`
	Open    int     `json:"open_incidents"`
	// Keys are those that its condition over time remembers; Forgotten were too many,
	// since the rules were loaded.
	Keys      int   `json:"keys,omitempty"`
	Forgotten int64 `json:"keys_forgotten,omitempty"`
}

// IncidentStatus counts the incidents that the agent knows.
type IncidentStatus struct {
	Open  int `json:"open"`
	Known int `json:"known"`
}

// DestinationStatus is how delivery to one destination goes.
type DestinationStatus struct {
	Name string `json:"name"`
	// Waiting events are in the spool, Dead ones were refused for good.
	Waiting int `json:"waiting"`
	Dead    int `json:"dead"`
	shipper.Health
}

// Status tells how the agent is. It answers while the pipeline stands still, too:
// then with what it said last, and a problem.
func (a *Agent) Status(ctx context.Context) (s Status, err error) {
	s = Status{Version: a.options.Version, Host: a.pipeline.host.Name, Started: a.started}
	limited, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	err = a.look(limited, func(p *pipeline, now time.Time) error {
		s.AsOf, s.Sources = now, a.Watching(now)
		s.Incidents, s.Rules, s.Silences = p.incidentStatus(), p.ruleStatus(), p.activeSilences(now)
		s.Suppressed = maps.Clone(p.suppressed)
		seen := s
		a.seen.Store(&seen)
		return nil
	})
	if last := a.seen.Load(); err != nil && last != nil {
		s = *last
	}
	s.Turned = time.Unix(0, a.pipeline.turnedAt.Load())
	if err := a.storeStatus(&s); err != nil {
		return s, err
	}
	s.Reload = a.reloads.now()
	s.Problems = s.problems(time.Now(), a.pipeline.idle)
	return s, nil
}

// storeStatus fills in what the store and the shippers know.
func (a *Agent) storeStatus(s *Status) (err error) {
	spool := a.pipeline.store
	for _, to := range a.deliveries() {
		d := DestinationStatus{Name: to.name, Health: to.shipper.Health()}
		if d.Waiting, err = spool.Spooled(to.name); err != nil {
			return err
		}
		if d.Dead, err = spool.Dead(to.name); err != nil {
			return err
		}
		s.Destinations = append(s.Destinations, d)
	}
	if s.SpoolBytes, s.SpoolLimit, err = spool.Spool(); err != nil {
		return err
	}
	s.StoreBytes, err = spool.Size()
	return err
}

// status answers GET /status.
func (a *Agent) status(ctx context.Context, _ *http.Request, _ struct{}) (any, error) {
	return a.Status(ctx)
}

func (p *pipeline) incidentStatus() (s IncidentStatus) {
	open, known := p.incidents.Tally()
	for _, n := range open {
		s.Open += n
	}
	s.Known = known
	return s
}

func (p *pipeline) ruleStatus() []RuleStatus {
	open, _ := p.incidents.Tally()
	costs := p.set.Costs()
	all := make([]RuleStatus, len(p.set.Rules))
	for i, r := range p.set.Rules {
		before := p.spent[r.ID.Value]
		all[i] = RuleStatus{
			ID: r.ID.Value, Severity: r.Severity.Value, Observing: r.Observes(), Open: open[r.ID.Value],
			Matches: before.Matches + costs[i].Matches, Verifications: before.Verifications + costs[i].Verifications,
		}
		all[i].Seconds = (before.Took + costs[i].Took + p.detect.took(i)).Seconds()
		all[i].Keys, all[i].Forgotten = p.detect.kept(i)
	}
	return all
}

// Costliest returns the rules that took longest first.
func (s *Status) Costliest() []RuleStatus {
	sorted := slices.Clone(s.Rules)
	slices.SortStableFunc(sorted, func(a, b RuleStatus) int {
		return cmp.Or(cmp.Compare(b.Seconds, a.Seconds), cmp.Compare(b.Verifications, a.Verifications))
	})
	return sorted
}

// spend adds what the present set has cost to what those before it did.
func (p *pipeline) spend() {
	spent := map[string]rules.Cost{}
	for _, r := range p.ruleStatus() {
		spent[r.ID] = rules.Cost{Matches: r.Matches, Verifications: r.Verifications, Took: time.Duration(r.Seconds * float64(time.Second))}
	}
	p.spent = spent
}
