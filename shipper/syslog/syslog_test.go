package syslog_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/syslog"
)

const fp = "0123456789abcdef0123456789abcdef"

func event(sequence int) []byte {
	title := `say \"hi\" ]\nnext\u001b[0m`
	return fmt.Appendf(nil, `{"id":"%s/1/%d","type":%q,"time":"2026-11-25T01:02:03.5Z","data":{"fingerprint":%q,"title":"%s","severity":"critical","rule":"r]x","host":{"name":"web 1"},"count":%d}}`,
		fp, sequence, shipper.Opened, fp, title, sequence)
}

// want is the message that event makes.
var want = regexp.MustCompile(`^<130>1 2026-11-25T01:02:03\.500000Z web_1 thirdline \d+ opened \[thirdline@32473 id="` + fp + `/1/\d" fingerprint="` + fp +
	`" rule="r\\]x" severity="critical" count="\d"\] ` + "\ufeff" + `opened: say "hi" \] next \[0m$`)

// frame reads one message whose octets are counted.
func frame(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	var n int
	if _, err := fmt.Fscanf(r, "%d ", &n); err != nil {
		t.Fatal(err)
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(r, data); err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func backend(t *testing.T, o syslog.Options) *syslog.Syslog {
	t.Helper()
	s, err := syslog.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func deliver(t *testing.T, s *syslog.Syslog, sequence int) {
	t.Helper()
	if err := s.Deliver(t.Context(), "id", event(sequence)); err != nil {
		t.Fatal(err)
	}
}

func accept(t *testing.T, l net.Listener) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c, bufio.NewReader(c)
}

// TestAClosedConnectionIsNoticed fails when a message is written to a connection
// that the server has ended, where it would be lost in silence.
func TestAClosedConnectionIsNoticed(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	s := backend(t, syslog.Options{Address: l.Addr().String(), Network: "tcp"})
	deliver(t, s, 1)
	c, r := accept(t, l)
	deliver(t, s, 2)
	for range 2 {
		if got := frame(t, r); !want.MatchString(got) {
			t.Errorf("message %q", got)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond) // the end travels
	deliver(t, s, 3)
	_, r = accept(t, l)
	if got := frame(t, r); !strings.Contains(got, "/1/3") {
		t.Errorf("message %q", got)
	}
}

func TestTLSIsTheDefaultAndVerified(t *testing.T) {
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: web.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	got := make(chan string, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				line, _ := bufio.NewReader(c).ReadString(']')
				got <- line
				_ = c.Close()
			}()
		}
	}()
	if err := backend(t, syslog.Options{Address: l.Addr().String()}).Deliver(t.Context(), "id", event(1)); err == nil {
		t.Error("an unknown authority was trusted")
	}
	<-got
	pool := x509.NewCertPool()
	pool.AddCert(web.Certificate())
	deliver(t, backend(t, syslog.Options{Address: l.Addr().String(), TLS: &tls.Config{RootCAs: pool}}), 1)
	if line := <-got; !strings.Contains(line, "<130>1 ") {
		t.Errorf("message %q", line)
	}
}

func TestADatagramIsOneMessage(t *testing.T) {
	c, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	deliver(t, backend(t, syslog.Options{Address: c.LocalAddr().String(), Network: "udp"}), 1)
	data := make([]byte, 4096)
	n, _, err := c.ReadFrom(data)
	if err != nil || !want.MatchString(string(data[:n])) {
		t.Errorf("message %q, %v", data[:n], err)
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	facility := 24
	for _, o := range []syslog.Options{{Address: "host"}, {Address: "h:1", Network: "tpc"}, {Address: "h:1", Facility: &facility}} {
		if _, err := syslog.New(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}
