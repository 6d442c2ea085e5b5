package rules_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/thirdline/thirdline/rules"
)

// FuzzParse: whatever stands in a rule file, there is an answer and no panic, and
// a problem points into the file.
func FuzzParse(f *testing.F) {
	seeds, err := filepath.Glob("testdata/*/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range seeds {
		data, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, problems := rules.Parse("fuzz.yaml", data, func(string) (string, bool) { return "", false }, map[string]*rules.Rule{})
		for _, p := range problems {
			if p.File != "fuzz.yaml" || p.Message == "" || p.Code == "" || p.Line < 0 {
				t.Errorf("a problem without a place: %+v", p)
			}
		}
	})
}
