package rules_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/thirdline/thirdline/rules"
)

// BenchmarkScan is about what rules on fields cost: on records that they find, and
// on records that they do not.
func BenchmarkScan(b *testing.B) {
	quiet := []byte(`{"time":"2026-11-24T12:00:00Z","level":"info","logger":"http","msg":"request done","request":{"method":"GET","path":"/api/v1/x","status":200,"bytes":1234},"took":0.25}` + "\n")
	loud := bytes.ReplaceAll(quiet, []byte(`"info"`), []byte(`"zebra"`))
	for _, c := range []struct {
		name, match string
		line        []byte
	}{
		{"contains, none", `{contains: zebra}`, quiet},
		{"equal, none", `{fields: {level: zebra}}`, quiet},
		{"equal, all", `{fields: {level: zebra}}`, loud},
		{"range, none", `{fields: {request.status: {gte: 500}}}`, quiet},
		{"where, none", `{where: 'request.status >= 500 and took > 1'}`, quiet},
	} {
		b.Run(c.name, func(b *testing.B) {
			file := filepath.Join(b.TempDir(), "r.yaml")
			if err := os.WriteFile(file, []byte("rules:\n"+ruleOf(0, c.match)), 0o600); err != nil {
				b.Fatal(err)
			}
			set, problems := rules.Load([]string{file}, nil)
			if err := problems.Err(); err != nil {
				b.Fatal(err)
			}
			view := set.View(rules.Source{})
			chunk := bytes.Repeat(c.line, 4096)
			var found []rules.Match
			b.SetBytes(int64(len(chunk)))
			b.ReportAllocs()
			for b.Loop() {
				found = view.Scan(chunk, found[:0])
			}
		})
	}
}
