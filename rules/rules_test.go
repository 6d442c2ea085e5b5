package rules_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/diag"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestBadFilesAreExplained compares what is said of each testdata/bad/*.yaml
// with the .out file beside it.
func TestBadFilesAreExplained(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no bad files", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			set, problems := rules.Known{Diagnostics: []string{"disk-health", "threads"}}.Load([]string{f})
			if set != nil || len(problems) == 0 {
				t.Fatal("the file was taken")
			}
			var out bytes.Buffer
			if err := diag.Print(&out, problems, false); err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(f, ".yaml") + ".out"
			if *update {
				if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), out.String()); diff != "" {
				t.Errorf("said (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGoodFilesAreTaken(t *testing.T) {
	if _, problems := rules.Load([]string{"testdata/good"}, nil); problems != nil {
		t.Error(problems.Err())
	}
}

func load(t *testing.T, src string) *rules.Set {
	t.Helper()
	f := filepath.Join(t.TempDir(), "r.yaml")
	if err := os.WriteFile(f, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	set, problems := rules.Load([]string{filepath.Dir(f)}, nil)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return set
}

const pages = `
rules:
  - id: page
    title: "corrupt page in {{ .relation }}"
    severity: critical
    sources: {tags: [postgres]}
    match:
      any:
        - regex: 'invalid page of relation (?P<relation>\S+)'
        - contains: could not read block
      not: [{contains: zero_damaged_pages}]
    key: [relation]
    incident: {resolve: {on: {regex: 'verified (?P<relation>\S+)'}, after: 6h}}
    examples:
      match: ['ERROR: invalid page of relation base/1']
      no_match: ['checkpoint complete']
  - id: everywhere
    title: boom
    severity: info
    match: {contains: BOOM, ignore_case: true}
`

func TestScanGivesMatchesAndRecoveriesInOrder(t *testing.T) {
	set := load(t, pages)
	chunk := []byte("invalid page of relation a/1 boom\nverified a/1\ninvalid page of relation x zero_damaged_pages\n")
	type row struct {
		Rule     string
		Recovers bool
		Fields   map[string]string
	}
	rows := func(src rules.Source) (got []row) {
		for _, m := range set.View(src).Scan(chunk, nil) {
			got = append(got, row{set.Rules[m.Rule].ID.Value, m.Recovers, set.Fields(m, chunk[m.Start:m.End])})
		}
		return got
	}
	none := map[string]string{}
	want := []row{{"page", false, map[string]string{"relation": "a/1"}}, {"everywhere", false, none}, {"page", true, map[string]string{"relation": "a/1"}}}
	if diff := cmp.Diff(want, rows(rules.Source{Path: "/x", Tags: []string{"postgres"}})); diff != "" {
		t.Errorf("tagged source (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[1:2], rows(rules.Source{Path: "/x"})); diff != "" {
		t.Errorf("untagged source (-want +got):\n%s", diff)
	}
}

func TestTitleTakesFieldsAsData(t *testing.T) {
	r := load(t, pages).Rules[0]
	if got := r.RenderTitle(map[string]string{"relation": "{{ .host }}"}); got != "corrupt page in {{ .host }}" {
		t.Errorf("title = %q", got)
	}
	if got := r.RenderTitle(nil); got != "corrupt page in ?" {
		t.Errorf("title = %q", got)
	}
}
