package smtp_test

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/backendtest"
	"github.com/thirdline/thirdline/shipper/smtp"
)

// server takes mail; answers are by the command, used once each.
type server struct {
	t       *testing.T
	address string
	mu      sync.Mutex
	answers map[string]string
	mails   []*mail.Message
	bodies  []string
}

func newServer(t *testing.T, answers map[string]string) *server {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, address: l.Addr().String(), answers: answers}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(c)
		}
	}()
	return s
}

func (s *server) talk(c net.Conn) {
	defer func() { _ = c.Close() }()
	r := bufio.NewReader(c)
	fmt.Fprint(c, "220 desk.test\r\n")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		command := strings.ToUpper(strings.TrimSpace(line[:min(4, len(line))]))
		switch command {
		case "EHLO":
			fmt.Fprint(c, "250-desk.test\r\n250 AUTH PLAIN\r\n")
			continue
		case "DATA":
			fmt.Fprint(c, "354 go on\r\n")
			var data strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil || line == ".\r\n" {
					break
				}
				data.WriteString(strings.TrimPrefix(line, "."))
			}
			if s.once("DATA", c) {
				continue
			}
			s.keep(data.String())
		case "QUIT":
			fmt.Fprint(c, "221 bye\r\n")
			return
		}
		if !s.once(command, c) {
			fmt.Fprint(c, map[bool]string{true: "235 welcome\r\n", false: "250 ok\r\n"}[command == "AUTH"])
		}
	}
}

// once gives the scripted answer to a command, if there is one.
func (s *server) once(command string, c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := s.answers[command]
	delete(s.answers, command)
	if answer != "" {
		fmt.Fprint(c, answer+"\r\n")
	}
	return answer != ""
}

func (s *server) keep(data string) {
	m, err := mail.ReadMessage(strings.NewReader(data))
	if err != nil {
		s.t.Error(err)
		return
	}
	body, err := io.ReadAll(m.Body)
	if err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails, s.bodies = append(s.mails, m), append(s.bodies, string(body))
}

