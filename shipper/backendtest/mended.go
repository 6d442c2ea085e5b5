package backendtest

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/shipper"
)

// mended has people solve tickets before and after the backend resolves them. What they
// say is told, once, and what the backend wrote itself is not.
func (s *Subject) mended(t *testing.T) {
	j, fp := NewJournal(), Fingerprint()
	fixes := make(chan shipper.Fix, 8)
	start := func() shipper.Backend {
		b := s.New(t, &http.Client{}, j, false)
		b.(shipper.Learner).OnFix(func(_ context.Context, f shipper.Fix) error {
			fixes <- f
			return nil
		})
		return b
	}
	told := func(when string, want ...shipper.Fix) {
		t.Helper()
		var got []shipper.Fix
		for len(fixes) > 0 {
			got = append(got, <-fixes)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	tell := func(b shipper.Backend, kind string, generation, sequence int) {
		t.Helper()
		id, event := Event(kind, fp, generation, sequence, false)
		deliver(t, b, id, event)
	}
	b := start()
	tell(b, shipper.Opened, 1, 1)
	s.Mend(t, fp, "new\n cable")
	tell(b, shipper.Resolved, 1, 2)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	ended := make(chan error, 1)
	go func() { ended <- b.(shipper.Runner).Run(ctx) }()
	select {
	case f := <-fixes:
		fixes <- f
	case <-ctx.Done():
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	told("solved before the end", shipper.Fix{Fingerprint: fp, Generation: 1, Text: "new cable"})
	b = start() // nothing of it is kept in memory
	tell(b, shipper.Reopened, 2, 1)
	tell(b, shipper.Resolved, 2, 2)
	tell(b, shipper.Reopened, 3, 1)
	told("solved by nobody")
	tell(b, shipper.Resolved, 3, 2)
	s.Mend(t, fp, "new disk")
	tell(b, shipper.Reopened, 4, 1)
	tell(b, shipper.Updated, 4, 2)
	told("solved after the end", shipper.Fix{Fingerprint: fp, Generation: 3, Text: "new disk"})
}
