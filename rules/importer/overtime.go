package importer

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// span reads a time of ElastAlert2, a mapping such as {minutes: 5}; zero is none.
func span(v any) time.Duration {
	units := map[string]time.Duration{
		"weeks": 7 * 24 * time.Hour, "days": 24 * time.Hour, "hours": time.Hour, "minutes": time.Minute, "seconds": time.Second, "milliseconds": time.Millisecond,
	}
	total := time.Duration(0)
	for unit, n := range mapping(v) {
		f, err := strconv.ParseFloat(text(n), 64)
		if of, known := units[unit]; err == nil && known && f > 0 && f < 1e6 {
			total += time.Duration(f * float64(of))
		}
	}
	return min(total, 366*24*time.Hour)
}

// count reads a number from 1 to most; zero is none.
func count(v any, most int) int {
	n, err := strconv.ParseFloat(text(v), 64)
	if err != nil || n < 1 || n > float64(most) {
		return 0
	}
	return int(math.Ceil(n))
}

// decimal reads a number, as it is written in a rule; "" is none.
func decimal(v any) string {
	n, err := strconv.ParseFloat(text(v), 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) || math.Abs(n) > 1e15 {
		return ""
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// flow writes a mapping in one line, without what is empty.
func flow(name string, pairs ...string) string {
	var parts []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			parts = append(parts, pairs[i]+": "+pairs[i+1])
		}
	}
	return name + ": {" + strings.Join(parts, ", ") + "}"
}

// spelled writes a time as a rule does; "" for none.
func spelled(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return d.String()
}

// condition takes what the type of a rule counts over time.
func (e *elastalert) condition(r *rule, doc map[string]any) error {
	frame := span(doc["timeframe"])
	switch kind := text(doc["type"]); kind {
	case "any", "blacklist", "whitelist", "":
	case "frequency":
		n := count(doc["num_events"], 10000)
		if n == 0 || frame == 0 {
			return fmt.Errorf("its num_events and timeframe are not understood")
		}
		r.over = append(r.over, flow("threshold", "count", strconv.Itoa(n), "within", spelled(frame)))
	case "cardinality":
		return e.cardinality(r, doc, frame)
	case "flatline":
		n := count(doc["threshold"], 1<<30)
		if n == 0 || frame < time.Second {
			return fmt.Errorf("its threshold and timeframe are not understood")
		}
		r.over = append(r.over, flow("rate", "below", strconv.Itoa(n), "within", spelled(frame)))
	case "spike":
		return e.spike(r, doc, frame)
	case "change":
		return e.field(r, doc, "compare_key", "change", "")
	case "new_term":
		learn := span(doc["terms_window_size"])
		if learn == 0 {
			learn = 30 * 24 * time.Hour // their default
		}
		e.out.note("new_term asks what was there before; here that is learnt from now on, for %s", learn)
		return e.field(r, doc, "fields", "novel", spelled(learn))
	case "metric_aggregation":
		return e.metric(r, doc, frame)
	case "percentage_match":
		return e.share(r, doc, frame)
	default:
		return fmt.Errorf("there is no condition for the type %s", kind)
	}
	return nil
}

// field takes a condition about the one field that a key names.
func (e *elastalert) field(r *rule, doc map[string]any, key, condition, learn string) error {
	names := list(doc[key])
	if len(names) != 1 || text(names[0]) == "" {
		return fmt.Errorf("its %s does not name one field: write a rule for each", key)
	}
	r.asks(text(names[0]))
	r.over = append(r.over, flow(condition, "field", single(text(names[0])), "learn", learn))
	return nil
}

func (e *elastalert) cardinality(r *rule, doc map[string]any, frame time.Duration) error {
	field, most := text(doc["cardinality_field"]), count(doc["max_cardinality"], 999)
	if field == "" || most == 0 || frame == 0 {
		return fmt.Errorf("it has no cardinality_field, timeframe and max_cardinality up to 999; a min_cardinality has no counterpart here")
	}
	r.asks(field)
	r.over = append(r.over, flow("threshold", "count", strconv.Itoa(most+1), "within", spelled(frame), "distinct", single(field)))
	return nil
}