func (s *server) backend(t *testing.T) *smtp.SMTP {
	t.Helper()
	b, err := smtp.New(smtp.Options{Server: s.address, Security: "none", User: "u", Password: "p", From: "Third Line <thirdline@desk.test>", To: []string{"l3@desk.test", "boss@desk.test"}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheMailsOfAnIncidentAreAThread(t *testing.T) {
	s, fp := newServer(t, nil), backendtest.Fingerprint()
	b := s.backend(t)
	for n, kind := range []string{shipper.Opened, shipper.Resolved} {
		id, event := backendtest.Event(kind, fp, 1, n+1, n == 0)
		if err := b.Deliver(t.Context(), id, event); err != nil {
			t.Fatal(err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.mails) != 2 {
		t.Fatalf("%d mails", len(s.mails))
	}
	first, second := s.mails[0].Header, s.mails[1].Header
	if first.Get("Message-ID") == second.Get("Message-ID") || first.Get("References") != second.Get("References") || !strings.Contains(first.Get("References"), fp) {
		t.Errorf("no thread: %v and %v", first, second)
	}
	if got := second.Get("Subject"); got != "[resolved] web1: disk sda fails on web1" {
		t.Errorf("subject %q", got)
	}
	_, params, err := mime.ParseMediaType(first.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(strings.NewReader(s.bodies[0]), params["boundary"])
	if p, err := parts.NextPart(); err != nil || p.FileName() != "" {
		t.Fatal("no text", err)
	}
	p, err := parts.NextPart()
	if err != nil || p.FileName() != "log.txt" {
		t.Fatal("no attachment", err)
	}
	log, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, p))
	if err != nil || !strings.Contains(string(log), "line before\n--- match\nbad sda\n--- after\nline after") {
		t.Errorf("log %q, %v", log, err)
	}
}

// TestATitleIsLiteralInAMail whatever its writer hoped that a mail program would obey.
func TestATitleIsLiteralInAMail(t *testing.T) {
	s, fp := newServer(t, nil), backendtest.Fingerprint()
	b := s.backend(t)
	const hidden = "=?utf-8?q?_=0D=0ABcc=3A_all=40desk.test?="
	for n, c := range []struct{ name, title, host, want string }{
		{"line ends", "ünï\r\nBcc: all@desk.test\r\n\r\n.\r\nQUIT", "h\r\nX: y", "[ERROR] h X: y: ünï Bcc: all@desk.test . QUIT"},
		{"one of the two", "a\rBcc: all@desk.test", "h\nBcc: all", "[ERROR] h Bcc: all: a Bcc: all@desk.test"},
		{"other line ends", "a\u0085Bcc: x\u2028Bcc: y\u2029z\vw\f", "h", "[ERROR] h: a Bcc: x Bcc: y z w"},
		{"an encoded word", hidden, "h", "[ERROR] h: =\u200b?utf-8?q?_=0D=0ABcc=3A_all=40desk.test?="},
		{"an encoded word beside others", "ünï " + hidden + " =?utf-8?b?QQ==?=", hidden, "[ERROR] =\u200b?utf-8?q?_=0D=0ABcc=3A_all=40desk.test?=: ünï =\u200b?utf-8?q?_=0D=0ABcc=3A_all=40desk.test?= =\u200b?utf-8?b?QQ==\u200b?="},
		{"control characters", "a\x00b\x1b[31mc\u202ed", "h", "[ERROR] h: a\ufffdb\ufffd[31mc\ufffdd"},
		{"the boundary", "x\n--thirdline-" + fp + "\nContent-Type: text/html\n\n<b>--thirdline-" + fp + "--", "h", "[ERROR] h: x --thirdline-" + fp + " Content-Type: text/html <b>--thirdline-" + fp + "--"},
		{"a long one", strings.Repeat("ü", 300), "h", "[ERROR] h: " + strings.Repeat("ü", 192) + " … [cut]"},
	} {
		id, event := backendtest.Encode(shipper.Opened, shipper.Incident{
			Fingerprint: fp, Generation: 1, Sequence: n + 1, Title: c.title, Host: shipper.Host{Name: c.host}, Severity: "error", LastSeen: time.Now(),
			Fields: map[string]string{"f": c.title}, Snapshot: &shipper.Snapshot{File: c.title, Match: c.title},
		})
		if err := b.Deliver(t.Context(), id, event); err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		h, body := s.mails[n].Header, s.bodies[n]
		s.mu.Unlock()
		got, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
		if err != nil || got != c.want {
			t.Errorf("%s: subject %q, not %q, %v", c.name, got, c.want, err)
		}
		if h.Get("Bcc") != "" || h.Get("X") != "" || len(h) != 11 {
			t.Errorf("%s: headers %v", c.name, h)
		}
		parts := multipart.NewReader(strings.NewReader(body), "thirdline-"+fp)
		for _, want := range []string{"text/plain; charset=utf-8", `text/plain; charset=utf-8; name="log.txt"`, ""} {
			if p, err := parts.NextPart(); (err != nil) != (want == "") || err == nil && p.Header.Get("Content-Type") != want {
				t.Errorf("%s: instead of a part of %q: %v", c.name, want, err)
			}
		}
	}
}

func TestWhatAnAnswerMeans(t *testing.T) {
	for _, c := range []struct{ command, answer, want string }{
		{"AUTH", "535 authentication failed", "denied"},
		{"RCPT", "550 no such user", "refused"},
		{"RCPT", "450 mailbox busy", "passing"},
		{"DATA", "452 disk full", "passing"},
		{"DATA", "552 too large", "accepted without the log"},
	} {
		t.Run(c.answer, func(t *testing.T) {
			s := newServer(t, map[string]string{c.command: c.answer})
			id, event := backendtest.Event(shipper.Opened, backendtest.Fingerprint(), 1, 1, true)
			err := s.backend(t).Deliver(t.Context(), id, event)
			var refused *shipper.Refused
			var denied *shipper.Denied
			got := "passing"
			switch {
			case err == nil && !strings.Contains(s.bodies[0], "log.txt"):
				got = "accepted without the log"
			case errors.As(err, &denied):
				got = "denied"
			case errors.As(err, &refused):
				got = "refused"
			}
			if got != c.want {
				t.Errorf("%s (%v), want %s", got, err, c.want)
			}
		})
	}
}

func TestNoPasswordGoesOverAnOpenConnection(t *testing.T) {
	s := newServer(t, nil)
	b, err := smtp.New(smtp.Options{Server: s.address, From: "a@desk.test", To: []string{"b@desk.test"}, User: "u", Password: "p"})
	if err != nil {
		t.Fatal(err)
	}
	id, event := backendtest.Event(shipper.Opened, backendtest.Fingerprint(), 1, 1, true)
	if err := b.Deliver(t.Context(), id, event); err == nil || !strings.Contains(err.Error(), "security: none") {
		t.Errorf("%v", err)
	}
}
