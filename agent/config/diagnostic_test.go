package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/agent/config"
)

// sound makes a sound configuration with one more part, which only its owner can write.
func sound(t *testing.T, part string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "thirdline.yaml")
	text := "rules: [r.yaml]\nsources: [{name: a, include: [a.log]}]\ndestinations: [{name: d, webhook: {url: 'https://x.example/'}}]\n" + part
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestDiagnosticsAreChecked(t *testing.T) {
	for part, want := range map[string]string{
		"{name: a, argv: [/bin/echo, '{dev}'], fields: {dev: 'sd[a-z]'}, timeout: 2s, output: 1KiB}": "",
		"{name: a, argv: [echo]}":                                         "relative-program",
		"{name: a, argv: ['/bin/{x}'], fields: {x: a}}":                   "variable-program",
		"{name: a, argv: [/bin/echo, '{dev}']}":                           "undeclared-field",
		"{name: a, argv: [/bin/echo], fields: {dev: a}}":                  "unused-field",
		"{name: a, argv: [/bin/echo, '{dev}'], fields: {dev: '('}}":       "bad-pattern",
		"{name: a, argv: [/bin/echo, '{dev}'], fields: {dev: 'a)|(?:b'}}": "bad-pattern",
		"{name: a, argv: []}":                                             "empty-argv",
		"{name: a, argv: [/bin/echo], timeout: 2m}":                       "bad-timeout",
		"{name: a, argv: [/bin/echo], output: 2MiB}":                      "bad-output",
		"{name: A b, argv: [/bin/echo]}":                                  "bad-name",
		"{name: a, argv: [/bin/echo]}, {name: a, argv: [/bin/echo]}":      "duplicate-name",
		"{name: a, argv: [/no/such]}":                                     "writable-program",
		"{name: a, argv: /bin/echo}":                                      "wrong-type",
		"{name: a, argv: [/bin/echo], shell: true}":                       "unknown-key",
	} {
		_, problems := config.Load(sound(t, "diagnostics: ["+part+"]\n"), env())
		var codes []string
		for _, p := range problems {
			codes = append(codes, p.Code)
		}
		if diff := cmp.Diff(want, strings.Join(codes, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", part, diff)
		}
	}
}

func TestACheckedDiagnosticBecomesACommand(t *testing.T) {
	c, problems := config.Load(sound(t, "diagnostics: [{name: a, argv: [/bin/echo, '{dev}'], fields: {dev: 'sd[a-z]'}, timeout: 2s, output: 1KiB}]\n"), env())
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	got := c.Commands()[0]
	if got.Name != "a" || got.Timeout != 2*time.Second || got.Output != 1024 || !got.Fields["dev"].MatchString("sda") || got.Fields["dev"].MatchString("xsda") {
		t.Errorf("command %+v", got)
	}
}

// TestWhoMayWriteTheFileCouldRunCommands: diagnostics are refused in a file that
// others can write to, or can put another in the place of.
func TestWhoMayWriteTheFileCouldRunCommands(t *testing.T) {
	const part = "diagnostics: [{name: a, argv: [/bin/echo]}]\n"
	for _, c := range []struct {
		name         string
		file, folder os.FileMode
		want         string
	}{
		{"only its owner", 0o600, 0o700, ""},
		{"others may read", 0o644, 0o755, ""},
		{"its group", 0o660, 0o700, "writable-config"},
		{"everybody", 0o602, 0o700, "writable-config"},
		{"everybody, by its folder", 0o600, 0o777, "writable-config"},
		{"its group, by its folder", 0o600, 0o770, "writable-config"},
		{"a folder where only owners remove", 0o600, 0o777 | os.ModeSticky, ""},
		{"no diagnostics", 0o666, 0o777, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := part
			if c.name == "no diagnostics" {
				text = ""
			}
			file := sound(t, text)
			for path, mode := range map[string]os.FileMode{file: c.file, filepath.Dir(file): c.folder} {
				if err := os.Chmod(path, mode); err != nil {
					t.Fatal(err)
				}
			}
			_, problems := config.Load(file, env())
			got := ""
			for _, p := range problems {
				got += p.Code
			}
			if got != c.want {
				t.Errorf("problems: %v", problems)
			}
		})
	}
}
