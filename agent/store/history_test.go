package store_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/thirdline/thirdline/agent/store"
)

// TestHistoryIsBounded: what was told last is kept, and the oldest goes.
func TestHistoryIsBounded(t *testing.T) {
	s, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	large := bytes.Repeat([]byte("x"), 1<<20)
	for n := range 70 {
		if err := s.Commit(func(b store.Batch) error { return b.Remember(fmt.Sprintf("f%d/1", n%2), fmt.Appendf(large, "%d", n)) }); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	err = s.History("f1/", func(incident string, told []byte) error {
		got = append(got, incident+" "+string(told[len(large):]))
		return nil
	})
	if n := len(got); err != nil || n != 32 && n != 31 || got[n-1] != "f1/1 69" {
		t.Errorf("%d remembered: %q, err %v", n, got, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
