package agent

import (
	"errors"
	"fmt"
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
func (p *pipeline) records(step incident.Step, rule *rules.Rule, record []byte, now time.Time) *shipper.Snapshot {
	if step.Match == nil && step.After == nil {
		return nil
	}
	s := &shipper.Snapshot{}
	note := func(format string, args ...any) { s.Notes = append(s.Notes, fmt.Sprintf(format, args...)) }
	if a := step.After; a != nil {
		s.File, s.Offset = a.Path, a.Start
		if file := p.follower.File(a.File); file == nil {
			note("after: the file was rotated away and closed before the records could be read")
		} else if side, _, err := snapshot.After(file, file.Encoding, a.End, a.Records); err != nil {
			note("after: %v", err)
		} else {
			p.after(s, a, file, side)
		}
	}
	if m := step.Match; m != nil {
		s.File, s.Offset, s.Match = m.Path, m.Start, snapshot.Valid(record)
		if step.Kind == incident.StepResolved {
			return s
		}
		p.before(s, m, rule.Before())
		pid, err := strconv.ParseInt(step.Incident.Fields["pid"], 10, 32)
		if err != nil {
			pid = 0 // no record named a process
		}
		s.Facts = p.facts.Take(facts.About{Log: m.Path, PID: int32(pid), Unit: step.Incident.Fields["unit"]}, now)
	}
	return s
}

// after adds the records after a match, with where they lie.
func (p *pipeline) after(s *shipper.Snapshot, a *incident.After, file *tail.File, side snapshot.Side) {
	if side.Note != "" {
		s.Notes = append(s.Notes, side.Note)
	}
	if len(side.Lines) == 0 {
		return
	}
	generation := a.File.String()
	s.After = p.show(file, side.Lines)
	s.AfterPlaces = []shipper.Place{{File: a.Path, Generation: generation, Line: p.lines.At(file, generation, a.End), Offsets: side.Offsets}}
}

// before reads the records before a match, those that the log had before its last
// rotation included.
func (p *pipeline) before(s *shipper.Snapshot, m *incident.Place, n int) {
	note := func(format string, args ...any) { s.Notes = append(s.Notes, fmt.Sprintf(format, args...)) }
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
	s.Generation, s.Line = m.File.String(), p.lines.At(file, m.File.String(), m.Start)
	if side.Note != "" {
		note("%s", side.Note)
	}
	if missing := n - len(side.Lines); side.Begins && missing > 0 {
		if err := p.earlier(s, file, missing); err != nil {
			note("before the rotation: %v", err)
		}
	}
	side.Lines = p.show(file, side.Lines)
	p.place(s, m.Path, m.File.String(), max(s.Line-int64(len(side.Lines)), 0), side)
}

// earlier reads up to n records from the end of the file that was rotated away.
func (p *pipeline) earlier(s *shipper.Snapshot, file *tail.File, n int) (err error) {
	rotated, err := p.follower.Earlier(file)
	if err != nil || rotated == nil {
		return err
	}
	defer func() { err = errors.Join(err, rotated.Close()) }()
	side, err := snapshot.Before(rotated, file.Encoding, rotated.Size, n)
	if err == nil {
		var numbers snapshot.Lines // not the match's: they count on in its file
		generation, line := rotated.Identity.String(), int64(0)
		if len(side.Offsets) > 0 {
			line = numbers.At(rotated, generation, side.Offsets[0])
		}
		side.Lines = p.show(file, side.Lines)
		p.place(s, rotated.Name(), generation, line, side)
	}
	return err
}

// show makes lines of a file readable.
func (p *pipeline) show(file *tail.File, lines []string) []string {
	for i := range lines {
		lines[i] = p.shapes[file.Source].Show(lines[i])
	}
	return lines
}

// place appends records before the match, with where they lie.
func (p *pipeline) place(s *shipper.Snapshot, path, generation string, line int64, side snapshot.Side) {
	if len(side.Lines) == 0 {
		return
	}
	s.Before = append(s.Before, side.Lines...)
	s.Places = append(s.Places, shipper.Place{File: path, Generation: generation, Line: line, Offsets: side.Offsets})
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
		if _, whole, err := snapshot.After(file, file.Encoding, after.End, after.Records); err == nil && whole {
			p.tell(p.incidents.Evidence(fp, now), nil, now)
		}
	}
}
