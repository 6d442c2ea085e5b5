package shipper_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/shipper"
)

func TestHealthTellsHowDeliveryGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spool := &memory{}
		for n := range 3 {
			spool.add("a", n)
		}
		down := &shipper.Later{After: time.Minute, Err: errors.New("come later")}
		s := shipper.New("d", &script{answers: map[string][]error{"a": {nil, down, &shipper.Refused{Reason: "400"}}}}, spool, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		began := time.Now()
		check := func(want shipper.Health) {
			t.Helper()
			synctest.Wait()
			if diff := cmp.Diff(want, s.Health()); diff != "" {
				t.Errorf("health (-want +got):\n%s", diff)
			}
		}
		want := shipper.Health{Delivered: 1, Failures: 1, LastSuccess: began, LastFailure: began, LastError: "come later", Down: began, RetryAt: began.Add(time.Minute)}
		check(want)
		time.Sleep(time.Minute + time.Second)
		want.Delivered, want.Refused, want.LastError, want.LastRefusal = 2, 1, "400", "400"
		want.Down, want.RetryAt, want.LastSuccess = time.Time{}, time.Time{}, began.Add(time.Minute)
		check(want)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
