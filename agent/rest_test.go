package agent

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// resident returns how much of files counts as this process's memory, in KiB.
func resident(t *testing.T) (n int) {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if _, err := fmt.Sscanf(line, "RssFile: %d kB", &n); err == nil {
			return n
		}
	}
	t.Fatal("the kernel does not say it")
	return 0
}

func TestTheProgramsPagesAreGivenBack(t *testing.T) {
	before := resident(t)
	if err := releaseCode(); err != nil {
		t.Fatal(err)
	}
	if after := resident(t); after > before*3/4 {
		t.Errorf("%d KiB before, %d after", before, after)
	}
}
