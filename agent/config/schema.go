package config

import "github.com/thirdline/thirdline/rules/yamldoc"

// Schema returns the JSON Schema of a configuration file, for editors.
func Schema() map[string]any { return yamldoc.Schema(Config{}, "thirdline configuration") }

// JSONSchema implements [yamldoc.Described].
func (*Secret) JSONSchema(of func(any) any) any { return of("") }
