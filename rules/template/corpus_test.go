package template_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thirdline/thirdline/rules/template"
)

// labelled is a line with the template that people gave it.
type labelled struct{ line, event string }

// loghub reads the lines of a labelled log, which is not part of the project.
func loghub(t *testing.T, name string) (out []labelled) {
	t.Helper()
	shared := os.Getenv("THIRDLINE_SHARED")
	if shared == "" {
		t.Skip("THIRDLINE_SHARED names no corpora; their licences keep them out of the project")
	}
	base := filepath.Join(shared, "corpora", "loghub", name+"_2k.log")
	raw, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(base + "_structured.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	event := len(rows[0]) - 2
	for n, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		out = append(out, labelled{strings.TrimSpace(line), rows[n+1][event]})
	}
	return out
}

// TestNovelTemplatesOfRealLogs learns a quarter of each log and judges the rest: a
// line is novel when people gave it a template that no line before it has.
func TestNovelTemplatesOfRealLogs(t *testing.T) {
	judged, novel, told, again := 0, 0, 0, 0
	for _, name := range []string{"Apache", "BGL", "Hadoop", "HDFS", "Linux", "OpenSSH", "Spark", "Zookeeper"} {
		lines := loghub(t, name)
		var known template.Known
		seen := map[string]bool{}
		for n, l := range lines {
			_, isNew := known.Learn(template.Of(l.line))
			if first := !seen[l.event]; n >= len(lines)/4 {
				judged++
				switch {
				case first && isNew:
					novel, told = novel+1, told+1
				case first:
					novel++
					t.Logf("%s, not told: %s", name, l.line)
				case isNew:
					again++
					t.Logf("%s, told though known: %s", name, l.line)
				}
			}
			seen[l.event] = true
		}
	}
	t.Logf("of %d lines %d are novel; told are %d of these, and %d others", judged, novel, told, again)
	if told < novel-1 || again > 16 {
		t.Errorf("%d of %d novel lines are told, and %d others; it was 260 of 261 and 16", told, novel, again)
	}
}
