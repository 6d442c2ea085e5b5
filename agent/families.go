package agent

import (
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/thirdline/thirdline/shipper"
)

// metrics returns every family, named by the conventions of
// https://prometheus.io/docs/practices/naming/.
func metrics() []metric {
	all := []metric{
		family(prometheus.GaugeValue, "build_info", "The version that runs; the value is 1.", []string{"version"},
			func(s *Status, emit func(float64, ...string)) { emit(1, s.Version) }),
		one("problems", "What keeps the agent from being ready, as /readyz and status tell in words.", func(s *Status) float64 { return float64(len(s.Problems)) }),
		one("pipeline_last_turn_timestamp_seconds", "When the pipeline turned last.", func(s *Status) float64 { return seconds(s.Turned) }),
		one("spool_bytes", "Bytes of events that wait for all destinations.", func(s *Status) float64 { return float64(s.SpoolBytes) }),
		one("spool_limit_bytes", "Where updates in the spool are merged.", func(s *Status) float64 { return float64(s.SpoolLimit) }),
		one("store_size_bytes", "Size of the store's file.", func(s *Status) float64 { return float64(s.StoreBytes) }),
		family(prometheus.GaugeValue, "rules_generation", "Sets of rules since the start; that of the start is 1.", nil,
			func(s *Status, emit func(float64, ...string)) { emit(float64(s.Reload.Generation)) }),
		family(prometheus.CounterValue, "reloads_total", "Reloads of the rules since the start.", []string{"verdict"}, func(s *Status, emit func(float64, ...string)) {
			emit(float64(s.Reload.Accepted), "accepted")
			emit(float64(s.Reload.Refused), "refused")
		}),
		one("reload_last_accepted", "Whether the last reload was accepted: 1, or 0 while the rules on disk are not those in use.", func(s *Status) float64 { return truth(s.Reload.LastError == "") }),
		one("silences", "Silences that hold events back now.", func(s *Status) float64 { return float64(len(s.Silences)) }),
		family(prometheus.CounterValue, "suppressed_events_total", "Events that were not sent, by what kept them quiet, since the start.", []string{"by"}, func(s *Status, emit func(float64, ...string)) {
			for _, by := range slices.Sorted(maps.Keys(s.Suppressed)) {
				emit(float64(s.Suppressed[by]), by)
			}
		}),
		one("incidents", "Incidents that are known.", func(s *Status) float64 { return float64(s.Incidents.Known) }),
	}
	all = append(all, sourceMetrics()...)
	all = append(all, ruleMetrics()...)
	return append(all, destinationMetrics()...)
}

func sourceMetrics() []metric {
	of := func(kind prometheus.ValueType, name, help string, value func(*shipper.Watching) float64) metric {
		return family(kind, "source_"+name, help, []string{"source"}, func(s *Status, emit func(float64, ...string)) {
			for i := range s.Sources {
				emit(value(&s.Sources[i]), s.Sources[i].Source)
			}
		})
	}
	const counter, gauge = prometheus.CounterValue, prometheus.GaugeValue
	return []metric{
		of(gauge, "files", "Files that are open.", func(w *shipper.Watching) float64 { return float64(w.Files) }),
		of(counter, "read_bytes_total", "Bytes that were read.", func(w *shipper.Watching) float64 { return float64(w.Bytes) }),
		of(counter, "read_lines_total", "Lines that were read.", func(w *shipper.Watching) float64 { return float64(w.Lines) }),
		of(gauge, "lag_bytes", "Bytes that were written and not read yet.", func(w *shipper.Watching) float64 { return float64(w.LagBytes) }),
		of(gauge, "lag_seconds", "How long the first of them has waited at most.", func(w *shipper.Watching) float64 { return w.LagSeconds }),
		of(gauge, "last_read_timestamp_seconds", "When something was read last; 0 for never.", func(w *shipper.Watching) float64 {
			if w.LastRead == nil {
				return 0
			}
			return seconds(*w.LastRead)
		}),
		of(counter, "rotations_total", "Files that lost their followed name.", func(w *shipper.Watching) float64 { return float64(w.Rotations) }),
		of(counter, "truncations_total", "Files that were cut by others.", func(w *shipper.Watching) float64 { return float64(w.Truncations) }),
		of(counter, "cut_lines_total", "Lines that were cut because they were too long.", func(w *shipper.Watching) float64 { return float64(w.Cuts) }),
		of(counter, "gaps_total", "Times at which something may have been missed.", func(w *shipper.Watching) float64 { return float64(w.Gaps) }),
		of(counter, "skewed_records_total", "Records whose own time could not be.", func(w *shipper.Watching) float64 { return float64(w.Skewed) }),
	}
}

func ruleMetrics() []metric {
	of := func(kind prometheus.ValueType, name, help string, value func(*RuleStatus) float64) metric {
		return family(kind, name, help, []string{"rule", "severity"}, func(s *Status, emit func(float64, ...string)) {
			for i := range s.Rules {
				emit(value(&s.Rules[i]), s.Rules[i].ID, s.Rules[i].Severity)
			}
		})
	}
	return []metric{
		of(prometheus.CounterValue, "rule_matches_total", "Records that satisfied a clause of the rule.", func(r *RuleStatus) float64 { return float64(r.Matches) }),
		of(prometheus.CounterValue, "rule_verifications_total", "Records that the rule was decided on one by one.", func(r *RuleStatus) float64 { return float64(r.Verifications) }),
		of(prometheus.CounterValue, "rule_cpu_seconds_total", "About how long a core was busy with the rule.", func(r *RuleStatus) float64 { return r.Seconds }),
		of(prometheus.GaugeValue, "rule_observing", "Whether the rule only observes, and nothing is sent: 1, or 0.", func(r *RuleStatus) float64 { return truth(r.Observing) }),
		of(prometheus.GaugeValue, "rule_open_incidents", "Incidents of the rule that are open.", func(r *RuleStatus) float64 { return float64(r.Open) }),
	}
}

func destinationMetrics() []metric {
	of := func(kind prometheus.ValueType, name, help string, value func(*DestinationStatus) float64) metric {
		return family(kind, "destination_"+name, help, []string{"destination"}, func(s *Status, emit func(float64, ...string)) {
			for i := range s.Destinations {
				emit(value(&s.Destinations[i]), s.Destinations[i].Name)
			}
		})
	}
	return []metric{
		of(prometheus.GaugeValue, "spooled_events", "Events that wait for the destination.", func(d *DestinationStatus) float64 { return float64(d.Waiting) }),
		of(prometheus.CounterValue, "delivered_events_total", "Events that the destination took.", func(d *DestinationStatus) float64 { return float64(d.Delivered) }),
		of(prometheus.CounterValue, "delivery_failures_total", "Attempts that will be made again.", func(d *DestinationStatus) float64 { return float64(d.Failures) }),
		of(prometheus.GaugeValue, "last_success_timestamp_seconds", "When the destination took an event last; 0 for never.", func(d *DestinationStatus) float64 { return seconds(d.LastSuccess) }),
		of(prometheus.GaugeValue, "down", "Whether the circuit breaker is open: 1, or 0.", func(d *DestinationStatus) float64 { return truth(!d.Down.IsZero()) }),
		of(prometheus.GaugeValue, "paused", "Whether the destination refuses the credentials: 1, or 0.", func(d *DestinationStatus) float64 { return truth(d.Paused) }),
		of(prometheus.GaugeValue, "dead_letters", "Events that the destination refused for good.", func(d *DestinationStatus) float64 { return float64(d.Dead) }),
	}
}
