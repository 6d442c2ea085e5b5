package servers_test

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"

	natsgo "github.com/nats-io/nats.go"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/backendtest"
	"github.com/thirdline/thirdline/shipper/nats"
)

// TestNATS runs the suite on one node, which knows an id again.
func TestNATS(t *testing.T) {
	script := wanted(t, "nats")
	const right = "right-token"
	t.Setenv("TOKEN", right)
	dir, port := t.TempDir(), free(t)
	t.Cleanup(launch(t, filepath.Join(dir, "server.log"), script, "run", dir, port))
	urls := []string{"nats://127.0.0.1:" + port}
	stream := natsStream(t.Context(), t, urls, 1, natsgo.Token(right))
	backendtest.Run(t, backendtest.Subject{
		New: func(t *testing.T, _ *http.Client, _ shipper.Journal, wrong bool) shipper.Backend {
			t.Helper()
			b, err := nats.New(nats.Options{Servers: urls, Subject: "desk", Token: map[bool]string{true: "wrong", false: right}[wrong]})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			go func() { ended <- b.Run(ctx) }()
			t.Cleanup(func() {
				stop()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
			return b
		},
		Tickets: func(t *testing.T, fp string) []backendtest.Ticket {
			t.Helper()
			info, err := stream.Info(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var inbox backendtest.Inbox
			for n := range info.State.LastSeq {
				m, err := stream.GetMsg(t.Context(), n+1)
				if err != nil {
					t.Fatal(err)
				}
				inbox.Add(backendtest.MessageOf(t, m.Data))
			}
			return inbox.Tickets(t, fp)
		},
		Comments: true, Reopens: true, Native: true, Whole: true,
	})
}
