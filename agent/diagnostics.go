package agent

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/shipper"
)

// jobOf names the incident that a diagnostic runs for: a reopened one has its own.
func jobOf(fp string, generation int) string { return fmt.Sprintf("%s/%d", fp, generation) }

// startDiagnostics starts what an incident is owed. Nothing waits for it.
func (p *pipeline) startDiagnostics(fp string, d *debt, now time.Time) {
	for _, name := range d.Run {
		p.evidence.runner.Start(jobOf(fp, d.Generation), name, d.Fields, now)
	}
}

// restartDiagnostics starts what the last run of the agent did not bring to its end.
func (p *pipeline) restartDiagnostics(now time.Time) {
	for fp, d := range p.evidence.owed {
		p.startDiagnostics(fp, d, now)
	}
}

// takeResults notes what came of diagnostics. That of an incident that is over is of
// no use any more.
func (p *pipeline) takeResults() {
	for _, r := range p.evidence.runner.Take() {
		for fp, d := range p.evidence.owed {
			if jobOf(fp, d.Generation) == r.Incident && slices.Contains(d.Run, r.Name) {
				d.got = append(d.got, r.Diagnostic)
			}
		}
	}
}

// results are the diagnostics in the rule's order; one that did not end says so.
func (d *debt) results() (out []shipper.Diagnostic) {
	for _, name := range d.Run {
		i := slices.IndexFunc(d.got, func(g shipper.Diagnostic) bool { return g.Name == name })
		if i < 0 {
			out = append(out, shipper.Diagnostic{Name: name, Note: "missing: the incident was over before it ended"})
			continue
		}
		out = append(out, d.got[i])
	}
	return out
}

// redactDiagnostics takes secrets out of what diagnostics say, and returns the texts.
func (p *pipeline) redactDiagnostics(list []shipper.Diagnostic, m redact.Manifest) (texts []string) {
	for n := range list {
		d := &list[n]
		d.Output = p.redactor.Text(d.Output, m)
		d.Command = p.redactor.Lines(slices.Clone(d.Command), m)
		texts = append(texts, d.Output, strings.Join(d.Command, "\n"))
	}
	return texts
}
