package importer_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/importer"
)

// corpus reads a file of JSON lines that is not part of the project.
func corpus[T any](t *testing.T, name string) []T {
	t.Helper()
	shared := os.Getenv("THIRDLINE_SHARED")
	if shared == "" {
		t.Skip("THIRDLINE_SHARED names no corpora; their licences keep them out of the project")
	}
	f, err := os.Open(filepath.Join(shared, "corpora", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	var out []T
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

type expression struct {
	Python string `json:"python"`
}

type filter struct {
	ID          string       `json:"id"`
	Failregex   []expression `json:"failregex"`
	Ignoreregex []expression `json:"ignoreregex"`
	Prefregex   *expression  `json:"prefregex"`
	MaxLines    int          `json:"maxlines"`
}

type filterCase struct {
	Class  string `json:"class"`
	Filter string `json:"filter"`
	Line   string `json:"line"`
	Expect struct {
		Match bool   `json:"match"`
		Host  string `json:"host"`
	} `json:"expect"`
}

// collapse puts fail2ban's tags back where the corpus has what they stand for.
func collapse(expr string) string {
	const (
		v4   = `(?:(?:::f{4,6}:)?(?P<ip4>(?:\d{1,3}\.){3}\d{1,3})|(?P<ip6>(?:[0-9a-fA-F]{1,4}::?|:){1,7}(?:[0-9a-fA-F]{1,4}|(?<=:):)))`
		host = `(?:\[?` + v4 + `\]?|(?P<dns>[\w\-.^_]*\w))`
	)
	expr = strings.ReplaceAll(expr, host, "<HOST>")
	return strings.ReplaceAll(expr, `\[?`+v4+`\]?`, "<ADDR>")
}

// TestImportedFiltersAgreeWithFail2ban over every case that RE2 can decide.
func TestImportedFiltersAgreeWithFail2ban(t *testing.T) {
	sets := map[string]*rules.Set{}
	for _, f := range corpus[filter](t, "fail2ban/filters.jsonl") {
		in := importer.Filter{Name: f.ID, MaxLines: f.MaxLines}
		for _, e := range f.Failregex {
			in.Failregex = append(in.Failregex, collapse(e.Python))
		}
		for _, e := range f.Ignoreregex {
			in.Ignoreregex = append(in.Ignoreregex, collapse(e.Python))
		}
		if f.Prefregex != nil {
			in.Prefregex = collapse(f.Prefregex.Python)
		}
		out := in.Rule()
		if out.YAML == nil {
			continue
		}
		file := filepath.Join(t.TempDir(), "f.yaml")
		if err := os.WriteFile(file, out.YAML, 0o600); err != nil {
			t.Fatal(err)
		}
		set, problems := rules.Load([]string{file}, nil)
		if len(problems) > 0 {
			t.Errorf("filter %s does not load: %v", f.ID, problems)
			continue
		}
		sets[f.ID] = set
	}
	decidable, agree, untaken, matched, sources := 0, 0, 0, 0, 0
	for _, c := range corpus[filterCase](t, "fail2ban/cases.jsonl") {
		if !strings.HasPrefix(c.Class, "stateless RE2 agrees") {
			continue
		}
		decidable++
		set := sets[c.Filter]
		if set == nil && c.Expect.Match {
			t.Errorf("filter %s was not taken", c.Filter)
			continue
		} else if set == nil { // what RE2 can say of the filter is nothing
			untaken++
			continue
		}
		line := []byte(c.Line + "\n")
		matches := set.View(rules.Source{Any: true}).Scan(line, nil)
		if (len(matches) > 0) != c.Expect.Match {
			t.Errorf("filter %s, want match %v: %s", c.Filter, c.Expect.Match, c.Line)
			continue
		}
		agree++
		if len(matches) > 0 {
			matched++
			if got := set.Fields(matches[0], line[:len(c.Line)])["source"]; got == c.Expect.Host {
				sources++
			} else {
				t.Logf("filter %s, source %q, not %q: %s", c.Filter, got, c.Expect.Host, c.Line)
			}
		}
	}
	t.Logf("%d of %d decidable cases agree, and %d more of filters of which nothing could be taken; of %d matches %d name fail2ban's source", agree, decidable, untaken, matched, sources)
}
