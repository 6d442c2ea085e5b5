package servers_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/backendtest"
	"github.com/thirdline/thirdline/shipper/nats"
)

const (
	natsIncidents = 20
	natsSteps     = 10
	natsForms     = time.Minute
)

// TestNATSLosesANode publishes into a stream of three nodes, one of which is killed
// in the middle: every event is in the stream once, in the order of its incident.
func TestNATSLosesANode(t *testing.T) {
	urls, kill := natsCluster(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	stream := natsStream(ctx, t, urls, 3)
	b, err := nats.New(nats.Options{Servers: urls, Subject: "desk"})
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(ctx)
	var done atomic.Int64
	var wait sync.WaitGroup
	wait.Go(func() { _ = b.Run(running) })
	want := map[string]int{}
	for range natsIncidents {
		fp := backendtest.Fingerprint()
		want[fp] = natsSteps
		wait.Go(func() {
			for n := range natsSteps {
				id, event := backendtest.Event(shipper.Updated, fp, 1, n+1, true)
				for b.Deliver(ctx, id, event) != nil && ctx.Err() == nil {
					time.Sleep(50 * time.Millisecond)
				}
				if done.Add(1) == natsIncidents*natsSteps/2 {
					kill()
				}
				if done.Load() == natsIncidents*natsSteps {
					stop()
				}
			}
		})
	}
	wait.Wait()
	stop()
	natsHolds(ctx, t, stream, want)
}

// natsCluster starts three nodes; kill ends one.
func natsCluster(t *testing.T) (urls []string, kill func()) {
	t.Helper()
	script := wanted(t, "nats")
	ports, cluster := []string{free(t), free(t), free(t)}, []string{free(t), free(t), free(t)}
	for n, port := range ports {
		dir := t.TempDir()
		t.Setenv("NAME", fmt.Sprintf("n%d", n))
		t.Setenv("CLUSTER", cluster[n])
		t.Setenv("ROUTES", strings.Join(cluster, " "))
		end := launch(t, filepath.Join(dir, "server.log"), script, "run", dir, port)
		once := sync.OnceFunc(end)
		t.Cleanup(once)
		if n == 1 {
			kill = once
		}
		urls = append(urls, "nats://127.0.0.1:"+port)
	}
	return urls, kill
}

// natsStream makes a stream as soon as the nodes have a leader.
func natsStream(ctx context.Context, t *testing.T, urls []string, replicas int, options ...natsgo.Option) jetstream.Stream {
	t.Helper()
	var last error
	for end := time.Now().Add(natsForms); time.Now().Before(end); {
		conn, err := natsgo.Connect(strings.Join(urls, ","), append(options, natsgo.MaxReconnects(-1))...)
		if err != nil {
			last = err
			time.Sleep(200 * time.Millisecond)
			continue
		}
		js, err := jetstream.New(conn)
		if err != nil {
			t.Fatal(err)
		}
		try, cancel := context.WithTimeout(ctx, 3*time.Second) // nobody answers before there is a leader
		stream, err := js.CreateStream(try, jetstream.StreamConfig{Name: "desk", Subjects: []string{"desk.*"}, Replicas: replicas})
		cancel()
		if err == nil {
			t.Cleanup(conn.Close)
			return stream
		}
		conn.Close()
		last = err
		time.Sleep(200 * time.Millisecond)
	}
	t.Fatalf("the cluster did not form: %v", last)
	return nil
}

// natsHolds compares what the stream holds with what was published.
func natsHolds(ctx context.Context, t *testing.T, stream jetstream.Stream, want map[string]int) {
	t.Helper()
	got := map[string]int{}
	for n := range natsIncidents * natsSteps {
		m, err := stream.GetMsg(ctx, uint64(n+1))
		if err != nil {
			t.Fatalf("after %d events: %v", n, err)
		}
		fp, step, _ := strings.Cut(m.Header.Get("Nats-Msg-Id"), "/1/")
		if got[fp]++; m.Subject != "desk."+fp || step != fmt.Sprint(got[fp]) {
			t.Errorf("%s came as number %d of its incident", m.Header.Get("Nats-Msg-Id"), got[fp])
		}
	}
	info, err := stream.Info(ctx)
	if err != nil || info.State.Msgs != natsIncidents*natsSteps || len(got) != len(want) {
		t.Errorf("the stream holds %+v of %d incidents, %v", info, len(got), err)
	}
}
