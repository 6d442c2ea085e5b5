package agent

import (
	"time"

	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/shipper"
)

// measureEvery bounds how often the sizes of all files are asked for.
const measureEvery = time.Second

// watched is the proof of watching of one source, as it is stored with the positions
// that it belongs to.
type watched struct {
	tail.Counts
	// Skewed are the records whose own time could not be.
	Skewed int64
}

// Watching tells what was read of each source, in the order of the configuration.
// The lags are at most a second old. Call it in a function given to [Agent.Do].
func (a *Agent) Watching(now time.Time) []shipper.Watching {
	var all []shipper.Watching
	for _, s := range a.pipeline.follower.Sources() {
		all = append(all, a.pipeline.watching(s, now))
	}
	return all
}

func (p *pipeline) watching(s tail.Source, now time.Time) shipper.Watching {
	if now.Sub(p.measured) >= measureEvery {
		p.lags, p.measured = p.follower.Lags(now), now
	}
	c, lag := p.follower.Counts(s.Name), p.lags[s.Name]
	w := shipper.Watching{
		Source: s.Name, Since: s.Since.UTC(), Files: lag.Files, Bytes: c.Bytes, Lines: c.Lines,
		LagBytes: lag.Bytes, LagSeconds: lag.Age.Seconds(),
		Rotations: c.Rotations, Truncations: c.Truncations, Cuts: c.Cuts, Gaps: c.Gaps, Skewed: p.skewed[s.Name],
	}
	if !c.Last.IsZero() {
		last := c.Last.UTC()
		w.LastRead = &last
	}
	return w
}

// watchingFor returns the proof of the source that a step's record came from, or nil.
func (p *pipeline) watchingFor(step incident.Step, now time.Time) *shipper.Watching {
	name := p.sourceOf(step)
	for _, s := range p.follower.Sources() {
		if s.Name == name {
			w := p.watching(s, now)
			return &w
		}
	}
	return nil
}

// sourceOf returns the source that a step speaks of, or nothing.
func (p *pipeline) sourceOf(step incident.Step) string {
	place := step.Match
	if place == nil && step.After != nil {
		place = &step.After.Place
	}
	if place == nil {
		if step.Incident.Rule == incident.SourceSilent {
			return step.Incident.Key["source"]
		}
		return ""
	}
	if file := p.follower.File(place.File); file != nil {
		return file.Source
	}
	return ""
}

// putWatched stores what was read of each source.
func (p *pipeline) putWatched(b store.Batch) error {
	for _, s := range p.follower.Sources() {
		if err := b.Put(store.Watched, s.Name, watched{p.follower.Counts(s.Name), p.skewed[s.Name]}); err != nil {
			return err
		}
	}
	return nil
}
