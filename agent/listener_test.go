package agent

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"

	"github.com/thirdline/thirdline/shipper"
)

// fetch asks the listener's handler.
func fetch(t *testing.T, a *Agent, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	a.observed().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

// gather collects the metrics of a status.
func gather(t *testing.T, c *collector, s Status) []*dto.MetricFamily {
	t.Helper()
	c.status = func(context.Context) (Status, error) { return s, nil }
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(c)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families
}

func TestMetricsFollowTheConventions(t *testing.T) {
	last := time.Unix(1_800_000_000, 0)
	c := &collector{metrics: metrics()}
	full := Status{
		Sources: []shipper.Watching{{Source: "app", LastRead: &last}}, Rules: []RuleStatus{{ID: "disk", Severity: "error"}},
		Destinations: []DestinationStatus{{Name: "desk"}}, Suppressed: newSuppressed(),
	}
	families := gather(t, c, full)
	if len(families) != len(c.metrics) {
		t.Errorf("%d families of %d have a value", len(families), len(c.metrics))
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestTheListenerServesMetricsAndHealth(t *testing.T) {
	a, _, _ := idler(t, time.Hour)
	for path, want := range map[string]string{
		"/metrics": "\nthirdline_problems 0\n", "/healthz": "ok\n", "/readyz": "ok\n",
	} {
		if code, body := fetch(t, a, path); code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d, without %q:\n%s", path, code, want, body)
		}
	}
	if code, _ := fetch(t, a, "/status"); code != http.StatusNotFound {
		t.Errorf("the listener answers what is for the control socket: %d", code)
	}
}

func TestAStalledPipelineIsSeen(t *testing.T) {
	a, _, _ := idler(t, time.Second)
	if code, _ := fetch(t, a, "/readyz"); code != http.StatusOK {
		t.Fatalf("readyz: %d", code)
	}
	began, goOn, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- a.Do(t.Context(), func(*pipeline, time.Time) error { close(began); <-goOn; return nil })
	}()
	<-began
	a.pipeline.turnedAt.Store(time.Now().Add(-time.Hour).UnixNano())
	for _, path := range []string{"/healthz", "/readyz"} {
		if code, body := fetch(t, a, path); code != http.StatusServiceUnavailable || !strings.HasPrefix(body, "the pipeline has not turned for 1h0m") {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	close(goOn)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
