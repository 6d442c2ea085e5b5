package kafka_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/backendtest"
	"github.com/thirdline/thirdline/shipper/kafka"
)

const user, password = "desk", "right"

func TestSuite(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "incidents"), kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", user, password))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	backendtest.Run(t, backendtest.Subject{
		New: func(t *testing.T, _ *http.Client, _ shipper.Journal, wrong bool) shipper.Backend {
			t.Helper()
			if wrong {
				refuseLogins(cluster)
			}
			k, err := kafka.New(kafka.Options{Brokers: cluster.ListenAddrs(), Topic: "incidents", User: user, Password: map[bool]string{true: "wrong", false: password}[wrong]})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			go func() { ended <- k.Run(ctx) }()
			t.Cleanup(func() {
				stop()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
			return k
		},
		Tickets: func(t *testing.T, fp string) []backendtest.Ticket {
			t.Helper()
			return stored(t, cluster.ListenAddrs()).Tickets(t, fp)
		},
		Comments: true, Reopens: true, Native: true, Repeats: true, Whole: true,
	})
}

// refuseLogins answers as a broker does; kfake ends the connection instead.
func refuseLogins(cluster *kfake.Cluster) {
	cluster.ControlKey(kmsg.SASLAuthenticate.Int16(), func(r kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		answer := r.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		answer.ErrorCode = kerr.SaslAuthenticationFailed.Code
		return answer, nil, true
	})
}

// stored reads the topic to its end.
func stored(t *testing.T, brokers []string) *backendtest.Inbox {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics("incidents"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.SASL(scram.Auth{User: user, Pass: password}.AsSha512Mechanism()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var inbox backendtest.Inbox
	for {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			t.Fatal(err)
		}
		var end, at int64
		fetches.EachPartition(func(p kgo.FetchTopicPartition) { end = p.HighWatermark })
		fetches.EachRecord(func(r *kgo.Record) {
			inbox.Add(backendtest.MessageOf(t, r.Value))
			at = r.Offset + 1
		})
		if at >= end {
			return &inbox
		}
	}
}
