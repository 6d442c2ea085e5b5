package agent_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/thirdline/thirdline/"

// layers says which packages of this module each may import. Only main sees
// concrete backends; rules and shipper do not know each other.
var layers = map[string]string{
	"rules/diag":               "",
	"rules/yamldoc":            "rules/diag",
	"rules/hours":              "",
	"rules/template":           "",
	"rules/condition":          "rules/template",
	"rules/field":              "rules/diag rules/yamldoc",
	"rules/match":              "",
	"rules/match/bench":        "rules/match",
	"rules/where":              "rules/diag rules/field rules/match",
	"rules":                    "rules/condition rules/diag rules/field rules/hours rules/match rules/template rules/where rules/yamldoc",
	"rules/importer":           "rules/yamldoc",
	"shipper":                  "",
	"shipper/eventtest":        "shipper",
	"shipper/webhook":          "shipper",
	"agent/config":             "agent/diagnostic agent/record agent/text rules/diag rules/field rules/hours rules/yamldoc shipper shipper/profile",
	"shipper/profile":          "",
	"shipper/file":             "shipper",
	"shipper/syslog":           "shipper shipper/profile",
	"shipper/smtp":             "shipper shipper/profile",
	"shipper/nats":             "shipper",
	"shipper/kafka":            "shipper",
	"shipper/httpdriver":       "shipper shipper/profile",
	"shipper/backendtest":      "shipper",
	"shipper/backendtest/fake": "shipper/backendtest",
	"agent/doctor":             "agent/tail",
	"agent/tail":               "agent/text agent/unpack",
	"agent/unpack":             "",
	"agent/control":            "",
	"agent/store":              "shipper",
	"agent/stream":             "agent/tail",
	"agent/ownlog":             "",
	"agent/record":             "agent/text",
	"agent/reload":             "",
	"agent/text":               "",
	"agent/snapshot":           "agent/record agent/text",
	"agent/facts":              "shipper",
	"agent/changed":            "shipper",
	"agent/capsule":            "agent agent/incident agent/record agent/redact agent/ruletest agent/tail rules rules/diag rules/yamldoc shipper",
	"agent/diagnostic":         "shipper",
	"agent/redact":             "",
	"agent/silence":            "",
	"agent/incident":           "agent/tail rules rules/yamldoc",
	"agent":                    "agent/changed agent/control agent/diagnostic agent/facts agent/incident agent/record agent/redact agent/reload agent/silence agent/snapshot agent/store agent/tail agent/text rules rules/condition rules/diag rules/yamldoc shipper",
	"agent/ruletest":           "agent agent/incident agent/record agent/redact agent/tail rules rules/yamldoc",
	"agent/scan":               "agent agent/incident agent/record agent/tail agent/text agent/unpack",
	"rules/yamldoc/schematest": "rules/diag",
	"agent/cmd/thirdline":      "agent agent/capsule agent/config agent/control agent/doctor agent/incident agent/ownlog agent/record agent/redact agent/reload agent/ruletest agent/scan agent/silence agent/store agent/stream agent/tail rules rules/diag rules/field rules/importer rules/yamldoc shipper shipper/file shipper/httpdriver shipper/kafka shipper/nats shipper/profile shipper/smtp shipper/syslog shipper/webhook",
}

// forbidden keeps the rule language pure: no clock or network of its own.
var forbidden = map[string][]string{
	"rules": {"net", "net/http", "os/exec", "context", "sync", "math/rand", "math/rand/v2"},
}

func TestLayers(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		pkg, err := filepath.Rel("..", filepath.Dir(path))
		if err != nil {
			return err
		}
		seen[pkg] = true
		allowed, known := layers[pkg]
		if !known {
			t.Errorf("%s: package %s is not in the table of layers", path, pkg)
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range file.Imports {
			checkImport(t, path, pkg, allowed, i.Path.Value)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range slices.Sorted(maps.Keys(layers)) {
		if !seen[pkg] {
			t.Errorf("package %s is in the table of layers and not in the tree", pkg)
		}
	}
}

func checkImport(t *testing.T, path, pkg, allowed, quoted string) {
	t.Helper()
	name, err := strconv.Unquote(quoted)
	if err != nil {
		t.Fatal(err)
	}
	if own, ok := strings.CutPrefix(name, module); ok && !slices.Contains(strings.Fields(allowed), own) {
		t.Errorf("%s: %s may not import %s", path, pkg, own)
	}
	top, _, _ := strings.Cut(pkg, "/")
	if slices.Contains(forbidden[top], name) {
		t.Errorf("%s: %s may not import %s: the rule language is pure", path, pkg, name)
	}
}
