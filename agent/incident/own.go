package incident

import (
	"slices"
	"time"

	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// SourceSilent is the rule of the agent's own incidents about a source to which
// nothing was written for too long. Its key is the source.
const SourceSilent = "source_silent"

// DeadLetter and DestinationPaused are the rules about a destination that refused an
// event for good, and one that refuses the credentials. Their key is the destination.
const (
	DeadLetter        = "dead_letter"
	DestinationPaused = "destination_paused"
)

// ReloadRefused is the rule about new rules that were refused while the old ones go on.
// A host has one such incident at a time.
const ReloadRefused = "reload_refused"

// deadLetterQuiet is how long after the last dead letter its incident is over.
const deadLetterQuiet = 24 * time.Hour

// withOwn puts the agent's own rules before those of a set: a set may have a rule
// of the same id, with a severity and an owner of its own.
func withOwn(set []*rules.Rule) []*rules.Rule {
	text := func(s string) yamldoc.Text { return yamldoc.Text{Value: s} }
	own := func(id, title string, keys ...string) *rules.Rule {
		r := &rules.Rule{ID: text(id), Title: text(title), Severity: text("error")}
		for _, key := range keys {
			r.Key = append(r.Key, text(key))
		}
		return r
	}
	dead := own(DeadLetter, "{{ .destination }} refused an event for good: {{ .said }}", "destination")
	dead.Incident.Resolve.After = deadLetterQuiet
	return slices.Concat([]*rules.Rule{
		own(SourceSilent, "{{ .source }} is silent: nothing was written for {{ .silent_for }}", "source"),
		dead, own(DestinationPaused, "{{ .destination }} is paused: it refuses the credentials: {{ .said }}", "destination"),
		own(ReloadRefused, "new rules were refused, and the old ones go on: {{ .said }}"),
	}, set)
}
