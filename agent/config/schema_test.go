package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/rules/diag"
	"github.com/thirdline/thirdline/rules/yamldoc/schematest"
)

// TestSchemaAndParserAgree over every good and bad file, and over hundreds of ways
// to damage the good ones.
func TestSchemaAndParserAgree(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	h := schematest.New(t, config.Schema(), func(data []byte) diag.List {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, problems := config.Load(file, func(string) (string, bool) { return "x", true })
		return problems
	}, "unknown-fields")
	for _, glob := range []string{"testdata/bad/*.yaml", "testdata/good/*.yaml", "../../examples/*/thirdline.yaml"} {
		files, err := filepath.Glob(glob)
		if err != nil || len(files) == 0 {
			t.Fatal("no files", glob, err)
		}
		for _, f := range files {
			t.Run(strings.ReplaceAll(f, "/", "_"), func(t *testing.T) { h.File(t, f, !strings.Contains(f, "/bad/")) })
		}
	}
}
