package webhook_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/backendtest"
	"github.com/thirdline/thirdline/shipper/webhook"
)

// TestSuite drives an endpoint that drops the ids which it has, and takes a
// megabyte.
func TestSuite(t *testing.T) {
	var inbox backendtest.Inbox
	url := server(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		switch {
		case err != nil:
			t.Error(err)
		case r.Header.Get("Authorization") != "Bearer right":
			w.WriteHeader(http.StatusUnauthorized)
		case len(body) > 1<<20:
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		default:
			inbox.AddOnce(backendtest.MessageOf(t, body))
		}
	})
	backendtest.Run(t, backendtest.Subject{
		New: func(t *testing.T, _ *http.Client, _ shipper.Journal, wrong bool) shipper.Backend {
			t.Helper()
			w, err := webhook.New(webhook.Options{URL: url, Token: map[bool]string{true: "wrong", false: "right"}[wrong]})
			if err != nil {
				t.Fatal(err)
			}
			return w
		},
		Tickets: inbox.Tickets, Comments: true, Reopens: true, Whole: true, Native: true,
	})
}
