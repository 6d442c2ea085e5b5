package store_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent/store"
)

// resident is how much of the store's file counts as this process's memory, in KiB.
func resident(t *testing.T, dir string) (total int) {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	mapped := false
	for line := range strings.Lines(string(maps)) {
		if head, _, _ := strings.Cut(line, " "); strings.Contains(head, "-") {
			mapped = strings.Contains(line, dir)
		}
		var n int
		if _, err := fmt.Sscanf(line, "Rss: %d kB", &n); err == nil && mapped {
			total += n
		}
	}
	return total
}

func TestALargeStoreIsNoMemoryOfOurs(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if err := s.Commit(func(b store.Batch) (err error) {
		for n := range 40 {
			err = errors.Join(err, b.Put(store.Incidents, fmt.Sprint(n), strings.Repeat("x", 1<<20)))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Load[string](s, store.Incidents); err != nil {
		t.Fatal(err)
	}
	if kib := resident(t, dir); kib < 32<<10 {
		t.Fatalf("all of the store was read, and %d KiB of it count", kib)
	}
	for deadline := time.Now().Add(10 * time.Second); resident(t, dir) > 4<<10; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d KiB of the store still count", resident(t, dir))
		}
		if err := s.Commit(func(b store.Batch) error { return b.Put(store.Watched, "a", 1) }); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := store.Load[string](s, store.Incidents); err != nil || len(all) != 40 {
		t.Errorf("%d of 40 values: %v", len(all), err)
	}
}
