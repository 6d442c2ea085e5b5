package syslog_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/backendtest"
	"github.com/thirdline/thirdline/shipper/syslog"
)

// TestSuite drives a collector over TCP.
func TestSuite(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	var inbox backendtest.Inbox
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go collect(t, c, &inbox)
		}
	}()
	backendtest.Run(t, backendtest.Subject{
		New: func(t *testing.T, _ *http.Client, _ shipper.Journal, _ bool) shipper.Backend {
			t.Helper()
			return awaited{backend(t, syslog.Options{Address: l.Addr().String(), Network: "tcp"}), &inbox}
		},
		Tickets: inbox.Tickets, Comments: true, Reopens: true, Native: true, Repeats: true, Anonymous: true,
	})
}

// awaited waits for each message to arrive, so that those of two connections stay in
// their order.
type awaited struct {
	*syslog.Syslog
	inbox *backendtest.Inbox
}

func (a awaited) Deliver(ctx context.Context, id string, event []byte) error {
	before := a.inbox.Len()
	err := a.Syslog.Deliver(ctx, id, event)
	for err == nil && a.inbox.Len() == before && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	return err
}

func collect(t *testing.T, c net.Conn, inbox *backendtest.Inbox) {
	defer func() { _ = c.Close() }()
	for r := bufio.NewReader(c); ; {
		var n int
		if _, err := fmt.Fscanf(r, "%d ", &n); err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
			return
		}
		data := make([]byte, n)
		if _, err := io.ReadFull(r, data); err != nil {
			t.Error(err)
			return
		}
		text := string(data)
		_, id, _ := strings.Cut(text, ` id="`)
		id, _, _ = strings.Cut(id, `"`)
		fp, _, _ := strings.Cut(id, "/")
		_, title, _ := strings.Cut(text, "\ufeff")
		kind, title, _ := strings.Cut(title, ": ")
		inbox.Add(backendtest.Message{ID: id, Fingerprint: fp, Title: title, Text: text, Over: kind == "resolved"})
	}
}
