// Package syslog is the backend that sends a syslog message (RFC 5424) for each
// step of an incident: over TLS (RFC 5425), TCP (RFC 6587, octets counted) or UDP
// (RFC 5426).
//
// Syslog has no answer. Over TLS and TCP a message counts as delivered when the
// system has taken it, so that the last ones before a broken connection can be
// lost; a connection that the server closed is noticed before it is written to.
// Over UDP any message can be. The whole event is for other backends: the message
// is the title, with what a program needs as structured data.
package syslog

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/profile"
)

const (
	timeout  = 15 * time.Second
	peek     = time.Millisecond // to notice that the server has closed
	maxUDP   = 2048             // bytes of a datagram, which every receiver should take
	maxTitle = 1024             // runes
	notice   = 5
	// sdID names the structured data; the number is the one for documentation.
	sdID = "thirdline@32473"
)

// Options of a syslog destination. Address is required.
type Options struct {
	// Address is host:port.
	Address string
	// Network is tls, tcp or udp. Default tls.
	Network string
	// TLS are the settings of the connection. Default: the system's authorities.
	TLS *tls.Config
	// Facility is a number from 0 to 23. Default 16, local0.
	Facility *int
}

// Syslog takes one event at a time.
type Syslog struct {
	o        Options
	facility int
	mu       sync.Mutex
	conn     net.Conn // guarded by mu; nil while there is none
}

var (
	_ shipper.Backend = (*Syslog)(nil)
	_ shipper.Serial  = (*Syslog)(nil)
)

// New checks the options and returns the backend. Nothing is sent.
func New(o Options) (*Syslog, error) {
	if o.Network == "" {
		o.Network = "tls"
	}
	s := &Syslog{o: o, facility: 16}
	if o.Facility != nil {
		s.facility = *o.Facility
	}
	switch _, _, err := net.SplitHostPort(o.Address); {
	case err != nil:
		return nil, fmt.Errorf("set up syslog: address %q is not host:port", o.Address)
	case o.Network != "tls" && o.Network != "tcp" && o.Network != "udp":
		return nil, fmt.Errorf("set up syslog: network %q is not tls, tcp or udp", o.Network)
	case s.facility < 0 || s.facility > 23:
		return nil, fmt.Errorf("set up syslog: facility %d is not one of 0 to 23", s.facility)
	}
	return s, nil
}

// Serial implements [shipper.Serial]: messages share one connection.
func (*Syslog) Serial() {}

// Deliver implements [shipper.Backend].
func (s *Syslog) Deliver(ctx context.Context, _ string, event []byte) error {
	var e shipper.Event
	if err := json.Unmarshal(event, &e); err != nil {
		return &shipper.Refused{Reason: fmt.Sprintf("read event: %v", err)}
	}
	message := s.message(&e)
	if s.o.Network == "udp" {
		message = message[:min(len(message), maxUDP)]
	} else {
		message = fmt.Sprintf("%d %s", len(message), message)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.connect(ctx); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if err := s.conn.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
		return s.drop(err)
	}
	if _, err := io.WriteString(s.conn, message); err != nil {
		return s.drop(err)
	}
	return nil
}

// drop gives the connection up.
func (s *Syslog) drop(err error) error {
	err = fmt.Errorf("send message: %w", errors.Join(err, s.conn.Close()))
	s.conn = nil
	return err
}

// connect makes sure of a connection that the server has not closed.
func (s *Syslog) connect(ctx context.Context) error {
	if s.conn != nil && s.o.Network != "udp" {
		if err := s.conn.SetReadDeadline(time.Now().Add(peek)); err == nil {
			_, err = s.conn.Read(make([]byte, 1))
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				_ = s.conn.Close() // it is broken already
				s.conn = nil
			}
		}
	}
	if s.conn != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	network := s.o.Network
	var err error
	if network == "tls" {
		s.conn, err = (&tls.Dialer{Config: s.o.TLS}).DialContext(ctx, "tcp", s.o.Address)
	} else {
		s.conn, err = (&net.Dialer{}).DialContext(ctx, network, s.o.Address)
	}
	if err != nil {
		s.conn = nil
	}
	return err
}

// message is the event as RFC 5424 has it, section 6.
func (s *Syslog) message(e *shipper.Event) string {
	i := &e.Data
	severity := map[string]int{"critical": 2, "error": 3, "warning": 4, "info": 6}[i.Severity]
	if e.Type == shipper.Resolved || severity == 0 {
		severity = notice
	}
	kind := e.Type[strings.LastIndexByte(e.Type, '.')+1:]
	title := profile.Cut(maxTitle, strings.Map(printable, i.Title))
	data := ""
	for _, p := range [][2]string{
		{"id", e.ID},
		{"fingerprint", i.Fingerprint},
		{"rule", i.Rule},
		{"severity", i.Severity},
		{"tier", i.Tier},
		{"status", i.Status},
		{"reason", i.Reason},
		{"count", fmt.Sprint(i.Count)},
	} {
		if p[1] != "" {
			data += fmt.Sprintf(` %s="%s"`, p[0], quote(p[1]))
		}
	}
	return fmt.Sprintf("<%d>1 %s %s thirdline %d %s [%s%s] \ufeff%s: %s",
		s.facility*8+severity, e.Time.UTC().Format("2006-01-02T15:04:05.000000Z"), token(i.Host.Name), os.Getpid(), token(kind), sdID, data, kind, title)
}

// printable keeps a message on one line.
func printable(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
		return ' '
	}
	return r
}

// quote escapes the value of a parameter.
func quote(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`).Replace(strings.Map(printable, s))
}

// token makes a header field: printable ASCII without spaces, or a dash.
func token(s string) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '_'
		}
		return r
	}, s)
	if s == "" {
		return "-"
	}
	return s[:min(len(s), 255)]
}
