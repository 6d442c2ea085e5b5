package agent

import (
	"time"

	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/tail"
)

// raw returns the line of the file that the record at start of a chunk's text was
// unwrapped from, or nil.
func raw(c tail.Chunk, marks []record.Mark, start int) []byte {
	if marks == nil {
		return nil
	}
	m := record.Find(marks, start)
	return c.Data[m.Raw:m.End]
}

// written returns the time that a record carries, or else that its container's runtime
// gives it: the first of texts tells. It is zero where there is none, or one that
// cannot be, which is counted: later than now, or much earlier than the
// last moment at which all that was written had been read.
func (p *pipeline) written(source string, now time.Time, texts ...[]byte) time.Time {
	clock := p.sources.clocks[source]
	if clock == nil {
		clock = &record.Clock{Zone: p.zone}
		p.sources.clocks[source] = clock
	}
	var t time.Time
	var place record.Place
	for n := 0; n < len(texts) && place.Len() == 0; n++ {
		t, place = clock.Time(texts[n], now)
	}
	if place.Len() == 0 {
		return time.Time{}
	}
	if t.After(now.Add(skew)) || t.Before(p.ended.Add(-skew)) {
		p.sayOfSkew(source, t.Sub(now))
		return time.Time{}
	}
	if t.After(now) {
		return time.Time{}
	}
	return t
}

// sayOfSkew counts a record whose own time could not be, and says so the first time.
func (p *pipeline) sayOfSkew(source string, off time.Duration) {
	p.skewed[source]++
	if p.log != nil && !p.saidSkew[source] {
		p.saidSkew[source] = true
		p.log.Warn("the times in a log cannot be, and are taken for now", "source", source, "off", off.Round(time.Second), "remedy", "set the clock, or name the log's zone: `time: {zone: Europe/Berlin}`")
	}
}