func (e *elastalert) spike(r *rule, doc map[string]any, frame time.Duration) error {
	height, err := strconv.ParseFloat(text(doc["spike_height"]), 64)
	if err != nil || height <= 1 || height > 1e6 || frame < time.Second {
		return fmt.Errorf("its spike_height and timeframe are not understood")
	}
	kind, least := text(doc["spike_type"]), doc["threshold_cur"]
	switch kind {
	case "down":
		height, least = 1/height, doc["threshold_ref"]
	case "both":
		e.out.refuse("spike_type both", "a rule looks for a rise or for a fall; this one looks for a rise: write a second with `ratio` under 1")
	}
	minimum := ""
	if n := count(least, 1<<30); n > 0 {
		minimum = strconv.Itoa(n)
	}
	r.over = append(r.over, flow("rate", "ratio", decimal(height), "within", spelled(frame), "baseline", spelled(frame), "min", minimum))
	return nil
}

// window is the timeframe, or what stands for it.
func window(doc map[string]any, frame time.Duration) time.Duration {
	for _, k := range []string{"buffer_time", "bucket_interval"} {
		if frame == 0 {
			frame = span(doc[k])
		}
	}
	if frame == 0 {
		frame = 15 * time.Minute // their usual buffer_time
	}
	return max(frame, time.Second)
}

// limits are the bounds of which a rule has one.
func limits(doc map[string]any, low, high string) (above, below string, err error) {
	above, below = decimal(doc[high]), decimal(doc[low])
	if (above == "") == (below == "") {
		return "", "", fmt.Errorf("it does not have one of %s and %s: write a rule for each", low, high)
	}
	return above, below, nil
}

func (e *elastalert) metric(r *rule, doc map[string]any, frame time.Duration) error {
	aggs := map[string]string{"avg": "avg", "sum": "sum", "min": "min", "max": "max", "value_count": "count", "percentiles": "p" + decimal(doc["percentile_range"])}
	field, agg := text(doc["metric_agg_key"]), aggs[text(doc["metric_agg_type"])]
	if p := count(doc["percentile_range"], 99); field == "" || agg == "" || agg[0] == 'p' && p == 0 {
		return fmt.Errorf("its metric_agg_key and metric_agg_type are not understood")
	}
	above, below, err := limits(doc, "min_threshold", "max_threshold")
	if err != nil {
		return err
	}
	r.asks(field)
	r.over = append(r.over, flow("metric", "field", single(field), "agg", agg, "above", above, "below", below, "within", spelled(window(doc, frame))))
	return nil
}

func (e *elastalert) share(r *rule, doc map[string]any, frame time.Duration) error {
	above, below, err := limits(doc, "min_percentage", "max_percentage")
	if err != nil {
		return err
	}
	if n, err := strconv.ParseFloat(above+below, 64); err != nil || n < 0 || n > 100 {
		return fmt.Errorf("its percentage is not from 0 to 100")
	}
	of, err := e.queries(doc["match_bucket_filter"])
	if err != nil {
		return fmt.Errorf("its match_bucket_filter: %w", err)
	}
	least := "50" // their default
	if n := count(doc["min_denominator"], 1<<30); n > 0 {
		least = strconv.Itoa(n)
	}
	whole := r.matches()
	r.ownMatch = true
	r.over = append(r.over, "share:")
	r.over = append(r.over, of.block("of", "  ")...)
	r.over = append(r.over, whole.block("over", "  ")...)
	for _, pair := range [][2]string{{"above", above}, {"below", below}, {"within", spelled(window(doc, frame))}, {"min", least}} {
		if pair[1] != "" {
			r.over = append(r.over, "  "+pair[0]+": "+pair[1])
		}
	}
	return nil
}
