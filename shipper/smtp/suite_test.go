package smtp_test

import (
	"io"
	"mime"
	"mime/quotedprintable"
	"net/http"
	"strings"
	"testing"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/backendtest"
)

func TestSuite(t *testing.T) {
	s := newServer(t, nil)
	backendtest.Run(t, backendtest.Subject{
		New: func(t *testing.T, _ *http.Client, _ shipper.Journal, wrong bool) shipper.Backend {
			t.Helper()
			if wrong {
				s.mu.Lock()
				s.answers = map[string]string{"AUTH": "535 authentication failed"}
				s.mu.Unlock()
			}
			return s.backend(t)
		},
		Tickets: func(t *testing.T, fp string) []backendtest.Ticket {
			t.Helper()
			return s.inbox(t).Tickets(t, fp)
		},
		Comments: true, Reopens: true, Native: true, Repeats: true,
	})
}

// inbox reads the mails that came.
func (s *server) inbox(t *testing.T) *backendtest.Inbox {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var inbox backendtest.Inbox
	for n, m := range s.mails {
		fp, _, _ := strings.Cut(strings.TrimPrefix(m.Header.Get("References"), "<"), "@")
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(s.bodies[n])))
		if err != nil && len(text) == 0 {
			t.Fatal(err)
		}
		_, title, _ := strings.Cut(subject, ": ")
		inbox.Add(backendtest.Message{ID: m.Header.Get("X-Thirdline-Event"), Fingerprint: fp, Title: title, Text: string(text), Over: strings.HasPrefix(subject, "[resolved]")})
	}
	return &inbox
}
