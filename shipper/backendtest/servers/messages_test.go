package servers_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/backendtest"
	"github.com/thirdline/thirdline/shipper/smtp"
)

// TestSMTP reads the mails back from where the server delivered them.
func TestSMTP(t *testing.T) {
	script := wanted(t, "smtp")
	dir, port := t.TempDir(), free(t)
	log := filepath.Join(dir, "server.log")
	t.Cleanup(launch(t, log, script, "run", dir, port))
	address := "127.0.0.1:" + port
	for end := time.Now().Add(startWithin); ; time.Sleep(100 * time.Millisecond) {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = c.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	box := environment(t, filepath.Join(dir, "env"))["MAIL"]
	backendtest.Run(t, backendtest.Subject{
		New: func(t *testing.T, _ *http.Client, _ shipper.Journal, _ bool) shipper.Backend {
			t.Helper()
			b, err := smtp.New(smtp.Options{Server: address, Security: "none", From: "thirdline@desk.test", To: []string{"l3@desk.test"}})
			if err != nil {
				t.Fatal(err)
			}
			return b
		},
		Tickets: func(t *testing.T, fp string) []backendtest.Ticket {
			t.Helper()
			return mails(t, box).Tickets(t, fp)
		},
		Comments: true, Reopens: true, Native: true, Repeats: true, Anonymous: true,
	})
}

// mails reads a Maildir.
func mails(t *testing.T, box string) *backendtest.Inbox {
	t.Helper()
	var inbox backendtest.Inbox
	files, err := filepath.Glob(filepath.Join(box, "new", "*"))
	if err != nil {
		t.Fatal(err)
	}
	byArrival(t, files)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := mail.ReadMessage(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		if err != nil && len(text) == 0 {
			t.Fatal(err)
		}
		id := m.Header.Get("X-Thirdline-Event")
		fp, _, _ := strings.Cut(id, "/")
		_, title, _ := strings.Cut(subject, ": ")
		inbox.Add(backendtest.Message{ID: id, Fingerprint: fp, Title: title, Text: string(text), Over: strings.HasPrefix(subject, "[resolved]")})
	}
	return &inbox
}

// TestOpenTelemetryCollector reads back what the Collector decoded.
func TestOpenTelemetryCollector(t *testing.T) {
	s := start(t, "otlp", "/")
	backendtest.Run(t, backendtest.Subject{
		New: driver("otlp", map[string]string{"url": s.url}), Tickets: s.logRecords, Comments: true, Repeats: true, Anonymous: true,
	})
}

func (s *server) logRecords(t *testing.T, fp string) []backendtest.Ticket {
	t.Helper()
	data, err := os.ReadFile(s.env["LOGS"])
	if err != nil {
		t.Fatal(err)
	}
	type value struct{ StringValue string }
	var inbox backendtest.Inbox
	for line := range bytes.Lines(data) {
		var logs struct {
			ResourceLogs []struct {
				ScopeLogs []struct {
					LogRecords []struct {
						Body       value
						Attributes []struct {
							Key   string
							Value value
						}
					}
				}
			}
		}
		if err := json.Unmarshal(line, &logs); err != nil {
			t.Fatal(err)
		}
		r := logs.ResourceLogs[0].ScopeLogs[0].LogRecords[0]
		at := map[string]string{}
		for _, a := range r.Attributes {
			at[a.Key] = a.Value.StringValue
		}
		inbox.Add(backendtest.Message{
			ID: at["event.id"], Fingerprint: at["incident.fingerprint"], Title: r.Body.StringValue, Text: at["incident.text"], Over: at["incident.step"] == "resolved",
		})
	}
	return inbox.Tickets(t, fp)
}

// byArrival sorts files by when they were written.
func byArrival(t *testing.T, files []string) {
	t.Helper()
	at := map[string]time.Time{}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		at[f] = info.ModTime()
	}
	slices.SortFunc(files, func(a, b string) int { return at[a].Compare(at[b]) })
}
