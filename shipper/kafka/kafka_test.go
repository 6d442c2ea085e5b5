package kafka_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/backendtest"
	"github.com/thirdline/thirdline/shipper/kafka"
)

// TestAnIncidentStaysInOrder over the Kafka protocol, against kfake.
func TestAnIncidentStaysInOrder(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(4, "incidents"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	k, err := kafka.New(kafka.Options{Brokers: cluster.ListenAddrs(), Topic: "incidents"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	running, stop := context.WithCancel(ctx)
	go func() { ended <- k.Run(running) }()
	fp, want := backendtest.Fingerprint(), []string{}
	for n, kind := range []string{shipper.Opened, shipper.Updated, shipper.Resolved} {
		id, event := backendtest.Event(kind, fp, 1, n+1, false)
		want = append(want, id)
		if err := k.Deliver(ctx, id, event); err != nil {
			t.Fatal(err)
		}
	}
	id, event := backendtest.Encode(shipper.Opened, shipper.Incident{Fingerprint: fp, Generation: 2, Sequence: 1, Title: strings.Repeat("x", 4<<20)})
	var refused *shipper.Refused
	if err := k.Deliver(ctx, id, event); !errors.As(err, &refused) {
		t.Errorf("too large: %v", err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(want, read(ctx, t, cluster.ListenAddrs(), fp, len(want))); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// read returns the ids of the records with a key, in their order.
func read(ctx context.Context, t *testing.T, brokers []string, key string, n int) (ids []string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics("incidents"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for len(ids) < n && ctx.Err() == nil {
		client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			if string(r.Key) == key && len(r.Headers) > 0 && r.Headers[0].Key == "ce_id" {
				ids = append(ids, string(r.Headers[0].Value))
			}
		})
	}
	return ids
}

func TestBadOptionsAreRefused(t *testing.T) {
	for _, o := range []kafka.Options{{}, {Brokers: []string{"h:1"}}, {Brokers: []string{"h:1"}, Topic: "t", User: "u", Mechanism: "md5"}} {
		if _, err := kafka.New(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}
