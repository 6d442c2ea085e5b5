// Package kafka is the backend that produces events to a Kafka topic.
//
// The key of a record is the incident's fingerprint, so that the events of an
// incident stay in order in one partition. An event counts as delivered when all
// replicas in sync have it. The header ce_id is the event's id: after a crash an
// event can be stored twice, and whoever reads drops what it has.
package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/thirdline/thirdline/shipper"
)

const produceWithin = 30 * time.Second

// Options of a Kafka destination. Brokers and Topic are required.
type Options struct {
	// Brokers are host:port.
	Brokers []string
	Topic   string
	// TLS are the settings of the connection; nil is none.
	TLS *tls.Config
	// Mechanism is how User and Password log in: plain, scram-sha-256 or
	// scram-sha-512. Default scram-sha-512.
	Mechanism, User, Password string
}

// Kafka is safe for concurrent use.
type Kafka struct {
	options []kgo.Opt
	topic   string
	mu      sync.Mutex
	client  *kgo.Client // guarded by mu; nil before the first event
}

var (
	_ shipper.Backend = (*Kafka)(nil)
	_ shipper.Runner  = (*Kafka)(nil)
)

// New checks the options and returns the backend. Nothing is sent.
func New(o Options) (*Kafka, error) {
	if len(o.Brokers) == 0 || o.Topic == "" {
		return nil, errors.New("set up kafka: it needs brokers and a topic")
	}
	k := &Kafka{topic: o.Topic, options: []kgo.Opt{
		kgo.SeedBrokers(o.Brokers...), kgo.ClientID("thirdline"), kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.ProducerBatchCompression(kgo.ZstdCompression(), kgo.NoCompression()), kgo.RecordDeliveryTimeout(produceWithin), kgo.ProducerLinger(0),
	}}
	if o.TLS != nil {
		k.options = append(k.options, kgo.DialTLSConfig(o.TLS))
	}
	if o.User == "" {
		return k, nil
	}
	switch o.Mechanism {
	case "plain":
		k.options = append(k.options, kgo.SASL(plain.Auth{User: o.User, Pass: o.Password}.AsMechanism()))
	case "scram-sha-256":
		k.options = append(k.options, kgo.SASL(scram.Auth{User: o.User, Pass: o.Password}.AsSha256Mechanism()))
	case "", "scram-sha-512":
		k.options = append(k.options, kgo.SASL(scram.Auth{User: o.User, Pass: o.Password}.AsSha512Mechanism()))
	default:
		return nil, fmt.Errorf("set up kafka: mechanism %q is not plain, scram-sha-256 or scram-sha-512", o.Mechanism)
	}
	return k, nil
}

// Run implements [shipper.Runner]: it ends the connections when ctx does.
func (k *Kafka) Run(ctx context.Context) error {
	<-ctx.Done()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.client != nil {
		k.client.Close()
	}
	return nil
}

// connect makes the client with the first event. It asks a broker before anything is
// produced: a refused login would otherwise be tried until the event times out.
func (k *Kafka) connect(ctx context.Context) (*kgo.Client, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.client == nil {
		client, err := kgo.NewClient(k.options...)
		if err != nil {
			return nil, err
		}
		if err := client.Ping(ctx); err != nil {
			client.Close()
			return nil, err
		}
		k.client = client
	}
	return k.client, nil
}

// Deliver implements [shipper.Backend].
func (k *Kafka) Deliver(ctx context.Context, id string, event []byte) error {
	ctx, cancel := context.WithTimeout(ctx, produceWithin)
	defer cancel()
	client, err := k.connect(ctx)
	if err != nil {
		return meaning("connect", len(event), err)
	}
	fingerprint, _, _ := strings.Cut(id, "/")
	err = shipper.Fit(event, kerr.MessageTooLarge, func(event []byte) error {
		return client.ProduceSync(ctx, &kgo.Record{
			Topic: k.topic, Key: []byte(fingerprint), Value: event,
			Headers: []kgo.RecordHeader{{Key: "ce_id", Value: []byte(id)}, {Key: "content-type", Value: []byte("application/cloudevents+json")}},
		}).FirstErr()
	})
	return meaning("produce event", len(event), err)
}

// meaning says what a broker's error is for the event.
func meaning(doing string, size int, err error) error {
	switch {
	case errors.Is(err, kerr.MessageTooLarge), errors.Is(err, kerr.InvalidRecord):
		return &shipper.Refused{Reason: fmt.Sprintf("produce event of %d bytes: %v", size, err)}
	case errors.Is(err, kerr.SaslAuthenticationFailed), errors.Is(err, kerr.TopicAuthorizationFailed), errors.Is(err, kerr.ClusterAuthorizationFailed):
		return &shipper.Denied{Err: fmt.Errorf("%s: %w", doing, err)}
	case err != nil:
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
