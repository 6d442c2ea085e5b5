package main

import (
	"encoding/json"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/rules"
)

// explained is one rule, tried on one line where there is one, in explain --json.
type explained struct {
	Rule     string   `json:"rule"`
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Title    string   `json:"title"`
	Severity string   `json:"severity"`
	Key      []string `json:"key,omitempty"`
	Literals []string `json:"literals,omitempty"`
	Record   *string  `json:"record,omitempty"`
	// Condition is what the rule waits for over time.
	Condition string         `json:"condition,omitempty"`
	Acts      acts           `json:"acts"`
	Match     *explainedPart `json:"match,omitempty"`
	Resolve   *explainedPart `json:"resolve,omitempty"`
	// Clauses are the others, by where they stand.
	Clauses map[string]explainedPart `json:"clauses,omitempty"`
	// Trials say what comes of the record, for each clause that it satisfies.
	Trials []agent.Trial `json:"trials,omitempty"`
}

// explainedPart is a clause with those inside it; Holds is set where there is a record.
type explainedPart struct {
	Role  string          `json:"role,omitempty"`
	Asks  []string        `json:"asks,omitempty"`
	Holds *bool           `json:"holds,omitempty"`
	Parts []explainedPart `json:"parts,omitempty"`
}

func (p *program) explainJSON(set *rules.Set, chosen []*rules.Rule, lines []string, trials []agent.Trial) error {
	records := []*string{nil}
	if len(lines) > 0 {
		records = nil
		for i := range lines {
			records = append(records, &lines[i])
		}
	}
	out := []explained{}
	for _, r := range chosen {
		for n, record := range records {
			e := explained{
				Rule: r.ID.Value, File: r.File, Line: r.ID.Line, Title: r.Title.Value, Severity: r.Severity.Value,
				Key: texts(r.Key), Literals: r.Literals(), Record: record, Condition: r.Says(), Acts: actsOf(set, r), Trials: trialsOf(trials, r, n),
			}
			for _, u := range r.Uses() {
				found, err := part(r, "", u.Clause, record)
				if err != nil {
					return err
				}
				e.add(u, found)
			}
			out = append(out, e)
		}
	}
	e := json.NewEncoder(p.stdout)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

func (e *explained) add(u rules.Use, found explainedPart) {
	switch {
	case u.Recovers:
		e.Resolve = &found
	case u.Name == "match":
		e.Match = &found
	default:
		if e.Clauses == nil {
			e.Clauses = map[string]explainedPart{}
		}
		e.Clauses[u.Name] = found
	}
}

func part(r *rules.Rule, role string, c *rules.Clause, record *string) (explainedPart, error) {
	own := c.Own()
	out := explainedPart{Role: role, Asks: own.Words()}
	if record != nil {
		t, err := c.Tester()
		if err != nil {
			return out, err
		}
		t.Format = r.Examples.Format
		holds := t.Holds([]byte(*record))
		out.Holds = &holds
	}
	for _, inner := range c.Parts() {
		sub, err := part(r, inner.Role, inner.Clause, record)
		if err != nil {
			return out, err
		}
		out.Parts = append(out.Parts, sub)
	}
	return out, nil
}
