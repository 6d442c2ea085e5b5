package agent

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestTheDashboardAsksForMetricsThatThereAre: a renamed metric would leave a panel
// empty without a word.
func TestTheDashboardAsksForMetricsThatThereAre(t *testing.T) {
	data, err := os.ReadFile("../packaging/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var known strings.Builder
	for _, m := range metrics() {
		known.WriteString(m.desc.String())
	}
	asked := regexp.MustCompile(`thirdline_[a-z_]+`).FindAllString(string(data), -1)
	for _, name := range asked {
		if !strings.Contains(known.String(), `fqName: "`+name+`"`) {
			t.Errorf("no metric is called %s", name)
		}
	}
	if len(asked) < 10 {
		t.Errorf("only %d metrics are asked for", len(asked))
	}
}
