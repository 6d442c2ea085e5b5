// Package smtp is the backend that sends a mail for each step of an incident.
//
// The mails of an incident share a thread: each has a Message-ID made of the event's
// id and refers to the incident's fingerprint. The log comes as an attached text.
// A server's answer to the data is the acceptance; after a lost one the mail comes
// twice, with the same Message-ID.
package smtp

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"time"

	"github.com/thirdline/thirdline/shipper"
)

const (
	dialWithin = 15 * time.Second
	sendWithin = time.Minute
)

// Options of a mail destination. Server, From and To are required.
type Options struct {
	// Server is host:port.
	Server string
	// Security is starttls, tls or none. Default starttls. Without it no password is
	// sent, but to this host.
	Security string
	// TLS are the settings of the connection. Default: the system's authorities.
	TLS            *tls.Config
	User, Password string
	From           string
	To             []string
}

// SMTP is safe for concurrent use.
type SMTP struct {
	o    Options
	host string
	from *mail.Address
	to   []*mail.Address
}

var _ shipper.Backend = (*SMTP)(nil)

// New checks the options and returns the backend. Nothing is sent.
func New(o Options) (*SMTP, error) {
	if o.Security == "" {
		o.Security = "starttls"
	}
	s := &SMTP{o: o}
	var err error
	if s.host, _, err = net.SplitHostPort(o.Server); err != nil {
		return nil, fmt.Errorf("set up mail: server %q is not host:port", o.Server)
	}
	if o.Security != "starttls" && o.Security != "tls" && o.Security != "none" {
		return nil, fmt.Errorf("set up mail: security %q is not starttls, tls or none", o.Security)
	}
	if s.from, err = mail.ParseAddress(o.From); err != nil {
		return nil, fmt.Errorf("set up mail: sender %q: %w", o.From, err)
	}
	for _, a := range o.To {
		to, err := mail.ParseAddress(a)
		if err != nil {
			return nil, fmt.Errorf("set up mail: recipient %q: %w", a, err)
		}
		s.to = append(s.to, to)
	}
	if len(s.to) == 0 {
		return nil, errors.New("set up mail: it has no recipient")
	}
	return s, nil
}

// Deliver implements [shipper.Backend].
func (s *SMTP) Deliver(ctx context.Context, _ string, event []byte) error {
	var e shipper.Event
	if err := json.Unmarshal(event, &e); err != nil {
		return &shipper.Refused{Reason: fmt.Sprintf("read event: %v", err)}
	}
	err := s.send(ctx, s.compose(&e, true))
	var answer *textproto.Error
	if errors.As(err, &answer) && answer.Code == 552 { // too large
		err = s.send(ctx, s.compose(&e, false))
	}
	return meaning(err)
}

// meaning says what the server's answer is for the event.
func meaning(err error) error {
	var answer *textproto.Error
	if !errors.As(err, &answer) {
		return err
	}
	switch said := fmt.Errorf("the server answered: %w", err); {
	case answer.Code == 530 || answer.Code == 534 || answer.Code == 535 || answer.Code == 538:
		return &shipper.Denied{Err: said}
	case answer.Code >= 500:
		return &shipper.Refused{Reason: said.Error()}
	default:
		return said
	}
}

// send brings one mail to the server.
func (s *SMTP) send(ctx context.Context, message []byte) (err error) {
	c, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // after Quit it is closed already
	if s.o.User != "" {
		if err := c.Auth(smtp.PlainAuth("", s.o.User, s.o.Password, s.host)); err != nil {
			return fmt.Errorf("log in: %w", err)
		}
	}
	if err := c.Mail(s.from.Address); err != nil {
		return fmt.Errorf("name sender: %w", err)
	}
	for _, to := range s.to {
		if err := c.Rcpt(to.Address); err != nil {
			return fmt.Errorf("name recipient: %w", err)
		}
	}
	w, err := c.Data()
	if err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	if _, err := w.Write(message); err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	_ = c.Quit() // the mail is accepted; what is said after that does not matter
	return nil
}

// dial connects and secures the connection.
func (s *SMTP) dial(ctx context.Context) (*smtp.Client, error) {
	secure := s.o.TLS.Clone()
	if secure == nil {
		secure = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	secure.ServerName = s.host
	dialing, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(dialing, "tcp", s.o.Server)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if err := conn.SetDeadline(time.Now().Add(sendWithin)); err != nil {
		return nil, errors.Join(fmt.Errorf("connect: %w", err), conn.Close())
	}
	if s.o.Security == "tls" {
		conn = tls.Client(conn, secure)
	}
	c, err := smtp.NewClient(conn, s.host)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("greet server: %w", err), conn.Close())
	}
	if s.o.Security == "starttls" {
		if err := c.StartTLS(secure); err != nil {
			return nil, errors.Join(fmt.Errorf("secure connection: %w; a server without STARTTLS needs `security: none`", err), c.Close())
		}
	}
	return c, nil
}
