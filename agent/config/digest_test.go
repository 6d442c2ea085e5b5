package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thirdline/thirdline/agent/config"
)

func TestADigestIsOfTheMeaning(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const text = `rules: [r]
reload: {watch: true}
sources: [{name: a, include: [/a.log], time: {zone: UTC}, multiline: {preset: java}}]
destinations:
  - {name: desk, rt: {url: 'http://127.0.0.1/', token_file: token, queue: Q}}
  - {name: hook, webhook: {url: 'http://127.0.0.1/', token: !env "${TOKEN}"}}
`
	token := "one"
	digests := func(text string) (all []string) {
		t.Helper()
		write("thirdline.yaml", text)
		c, problems := config.Load(filepath.Join(dir, "thirdline.yaml"), func(name string) (string, bool) { return token, name == "TOKEN" })
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		return append(all, config.Digest(c.Destinations[0]), config.Digest(c.Destinations[1]), c.Digests()["sources"], c.Digests()["limits.line"], c.Digests()["reload.watch"])
	}
	write("token", "secret\n")
	before := digests(text)
	for name, tc := range map[string]struct {
		change func() string
		want   string // what differs
	}{
		"moved":       {func() string { return "# new\n\n" + strings.ReplaceAll(text, "  - {", "  -  { ") }, "-----"},
		"queue":       {func() string { return strings.Replace(text, "queue: Q", "queue: R", 1) }, "x----"},
		"secret file": {func() string { write("token", "other\n"); return text }, "x----"},
		"environment": {func() string { token = "two"; return text }, "-x---"},
		"only":        {func() string { return strings.Replace(text, "{name: hook,", "{name: hook, updates: false,", 1) }, "-x---"},
		"zone":        {func() string { return strings.Replace(text, "zone: UTC", "zone: Europe/Berlin", 1) }, "--x--"},
		"rules":       {func() string { return strings.Replace(text, "rules: [r]", "rules: [r, s]", 1) }, "----x"},
		"line":        {func() string { return text + "limits: {line: 2KiB}\n" }, "---x-"},
	} {
		got := ""
		for n, d := range digests(tc.change()) {
			got += map[bool]string{true: "-", false: "x"}[d == before[n]]
		}
		if got != tc.want {
			t.Errorf("%s: %s differ, want %s", name, got, tc.want)
		}
		write("token", "secret\n")
		token = "one"
	}
}
