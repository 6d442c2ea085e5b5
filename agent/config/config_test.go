package config_test

import (
	"bytes"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/rules/diag"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func env(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

// TestBadFilesAreExplained compares what is said of each testdata/bad/*.yaml
// with the .out file beside it, and looks for secrets in it.
func TestBadFilesAreExplained(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no bad files", err)
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			_, problems := config.Load(f, env("TOKEN", "hunter2"))
			if len(problems) == 0 {
				t.Fatal("the file was taken")
			}
			var out bytes.Buffer
			if err := diag.Print(&out, problems, false); err != nil {
				t.Fatal(err)
			}
			said := strings.ReplaceAll(out.String(), dir, "DIR")
			if strings.Contains(said, "hunter2") {
				t.Errorf("a secret is shown:\n%s", said)
			}
			golden := strings.TrimSuffix(f, ".yaml") + ".out"
			if *update {
				if err := os.WriteFile(golden, []byte(said), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), said); diff != "" {
				t.Errorf("said (-want +got):\n%s", diff)
			}
		})
	}
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPathsAreAbsoluteAndSecretsHidden(t *testing.T) {
	dir, credentials := t.TempDir(), t.TempDir()
	write(t, credentials, "desk-token", "hunter2\n")
	write(t, dir, "own", "hunter3")
	file := write(t, dir, "c.yaml", `
state: state
rules: [rules.d, /etc/other.d]
sources: [{name: app, include: ["logs/**/*.log"], start: beginning}]
destinations:
  - {name: a, webhook: {url: "https://a/", token_file: desk-token, secret_file: ./own}}
  - {name: b, webhook: {url: "https://b/", token: !env "x-${TOKEN}"}}
limits: {line: 64KiB}
`)
	c, problems := config.Load(file, env("CREDENTIALS_DIRECTORY", credentials, "TOKEN", "hunter4"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	got := []string{c.State.Value, c.Rules[0].Value, c.Rules[1].Value, c.Sources[0].Include[0].Value}
	want := []string{dir + "/state", dir + "/rules.d", "/etc/other.d", dir + "/logs/**/*.log"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	a, b := c.Destinations[0].Webhook, c.Destinations[1].Webhook
	for want, read := range map[string]func() (string, error){
		"hunter2":   func() (string, error) { return a.Token.Read(a.TokenFile.Value) },
		"hunter3":   func() (string, error) { return a.Secret.Read(a.SecretFile.Value) },
		"x-hunter4": func() (string, error) { return b.Token.Read(b.TokenFile.Value) },
	} {
		if got, err := read(); err != nil || got != want {
			t.Errorf("secret = %q, %v; want %q", got, err, want)
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "webhook", b, "token", b.Token)
	if all := log.String() + fmt.Sprintf("%v %+v %#v %s %x", b, *b, *b, b.Token, b.Token); strings.Contains(all, "hunter") || strings.Contains(all, "68756e") {
		t.Errorf("a secret is shown: %s", all)
	}
}

func TestDefaultState(t *testing.T) {
	for _, c := range []struct {
		env  []string
		root bool
		want string
	}{
		{[]string{"STATE_DIRECTORY", "/s"}, true, "/s"},
		{nil, true, "/var/lib/thirdline"},
		{[]string{"HOME", "/h"}, false, "/h/.local/state/thirdline"},
		{[]string{"HOME", "/h", "XDG_STATE_HOME", "/x"}, false, "/x/thirdline"},
	} {
		if got, err := config.DefaultState(env(c.env...), c.root); err != nil || got != c.want {
			t.Errorf("%v: %q, %v; want %q", c.env, got, err, c.want)
		}
	}
	if _, err := config.DefaultState(env(), false); err == nil {
		t.Error("no place, and no error")
	}
}

func TestASourceSaysHowItsTimesAreRead(t *testing.T) {
	file := write(t, t.TempDir(), "c.yaml", `rules: []
sources: [{name: app, include: [/x.log], silent: 15m, time: {zone: Europe/Berlin, layouts: ["02.01.06 15h04m05"]}}]
destinations: [{name: desk, webhook: {url: "http://127.0.0.1/"}}]
`)
	c, problems := config.Load(file, env())
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{"24.07.26 10h00m01 x": "2026-07-24T08:00:01Z", "Nov 24 10:00:01 web1 x": "2026-11-24T09:00:01Z"} {
		at, _ := c.Sources[0].Clock().Time([]byte(line), time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
		if got := at.UTC().Format(time.RFC3339); got != want {
			t.Errorf("%s: %s, not %s", line, got, want)
		}
	}
	if c.Sources[0].Silent != 15*time.Minute {
		t.Errorf("silent for %v", c.Sources[0].Silent)
	}
}
