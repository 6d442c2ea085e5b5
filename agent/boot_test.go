package agent

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/thirdline/thirdline/agent/changed"
)

func TestEarlierStartsOfTheHostAreKept(t *testing.T) {
	c := &changes{collector: changed.Collector{Root: t.TempDir()}}
	if err := os.Mkdir(filepath.Join(c.collector.Root, "proc"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, start := range []struct{ second, kept int }{{1_000_000, 1}, {1_000_020, 1}, {1_003_600, 2}} {
		text := fmt.Sprintf("cpu 1\nbtime %d\n", start.second)
		if err := os.WriteFile(filepath.Join(c.collector.Root, "proc/stat"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if c.keepBoot(); len(c.kept) != start.kept {
			t.Errorf("%d starts are kept at %d, not %d: %v", len(c.kept), start.second, start.kept, c.kept)
		}
	}
}
