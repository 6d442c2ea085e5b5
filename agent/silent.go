package agent

import (
	"time"

	"github.com/thirdline/thirdline/agent/incident"
)

// stillness watches for sources to which nothing is written. It is one goroutine's.
type stillness struct {
	after  map[string]time.Duration // by source
	silent map[string]bool          // with an open incident
	due    time.Time                // when the next one may be; zero means never
}

// newSilence goes on with the incidents that are stored.
func newStillness(sources []Source, stored map[string]incident.Incident) *stillness {
	s := &stillness{after: map[string]time.Duration{}, silent: map[string]bool{}}
	for _, source := range sources {
		if source.Silent > 0 {
			s.after[source.Name] = source.Silent
		}
	}
	for _, i := range stored {
		if i.Rule == incident.SourceSilent && i.Status == incident.Open {
			s.silent[i.Key["source"]] = true
		}
	}
	return s
}

// listen opens an incident for each source that has been silent for too long, and
// resolves it when something was written again, or when nobody asks any more.
func (p *pipeline) listen(now time.Time) {
	s := p.stillness
	for name := range s.silent {
		if s.after[name] == 0 {
			p.heard(name, now)
		}
	}
	s.due = time.Time{}
	for _, source := range p.follower.Sources() {
		after := s.after[source.Name]
		if after == 0 {
			continue
		}
		last := p.follower.Counts(source.Name).Last
		if last.IsZero() {
			last = source.Since
		}
		switch end := last.Add(after); {
		case now.Before(end):
			if s.silent[source.Name] {
				p.heard(source.Name, now)
			}
			if s.due.IsZero() || end.Before(s.due) {
				s.due = end
			}
		case !s.silent[source.Name]:
			p.silent(source.Name, last, now)
		}
	}
}

func (p *pipeline) silent(source string, last, now time.Time) {
	p.stillness.silent[source] = true
	fields := map[string]string{
		"source": source, "silent_for": now.Sub(last).Round(time.Second).String(), "last_read": last.UTC().Format(time.RFC3339),
	}
	p.detectOwn(incident.SourceSilent, fields, now)
}

func (p *pipeline) heard(source string, now time.Time) {
	delete(p.stillness.silent, source)
	p.endOwn(incident.SourceSilent, map[string]string{"source": source}, now)
}
