package incident

import (
	"slices"

	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// SourceSilent is the rule of the agent's own incidents about a source to which
// nothing was written for too long. Its key is the source.
const SourceSilent = "source_silent"

// withOwn puts the agent's own rules before those of a set: a set may have a rule
// of the same id, with a severity and an owner of its own.
func withOwn(set []*rules.Rule) []*rules.Rule {
	text := func(s string) yamldoc.Text { return yamldoc.Text{Value: s} }
	return slices.Concat([]*rules.Rule{{
		ID: text(SourceSilent), Title: text("{{ .source }} is silent: nothing was written for {{ .silent_for }}"),
		Severity: text("error"), Key: []yamldoc.Text{text("source")},
	}}, set)
}
