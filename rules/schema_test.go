package rules_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/rules/yamldoc/schematest"
)

// TestSchemaAndParserAgree over every good and bad file, and over thousands of
// ways to damage the good ones.
func TestSchemaAndParserAgree(t *testing.T) {
	h := schematest.New(t, rules.Schema(), func(data []byte) diag.List {
		_, problems := rules.Parse("f.yaml", data, nil, map[string]*rules.Rule{})
		return problems
	}, "unknown-severity", "unknown-tier", "unknown-mode", "unknown-fields")
	for _, glob := range []string{"testdata/bad/*.yaml", "testdata/good/*.yaml", "../examples/*/rules.yaml", "../examples/*/rules.d/*.yaml"} {
		files, err := filepath.Glob(glob)
		if err != nil || len(files) == 0 {
			t.Fatal("no files", glob, err)
		}
		for _, f := range files {
			t.Run(strings.ReplaceAll(f, "/", "_"), func(t *testing.T) { h.File(t, f, !strings.Contains(f, "/bad/")) })
		}
	}
}
