package capsule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/redact"
)

// ErrSecret tells that a secret would leave with the capsule.
var ErrSecret = errors.New("a secret detector still fires")

// take adds events without what the audience may not see, and counts that in each.
func (c *Capsule) take(events []agent.Past, r *redact.Redactor) error {
	for _, e := range events {
		clean := agent.Past{Type: e.Type, Time: e.Time}
		if err := cleaned(e.Data, &clean.Data, r); err != nil {
			return err
		}
		c.Events = append(c.Events, clean)
	}
	c.redactRecords(r)
	for n := range c.Events {
		data := &c.Events[n].Data
		encoded, err := json.Marshal(data)
		if err != nil {
			return err
		}
		counts := redact.Manifest{}
		redact.Count(string(encoded), counts)
		data.Redacted = map[string]int{}
		for kind, n := range counts {
			data.Redacted[string(kind)] = n
		}
	}
	return nil
}

// redactRecords redacts the records as they follow each other: those before the match
// came with another event than those after it, and a secret may begin in the one and
// end in the other.
func (c *Capsule) redactRecords(r *redact.Redactor) {
	at, was := c.around(), c.Records()
	if at.opening == nil {
		return
	}
	lines := r.Lines(slices.Concat(was.Before, was.Match, was.After), redact.Manifest{})
	o, b, e := len(at.before()), len(was.Before), len(was.Before)+len(was.Match)
	at.opening.Before, at.opening.Match = lines[o:b:b], strings.Join(lines[b:e], "\n")
	if at.earlier != nil {
		at.earlier.Before = lines[:o:o]
	}
	if at.later != nil {
		at.later.After = lines[e:]
	}
}

// cleaned writes to out what is left of a value when every text in it is redacted.
func cleaned(in, out any, r *redact.Redactor) error {
	encoded, err := json.Marshal(in)
	if err != nil {
		return err
	}
	value, err := decoded(encoded)
	if err != nil {
		return err
	}
	if encoded, err = json.Marshal(walk(value, r, redact.Manifest{})); err != nil {
		return err
	}
	return json.Unmarshal(encoded, out)
}

func decoded(data []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return value, decoder.Decode(&value)
}

// walk redacts every text, and counts what it found. Texts of a list follow each
// other, as records do; a text under a name is also looked at as name=text.
func walk(value any, r *redact.Redactor, m redact.Manifest) any {
	switch v := value.(type) {
	case string:
		return r.Text(v, m)
	case []any:
		var lines []string
		for i := range v {
			if s, ok := v[i].(string); ok {
				lines = append(lines, s)
			} else {
				v[i] = walk(v[i], r, m)
			}
		}
		if len(lines) == len(v) {
			for i, line := range r.Lines(lines, m) {
				v[i] = line
			}
		}
		return v
	case map[string]any:
		for name, inner := range v {
			v[name] = walk(inner, r, m)
			if s, ok := v[name].(string); ok {
				if value, ok := strings.CutPrefix(r.Text(name+"="+s, m), name+"="); ok {
					v[name] = value
				}
			}
		}
		return v
	}
	return value
}

// search looks for secrets in every file but the page, which is made of the others.
func (c *Capsule) search(r *redact.Redactor) error {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		if name == pageFile {
			continue
		}
		kinds, err := finds(name, c.files[name], r)
		if err != nil {
			return fmt.Errorf("search %s: %w", name, err)
		}
		for kind, n := range kinds {
			found = append(found, fmt.Sprintf("%s: %d %s", name, n, kind))
		}
	}
	if len(found) > 0 {
		slices.Sort(found)
		return fmt.Errorf("%w: %s; nothing was written", ErrSecret, strings.Join(found, ", "))
	}
	return nil
}

// finds counts the secrets in a file, by kind. What JSON holds is looked at text by
// text, or `--password` at the end of one would make its closing quote a secret.
func finds(name string, data []byte, r *redact.Redactor) (redact.Manifest, error) {
	m := redact.Manifest{}
	if !strings.HasSuffix(name, ".json") {
		r.Text(string(data), m)
		return m, nil
	}
	value, err := decoded(data)
	if err == nil {
		walk(value, r, m)
	}
	return m, err
}
