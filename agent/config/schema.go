package config

import (
	"github.com/thirdline/thirdline/rules/yamldoc"
	"github.com/thirdline/thirdline/shipper/profile"
)

// Schema returns the JSON Schema of a configuration file, for editors.
func Schema() map[string]any { return yamldoc.Schema(Config{}, "thirdline configuration") }

// JSONSchema implements [yamldoc.Described].
func (*Secret) JSONSchema(of func(any) any) any { return of("") }

// JSONSchema implements [yamldoc.Described].
func (*Destination) JSONSchema(of func(any) any) any {
	properties, kinds := map[string]any{"name": of(yamldoc.Text{}), "webhook": of(Webhook{}), "only": of(When{}), "updates": of(true)}, []any{}
	for _, name := range profile.Names() {
		if p, err := profile.Builtin(name); err == nil {
			properties[name] = deskSchema(p, of)
		}
	}
	for name, settings := range natives() {
		properties[name] = of(settings)
	}
	mine := keysOf(of)
	mine["profile"] = of(yamldoc.Text{})
	properties[own] = map[string]any{"type": "object", "properties": mine, "required": []string{"profile"}, "additionalProperties": of("")}
	for name := range properties {
		if name != "name" && name != "only" && name != "updates" {
			kinds = append(kinds, map[string]any{"required": []string{name}})
		}
	}
	return map[string]any{"type": "object", "additionalProperties": false, "required": []string{"name"}, "properties": properties, "oneOf": kinds}
}

// keysOf are the keys that every profile's destination has.
func keysOf(of func(any) any) map[string]any {
	text := of(yamldoc.Text{})
	return map[string]any{"ca_file": text, "cert_file": text, "key_file": text, "timeout": of(Desk{}.Timeout), "rate": of(Desk{}.Rate)}
}

func deskSchema(p *profile.Profile, of func(any) any) any {
	properties, all := keysOf(of), []any{}
	for _, s := range p.Settings {
		properties[s.Name] = map[string]any{"type": []string{"string", "number", "boolean"}, "description": s.About}
		either := []any{map[string]any{"required": []string{s.Name}}}
		if s.Secret {
			properties[s.Name+"_file"] = of(yamldoc.Text{})
			either = append(either, map[string]any{"required": []string{s.Name + "_file"}})
		}
		if s.Required {
			all = append(all, map[string]any{"anyOf": either})
		}
	}
	out := map[string]any{"type": "object", "additionalProperties": false, "properties": properties, "description": p.Title}
	if len(all) > 0 {
		out["allOf"] = all
	}
	return out
}
