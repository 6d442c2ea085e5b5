// Package capsule makes one file of all that is known about an incident: its events,
// records, facts and diagnostics, the rule, a page to read it by, and checksums.
//
// A capsule is a tar archive compressed with zstd. Its name carries the SHA-256 of its
// list of checksums, so equal evidence gives an equal file, and a file that was changed
// is known. It is made for an audience: what that may not see is replaced before, and
// nothing is written while a secret is still found. Reading one unpacks nothing.
package capsule

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/shipper"
)

// format of the capsule. It grows when an older thirdline could misread one.
const format = 1

// The files that every capsule has.
const (
	manifestFile = "capsule.json"
	sumsFile     = "SHA256SUMS"
	ruleFile     = "rule.yaml"
	pageFile     = "index.html"
	recordsFile  = "records.log"
)

// Manifest says what a capsule is about.
type Manifest struct {
	Format      int    `json:"format"`
	Incident    string `json:"incident"`
	Generation  int    `json:"generation"`
	Title       string `json:"title"`
	Host        string `json:"host"`
	Rule        string `json:"rule"`
	RuleSHA256  string `json:"rule_sha256,omitempty"` // of its text as it was loaded
	RuleChanged bool   `json:"rule_redacted,omitempty"`
	// Origin is where the records came from and how they were read; nil where that is
	// not known, as in capsules of an older thirdline.
	Origin   *agent.Origin `json:"origin,omitempty"`
	Agent    string        `json:"agent"`
	Audience string        `json:"audience"`
	// Redacted counts what was removed from all events, by kind.
	Redacted map[string]int `json:"redacted,omitempty"`
	Events   int            `json:"events"`
	First    time.Time      `json:"first"`
	Last     time.Time      `json:"last"`
}

// Capsule is one incident with its evidence.
type Capsule struct {
	Manifest Manifest
	// Events in their order.
	Events []agent.Past
	// Rule is the text of the rule's file; "" where it is not known.
	Rule string

	files map[string][]byte
}

// Options of a capsule.
type Options struct {
	// Agent is the version that writes it.
	Agent    string
	Audience redact.Audience
	// Redact removes what the audience may not see.
	Redact *redact.Redactor
}

// New makes a capsule of what is remembered of an incident. The error is [ErrSecret]
// when it would hold a secret.
func New(events []agent.Past, o Options) (*Capsule, error) {
	if len(events) == 0 {
		return nil, errors.New("make capsule: there are no events")
	}
	c := &Capsule{files: map[string][]byte{}}
	var origin *agent.Origin
	for n := range events {
		if c.Rule == "" {
			c.Rule = events[n].Rule
		}
		if events[n].Origin != nil { // of the records that are captured: the last opening's
			origin = events[n].Origin
		}
	}
	if err := c.take(events, o.Redact); err != nil {
		return nil, fmt.Errorf("make capsule: %w", err)
	}
	c.describe(o)
	if origin != nil {
		if err := cleaned(origin, &c.Manifest.Origin, o.Redact); err != nil {
			return nil, fmt.Errorf("make capsule: %w", err)
		}
	}
	if err := c.fill(); err != nil {
		return nil, fmt.Errorf("make capsule: %w", err)
	}
	if err := c.search(o.Redact); err != nil {
		return nil, fmt.Errorf("make capsule: %w", err)
	}
	return c, nil
}

// describe makes the manifest, and redacts the rule's text.
func (c *Capsule) describe(o Options) {
	first, last := c.Events[0].Data, c.Events[len(c.Events)-1].Data
	m := Manifest{
		Format: format, Incident: last.Fingerprint, Generation: last.Generation, Title: last.Title, Host: last.Host.Name, Rule: last.Rule,
		Agent: o.Agent, Audience: string(o.Audience), Events: len(c.Events), First: first.Opened, Last: last.LastSeen, Redacted: map[string]int{},
	}
	for _, e := range c.Events {
		for kind, n := range e.Data.Redacted {
			m.Redacted[kind] += n
		}
	}
	if c.Rule != "" {
		sum := sha256.Sum256([]byte(c.Rule))
		m.RuleSHA256 = hex.EncodeToString(sum[:])
		clean := o.Redact.Text(c.Rule, redact.Manifest{})
		m.RuleChanged, c.Rule = clean != c.Rule, clean
	}
	c.Manifest = m
}

// safeName keeps what names a file in a capsule from being anything else.
var safeName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// fill makes the files of the capsule.
func (c *Capsule) fill() error {
	add := func(name string, value any) error {
		data, err := json.MarshalIndent(value, "", "  ")
		c.files[name] = append(data, '\n')
		return err
	}
	err := add(manifestFile, c.Manifest)
	for n, e := range c.Events {
		err = errors.Join(err, add(fmt.Sprintf("events/%04d.json", n+1), e))
		s := e.Data.Snapshot
		if s == nil {
			continue
		}
		if s.Facts != nil {
			err = errors.Join(err, add("facts.json", s.Facts))
		}
		for _, d := range s.Diagnostics {
			if safeName.MatchString(d.Name) {
				c.files["diagnostics/"+d.Name+".txt"] = []byte(d.Output + "\n")
			}
		}
	}
	if err != nil {
		return err
	}
	if c.Rule != "" {
		c.files[ruleFile] = []byte(c.Rule)
	}
	c.files[recordsFile] = []byte(strings.Join(c.records(), "\n") + "\n")
	page, err := c.page()
	c.files[pageFile] = page
	return err
}

// Records are the captured ones around the match, oldest first.
type Records struct {
	Before, Match, After []string
}

// Records returns the records around the last match that opened the incident.
func (c *Capsule) Records() (r Records) {
	at := c.around()
	if at.opening != nil {
		r = Records{Before: slices.Concat(at.before(), at.opening.Before), Match: strings.Split(at.opening.Match, "\n")}
	}
	if at.later != nil {
		r.After = at.later.After
	}
	return r
}

// around are the snapshots that hold the records around a match: that of its event,
// and those of the events that brought what was there later. Each may be nil.
type around struct{ earlier, opening, later *shipper.Snapshot }

// before returns the records that come before those of the opening.
func (a *around) before() []string {
	if a.earlier == nil {
		return nil
	}
	return a.earlier.Before
}

func (c *Capsule) around() (a around) {
	for _, e := range c.Events {
		s := e.Data.Snapshot
		switch {
		case s == nil:
			continue
		case e.Type == shipper.Opened || e.Type == shipper.Reopened:
			a.opening, a.earlier = s, nil
		case e.Type == shipper.Updated && len(s.Before) > 0:
			a.earlier = s
		}
		if a.later == nil && s.After != nil {
			a.later = s
		}
	}
	return a
}

func (c *Capsule) records() []string {
	r := c.Records()
	return slices.Concat(r.Before, r.Match, r.After)
}
