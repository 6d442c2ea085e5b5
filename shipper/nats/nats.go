// Package nats is the backend that publishes events to a NATS JetStream stream.
//
// The subject is a prefix and the incident's fingerprint, so that the stream keeps
// the order of each incident. An event counts as delivered when the stream has
// acknowledged it. Its id is the Nats-Msg-Id: sent again within the stream's window
// for duplicates it is stored once, after that twice.
package nats

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/thirdline/thirdline/shipper"
)

const (
	connectWithin = 10 * time.Second
	ackWithin     = 15 * time.Second
)

// Options of a NATS destination. Servers is required.
type Options struct {
	// Servers are URLs, nats://host:port or tls://host:port.
	Servers []string
	// Subject is the prefix of the subjects. Default "incidents".
	Subject string
	// Token, or User and Password, or the file CredentialsFile log in.
	Token, User, Password, CredentialsFile string
	// TLS are the settings of the connection. Default: the system's authorities.
	TLS *tls.Config
}

// NATS is safe for concurrent use.
type NATS struct {
	o    Options
	mu   sync.Mutex
	conn *natsgo.Conn // guarded by mu; nil before the first event
	js   jetstream.JetStream
}

var (
	_ shipper.Backend = (*NATS)(nil)
	_ shipper.Runner  = (*NATS)(nil)
)

// New checks the options and returns the backend. Nothing is sent.
func New(o Options) (*NATS, error) {
	if len(o.Servers) == 0 {
		return nil, errors.New("set up nats: it has no server")
	}
	if o.Subject == "" {
		o.Subject = "incidents"
	}
	if strings.ContainsAny(o.Subject, " \t*>") || strings.HasPrefix(o.Subject, ".") || strings.HasSuffix(o.Subject, ".") {
		return nil, fmt.Errorf("set up nats: subject %q has spaces or wildcards, or ends in a dot", o.Subject)
	}
	return &NATS{o: o}, nil
}

// Run implements [shipper.Runner]: it ends the connection when ctx does.
func (n *NATS) Run(ctx context.Context) error {
	<-ctx.Done()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.conn != nil {
		n.conn.Close()
	}
	return nil
}

// connect connects once; the library then keeps the connection.
func (n *NATS) connect() (jetstream.JetStream, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.js != nil {
		return n.js, nil
	}
	options := []natsgo.Option{natsgo.Name("thirdline"), natsgo.Timeout(connectWithin), natsgo.MaxReconnects(-1)}
	switch {
	case n.o.CredentialsFile != "":
		options = append(options, natsgo.UserCredentials(n.o.CredentialsFile))
	case n.o.Token != "":
		options = append(options, natsgo.Token(n.o.Token))
	case n.o.User != "":
		options = append(options, natsgo.UserInfo(n.o.User, n.o.Password))
	}
	if n.o.TLS != nil {
		options = append(options, natsgo.Secure(n.o.TLS))
	}
	conn, err := natsgo.Connect(strings.Join(n.o.Servers, ","), options...)
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return nil, err
	}
	n.conn, n.js = conn, js
	return js, nil
}

// Deliver implements [shipper.Backend].
func (n *NATS) Deliver(ctx context.Context, id string, event []byte) error {
	js, err := n.connect()
	if errors.Is(err, natsgo.ErrAuthorization) || errors.Is(err, natsgo.ErrAuthExpired) {
		return &shipper.Denied{Err: fmt.Errorf("connect: %w", err)}
	}
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, ackWithin)
	defer cancel()
	err = shipper.Fit(event, natsgo.ErrMaxPayload, func(event []byte) error { return n.publish(ctx, js, id, event) })
	switch {
	case errors.Is(err, natsgo.ErrMaxPayload):
		return &shipper.Refused{Reason: fmt.Sprintf("publish event of %d bytes: %v", len(event), err)}
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		return fmt.Errorf("publish event: %w; no stream takes the subject %s.*", err, n.o.Subject)
	case err != nil:
		return fmt.Errorf("publish event: %w", err)
	}
	return nil
}

func (n *NATS) publish(ctx context.Context, js jetstream.JetStream, id string, event []byte) error {
	fingerprint, _, _ := strings.Cut(id, "/")
	message := &natsgo.Msg{Subject: n.o.Subject + "." + fingerprint, Data: event, Header: natsgo.Header{"Content-Type": {"application/cloudevents+json"}}}
	_, err := js.PublishMsg(ctx, message, jetstream.WithMsgID(id))
	return err
}
