package file_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/shipper/file"
)

func TestEventsAreLinesOverRotationAndACutLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	f := file.New(path)
	deliver := func(event string) {
		t.Helper()
		if err := f.Deliver(t.Context(), "id", []byte(event)); err != nil {
			t.Fatal(err)
		}
	}
	deliver(`{"id":1}`)
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(`{"id":`), 0o600); err != nil { // a crash
		t.Fatal(err)
	}
	deliver(`{"id":2}`)
	deliver(`{"id":3}`)
	for name, want := range map[string]string{path + ".1": "{\"id\":1}\n", path: "{\"id\":\n{\"id\":2}\n{\"id\":3}\n"} {
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if err := file.New(filepath.Join(path, "x")).Deliver(t.Context(), "id", nil); err == nil {
		t.Error("an impossible path was taken")
	}
}
