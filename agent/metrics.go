package agent

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// scrapeWithin bounds one collection of the metrics.
const scrapeWithin = 5 * time.Second

// metric is one family: its values are those of a Status.
type metric struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	each func(s *Status, emit func(value float64, labels ...string))
}

// collector makes a [Status] into metrics when it is asked for them: nothing is
// counted for it while logs are read.
type collector struct {
	status  func(context.Context) (Status, error)
	metrics []metric
}

// registry returns the metrics of the agent, of its process and of the runtime.
func (a *Agent) registry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		&collector{a.Status, metrics()},
	)
	return r
}

// Describe implements [prometheus.Collector].
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, m := range c.metrics {
		ch <- m.desc
	}
}

// Collect implements [prometheus.Collector].
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin) // a Collector is given none
	defer cancel()
	s, err := c.status(ctx)
	for _, m := range c.metrics {
		if err != nil {
			ch <- prometheus.NewInvalidMetric(m.desc, err)
			return
		}
		m.each(&s, func(value float64, labels ...string) {
			ch <- prometheus.MustNewConstMetric(m.desc, m.kind, value, labels...)
		})
	}
}

// family returns a metric named thirdline_NAME.
func family(kind prometheus.ValueType, name, help string, labels []string, each func(s *Status, emit func(float64, ...string))) metric {
	return metric{prometheus.NewDesc("thirdline_"+name, help, labels, nil), kind, each}
}

// one returns a metric that has one value.
func one(name, help string, value func(*Status) float64) metric {
	return family(prometheus.GaugeValue, name, help, nil, func(s *Status, emit func(float64, ...string)) { emit(value(s)) })
}

// seconds is a time as Prometheus writes it.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixNano()) / float64(time.Second)
}

// truth is as Prometheus writes it.
func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
