// Package rules is the rule language: it reads rule files, says everything that
// is wrong with them, and compiles the sound ones into a Set that is asked which
// records satisfy which rule.
//
// It is pure: no goroutine, no clock, no network. The same bytes give the same
// answers, live or in a replay.
package rules

import (
	"github.com/thirdline/thirdline/rules/field"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// Format is how the records of a source are taken apart into fields.
type Format = field.Format

// Multiline says which lines are one record.
type Multiline = field.Multiline

// Severity of an incident, in ascending order of weight.
type Severity string

// The severities.
const (
	Info     Severity = "info"
	Warning  Severity = "warning"
	Error    Severity = "error"
	Critical Severity = "critical"
)

// Tier says whom an incident is for.
type Tier string

// The tiers.
const (
	L1 Tier = "L1"
	L2 Tier = "L2"
	L3 Tier = "L3"
)

// document is a rule file.
type document struct {
	Pos yamldoc.Pos `yaml:",pos"`
	// Lists, Macros and Hours are named for the rules and overlays of this file.
	Lists  map[string]*List   `yaml:"lists"`
	Macros map[string]*Clause `yaml:"macros"`
	Hours  map[string]Hours   `yaml:"hours"`
	Rules  []*Rule            `yaml:"rules"`
	// Overlays change rules of any file, and Enabled switches them on and off.
	Overlays []*Overlay `yaml:"overlays"`
	Enabled  []*Switch  `yaml:"enabled"`
}

// Rule is one rule as it stands in its file.
type Rule struct {
	Pos yamldoc.Pos `yaml:",pos"`
	// File is where the rule was read from.
	File string `yaml:"-"`

	ID       yamldoc.Text `yaml:"id,required"`
	Title    yamldoc.Text `yaml:"title,required"`
	Severity yamldoc.Text `yaml:"severity,required" enum:"info warning error critical"`
	Tier     yamldoc.Text `yaml:"tier" enum:"L1 L2 L3"`
	Owner    string       `yaml:"owner"`
	// Tags are names that switches, routes and other rules choose this one by.
	Tags    []string `yaml:"tags"`
	Enabled *bool    `yaml:"enabled"`
	// Mode is live, or observe: the rule's whole life, and nothing is sent.
	Mode yamldoc.Text `yaml:"mode" enum:"live observe"`
	// Active and Mute name hours outside of which, and in which, nothing is sent.
	Active  []yamldoc.Text `yaml:"active"`
	Mute    []yamldoc.Text `yaml:"mute"`
	Sources Selector       `yaml:"sources"`
	// Match is what a record must be; a condition over time with clauses of its own
	// stands in its place.
	Match Clause `yaml:"match,required"`
	// Exceptions are records that do not count though they match.
	Exceptions []*Exception   `yaml:"exceptions"`
	Key        []yamldoc.Text `yaml:"key"`
	Incident   Incident       `yaml:"incident"`
	Snapshot   Snapshot       `yaml:"snapshot"`
	Runbook    string         `yaml:"runbook"`
	Known      string         `yaml:"known"`
	// Needs names the evidence that whoever solves it asks for: fields of the
	// record and diagnostics of Snapshot.Run.
	Needs  []yamldoc.Text    `yaml:"needs"`
	Labels map[string]string `yaml:"labels"`
	// KnownTier is the tier of a problem whose last resolution said what mends it.
	KnownTier yamldoc.Text `yaml:"known_tier" enum:"L1 L2 L3"`
	// Inhibit names the rules whose incidents are not told while one of this rule is
	// open.
	Inhibit  []inhibition `yaml:"inhibit"`
	Examples Examples     `yaml:"examples"`
	Tests    []Test       `yaml:"tests"`
	OverTime `yaml:",inline"`

	active, mute []Hours
}

// Instead implements [yamldoc.Replaceable].
func (*Rule) Instead() map[string][]string { return map[string][]string{"match": ownClauses()} }

// Selector chooses sources. Empty, it chooses every source; with both lists set,
// a source must satisfy both.
type Selector struct {
	// Tags of which the source must carry one.
	Tags []string `yaml:"tags"`
	// Paths are globs, with **, of which the file's path must match one.
	Paths []yamldoc.Text `yaml:"paths"`
}

// Clause is a condition on one record. Every key that is set must hold.
type Clause struct {
	Pos      yamldoc.Pos  `yaml:",pos"`
	Contains yamldoc.Text `yaml:"contains"`
	// ContainsAny asks for one of several texts.
	ContainsAny choice       `yaml:"contains_any"`
	Regex       yamldoc.Text `yaml:"regex"`
	// Glob is matched with the whole record.
	Glob yamldoc.Text `yaml:"glob"`
	// Fields must all be as they are asked to be.
	Fields fieldTests `yaml:"fields"`
	// Where is an expression over the fields; see package where.
	Where yamldoc.Text `yaml:"where"`
	// Macro names a clause of the file; Expanded is that clause.
	Macro      yamldoc.Text `yaml:"macro"`
	Expanded   *Clause      `yaml:"-"`
	IgnoreCase bool         `yaml:"ignore_case"`
	All        []Clause     `yaml:"all"`
	Any        []Clause     `yaml:"any"`
	Not        []Clause     `yaml:"not"`
	// Except are the exceptions of the rule, in the clauses that count for it.
	Except []*Exception `yaml:"-"`
}

// Snapshot says how much context is taken, in records, and what else.
type Snapshot struct {
	Before *int `yaml:"before"`
	After  *int `yaml:"after"`
	// Related are other logs to look into.
	Related []Related `yaml:"related"`
	// Run names diagnostics; the agent's configuration defines them.
	Run []yamldoc.Text `yaml:"run"`
}

// Examples are the rule's own proof, checked when it is loaded.
type Examples struct {
	// Format is how the examples are taken apart; nil is found out one by one.
	Format  *field.Format  `yaml:"format"`
	Match   []yamldoc.Text `yaml:"match"`
	NoMatch []yamldoc.Text `yaml:"no_match"`
}

// Before returns how many records before the match are wanted.
func (r *Rule) Before() int { return valueOr(r.Snapshot.Before, 20) }

// After returns how many records after the match are wanted.
func (r *Rule) After() int { return valueOr(r.Snapshot.After, 10) }

func valueOr(p *int, def int) int {
	if p == nil {
		return def
	}
	return *p
}
