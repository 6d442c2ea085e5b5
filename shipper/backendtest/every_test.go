package backendtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryBackendRunsTheSuite keeps a backend from being shipped without it.
func TestEveryBackendRunsTheSuite(t *testing.T) {
	// the driver is run over the fake of each profile, NATS on a real server
	elsewhere := map[string]string{"httpdriver": "fake", "nats": "servers"}
	found := 0
	dirs, err := filepath.Glob("../*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		name := filepath.Base(dir)
		if name == "backendtest" || !says(t, dir, ".go", "_ shipper.Backend = (*") {
			continue
		}
		found++
		tests := dir
		if elsewhere[name] != "" {
			tests = elsewhere[name]
		}
		if !says(t, tests, "_test.go", "backendtest.Run(") {
			t.Errorf("no test of %s runs the suite", name)
		}
	}
	if found < 6 {
		t.Errorf("only %d backends were found", found)
	}
}

// says reports whether a file of a folder with this ending holds a text.
func says(t *testing.T, dir, ending, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"+ending))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), text) {
			return true
		}
	}
	return false
}
