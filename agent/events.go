package agent

import (
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/thirdline/thirdline/agent/facts"
	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/agent/snapshot"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/shipper"
)

// redact takes secrets out of everything in the event that came from a log, and
// says how many; long records are cut after that, so that no secret is halved.
func (p *pipeline) redact(i *shipper.Incident) {
	m := redact.Manifest{}
	i.Title = p.redactor.Text(i.Title, m)
	i.Key, i.Fields = p.redactor.Map(i.Key, m), p.redactor.Map(i.Fields, m)
	texts := append(slices.Collect(maps.Values(i.Fields)), i.Title)
	texts = append(texts, p.redactHistory(&i.History, m)...)
	if s := i.Snapshot; s != nil {
		match := strings.Split(s.Match, "\n")
		lines := p.redactor.Lines(slices.Concat(s.Before, match, s.After), m)
		texts = append(texts, lines...)
		b, e := len(s.Before), len(s.Before)+len(match)
		joined := snapshot.CutRecord(strings.Join(lines[b:e], "\n"))
		for n := range lines {
			lines[n] = snapshot.Cut(lines[n])
		}
		texts = append(texts, p.commands(s.Facts, m)...)
		for _, r := range s.Related { // redacted where they were found
			texts = append(texts, r.Text)
		}
		texts = append(texts, p.redactDiagnostics(s.Diagnostics, m)...)
		for n, c := range s.Changed {
			s.Changed[n].What, s.Changed[n].Detail = p.redactor.Text(c.What, m), p.redactor.Text(c.Detail, m)
			texts = append(texts, s.Changed[n].What, s.Changed[n].Detail)
		}
		s.Before, s.Match, s.After = lines[:b], joined, lines[e:]
	}
	removed := redact.Manifest{}
	redact.Count(strings.Join(texts, "\n"), removed)
	if n := m[redact.Dropped]; n > 0 {
		removed[redact.Dropped] = n
	}
	for kind, n := range removed {
		if i.Redacted == nil {
			i.Redacted = map[string]int{}
		}
		i.Redacted[string(kind)] = n
	}
}

// commands redacts the command lines of processes, and returns them.
func (p *pipeline) commands(f *shipper.Facts, m redact.Manifest) (texts []string) {
	if f == nil {
		return nil
	}
	hide := func(list []shipper.Process) []shipper.Process {
		list = slices.Clone(list) // the collector keeps its own
		for i := range list {
			list[i].Command = p.redactor.Text(list[i].Command, m)
			texts = append(texts, list[i].Command)
		}
		return list
	}
	f.TopCPU, f.TopMemory = hide(f.TopCPU), hide(f.TopMemory)
	if f.Process != nil {
		f.Process = &hide([]shipper.Process{*f.Process})[0]
	}
	return texts
}

// records reads the records around a step back from the file. What cannot be
// had is said in it; it is never an error.
func (p *pipeline) records(d *draft, rule *rules.Rule, record []byte) {
	step := &d.step
	if step.Match == nil && step.After == nil {
		return
	}
	s := &shipper.Snapshot{}
	d.data.Snapshot = s
	note := notes(s)
	if a := step.After; a != nil {
		s.File, s.Offset = a.Path, a.Start
		if file := p.follower.File(a.File); file == nil {
			note("after: the file was rotated away and closed before the records could be read")
		} else if side, _, err := snapshot.After(file, file.Encoding, a.End, a.Records); err != nil {
			note("after: %v", err)
		} else {
			p.after(d, a, file, side)
		}
	}
	if m := step.Match; m != nil {
		s.File, s.Offset, s.Match = m.Path, m.Start, snapshot.Valid(record)
		if step.Kind == incident.StepResolved {
			return
		}
		p.before(d, m, rule.Before())
		d.want(p).about = about(m.Path, step.Incident.Fields)
	}
}

// about is what facts are wanted of: the host of a log, and the process and the unit
// that a record named.
func about(log string, fields map[string]string) *facts.About {
	pid, err := strconv.ParseInt(fields["pid"], 10, 32)
	if err != nil {
		pid = 0 // no record named a process
	}
	return &facts.About{Log: log, PID: int32(pid), Unit: fields["unit"]}
}

// after adds the records after a match, with where they lie.
func (p *pipeline) after(d *draft, a *incident.After, file *tail.File, side snapshot.Side) {
	s := d.data.Snapshot
	if side.Note != "" {
		s.Notes = append(s.Notes, side.Note)
	}
	if len(side.Lines) == 0 {
		return
	}
	s.After = p.show(file, side.Lines)
	s.AfterPlaces = []shipper.Place{{File: a.Path, Generation: a.File.String(), Offsets: side.Offsets}}
	d.numberIn(p, file, a.End, func(s *shipper.Snapshot, line int64) {
		if len(s.AfterPlaces) > 0 {
			s.AfterPlaces[0].Line = line
		}
	})
}

// before reads the records before a match, those that the log had before its last
// rotation included.
func (p *pipeline) before(d *draft, m *incident.Place, n int) {
	s := d.data.Snapshot
	note := notes(s)
	file := p.follower.File(m.File)
	if file == nil {
		note("before: the file was rotated away and closed before the records could be read")
		return
	}
	side, err := snapshot.Before(file, file.Encoding, m.Start, n)
	if err != nil {
		note("before: %v", err)
		return
	}
	s.Generation = m.File.String()
	if side.Note != "" {
		note("%s", side.Note)
	}
	if missing := n - len(side.Lines); side.Begins && missing > 0 {
		if err := p.earlier(d, file, missing); err != nil {
			note("before the rotation: %v", err)
		}
	}
	side.Lines = p.show(file, side.Lines)
	place := p.place(s, m.Path, s.Generation, side)
	d.numberIn(p, file, m.Start, func(s *shipper.Snapshot, line int64) {
		s.Line = line
		place(s, max(line-int64(len(side.Lines)), 0))
	})
}

// show makes lines of a file readable.
func (p *pipeline) show(file *tail.File, lines []string) []string {
	for i := range lines {
		lines[i] = p.sources.shapes[file.Source].Show(lines[i])
	}
	return lines
}

// place appends records before the match, with where they lie, and returns what notes
// the number of their first line in a snapshot that has them.
func (p *pipeline) place(s *shipper.Snapshot, path, generation string, side snapshot.Side) func(*shipper.Snapshot, int64) {
	if len(side.Lines) == 0 {
		return func(*shipper.Snapshot, int64) {}
	}
	n := len(s.Places)
	s.Before = append(s.Before, side.Lines...)
	s.Places = append(s.Places, shipper.Place{File: path, Generation: generation, Offsets: side.Offsets})
	return func(s *shipper.Snapshot, line int64) {
		if n < len(s.Places) {
			s.Places[n].Line = line
		}
	}
}

// lookForEvidence sends the records after a match as soon as they are all there.
func (p *pipeline) lookForEvidence(now time.Time) {
	if now.Sub(p.looked) < evidenceEvery || !p.incidents.IsWaiting() {
		return
	}
	p.looked = now
	waiting := p.incidents.Waiting()
	for n, fp := range slices.Sorted(maps.Keys(waiting)) {
		after := waiting[fp]
		file := p.follower.File(after.File)
		if n == evidenceLooks {
			return // the others have their deadline
		}
		if file == nil {
			continue
		}
		read := io.NewSectionReader(file, 0, file.HandedOn()) // or it told of matches before they are counted
		if _, whole, err := snapshot.After(read, file.Encoding, after.End, after.Records); err == nil && whole {
			p.tell(p.incidents.Evidence(fp, now), nil, now)
		}
	}
}
