package config

import (
	"encoding/json"
	"fmt"

	"github.com/thirdline/thirdline/rules/field"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// described is what a source says of how its records are read, in the notation of the
// configuration: JSON is YAML.
type described struct {
	Name      string            `json:"name"`
	Tags      []string          `json:"tags,omitempty"`
	Journal   *struct{}         `json:"journal,omitempty"`
	Encoding  string            `json:"encoding,omitempty"`
	Format    string            `json:"format,omitempty"`
	Fields    any               `json:"fields,omitempty"`
	Multiline map[string]string `json:"multiline,omitempty"`
	Time      map[string]any    `json:"time,omitempty"`
}

// Describe returns what a checked source says of how its records are read, as JSON
// that [Described] reads. It holds no path and no secret.
func (s *Source) Describe() json.RawMessage {
	d := described{Name: s.Name.Value, Tags: s.Tags, Encoding: s.Encoding.Value, Format: s.Format.Value, Multiline: s.Multiline.Settings()}
	if s.Journal != nil {
		d.Journal = &struct{}{}
	}
	if f := s.Fields; f != nil && f.Name == field.CSV {
		d.Fields = map[string]any{field.CSV: f.Columns, "separator": string(f.Separator)}
	} else if f != nil && f.Name != "" {
		d.Fields = f.Name
	}
	if t := s.Time; t != nil {
		d.Time = map[string]any{}
		if t.Zone.Value != "" {
			d.Time["zone"] = t.Zone.Value
		}
		var layouts []string
		for _, l := range t.Layouts {
			layouts = append(layouts, l.Value)
		}
		if layouts != nil {
			d.Time["layouts"] = layouts
		}
	}
	data, err := json.Marshal(d)
	if err != nil { // texts always encode
		return nil
	}
	return data
}

// Described reads and checks what [Source.Describe] wrote.
func Described(data json.RawMessage, lookup func(string) (string, bool)) (s Source, err error) {
	d := yamldoc.Decode("source", data, &s, lookup)
	k := &checker{d: d}
	k.shape(&s)
	k.clock(s.Time)
	if err := d.Problems.Err(); err != nil {
		return s, fmt.Errorf("read the description of the source: %w", err)
	}
	return s, nil
}
