package file_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/backendtest"
	"github.com/thirdline/thirdline/shipper/file"
)

func TestSuite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	backendtest.Run(t, backendtest.Subject{
		New: func(*testing.T, *http.Client, shipper.Journal, bool) shipper.Backend { return file.New(path) },
		Tickets: func(t *testing.T, fp string) []backendtest.Ticket {
			t.Helper()
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var inbox backendtest.Inbox
			for line := range bytes.Lines(data) {
				inbox.Add(backendtest.MessageOf(t, line))
			}
			return inbox.Tickets(t, fp)
		},
		Comments: true, Reopens: true, Whole: true, Native: true, Repeats: true, Anonymous: true,
	})
}
