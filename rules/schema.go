package rules

import "github.com/thirdline/thirdline/rules/yamldoc"

// Schema returns the JSON Schema of a rule file, for editors.
func Schema() map[string]any { return yamldoc.Schema(document{}, "thirdline rule file") }
