package importer_test

import (
	"os"
	"strings"
	"testing"

	"github.com/thirdline/thirdline/rules/importer"
)

// TestConditionsAreTaken: what another tool counts over time becomes a condition,
// and all of it loads.
func TestConditionsAreTaken(t *testing.T) {
	elastalert := func(rest string) importer.Result {
		return importer.ElastAlert([]byte("name: n\nfilter: [{term: {k: error}}]\n" + rest))
	}
	crowdsec := func(rest string) importer.Result {
		return importer.CrowdSec([]byte("name: n\nfilter: evt.Parsed.k == 'error'\n" + rest))
	}
	jail := func(jail string) importer.Result {
		return importer.Fail2ban("knock", []byte("[Definition]\nfailregex = ^refused <HOST>$\n"), func(name string) ([]byte, error) {
			if name == "../jail.local" {
				return []byte(jail), nil
			}
			return nil, os.ErrNotExist
		})
	}
	for name, tc := range map[string]struct {
		got  importer.Result
		want string
	}{
		"frequency":    {elastalert("type: frequency\nnum_events: 5\ntimeframe: {minutes: 10}"), "threshold: {count: 5, within: 10m0s}"},
		"query key":    {elastalert("type: frequency\nnum_events: 5\ntimeframe: {hours: 1}\nquery_key: [user.name, src]"), "key: ['user.name', 'src']"},
		"realert":      {elastalert("type: any\nrealert: {days: 1}"), "cooldown: 24h0m0s"},
		"cardinality":  {elastalert("type: cardinality\ncardinality_field: user\nmax_cardinality: 9\ntimeframe: {hours: 1}"), "threshold: {count: 10, within: 1h0m0s, distinct: 'user'}"},
		"flatline":     {elastalert("type: flatline\nthreshold: 3\ntimeframe: {minutes: 5}"), "rate: {below: 3, within: 5m0s}"},
		"spike":        {elastalert("type: spike\nspike_height: 3\nspike_type: up\nthreshold_cur: 20\ntimeframe: {minutes: 5}"), "rate: {ratio: 3, within: 5m0s, baseline: 5m0s, min: 20}"},
		"spike down":   {elastalert("type: spike\nspike_height: 4\nspike_type: down\nthreshold_ref: 20\ntimeframe: {minutes: 5}"), "rate: {ratio: 0.25, within: 5m0s, baseline: 5m0s, min: 20}"},
		"change":       {elastalert("type: change\ncompare_key: country\nquery_key: user"), "change: {field: 'country'}"},
		"new term":     {elastalert("type: new_term\nfields: [user]\nterms_window_size: {days: 7}"), "novel: {field: 'user', learn: 168h0m0s}"},
		"metric":       {elastalert("type: metric_aggregation\nmetric_agg_key: ms\nmetric_agg_type: avg\nmax_threshold: 500\nbuffer_time: {minutes: 5}"), "metric: {field: 'ms', agg: avg, above: 500, within: 5m0s}"},
		"percentile":   {elastalert("type: metric_aggregation\nmetric_agg_key: ms\nmetric_agg_type: percentiles\npercentile_range: 95\nmax_threshold: 500"), "agg: p95, above: 500, within: 15m0s"},
		"percentage":   {elastalert("type: percentage_match\nmatch_bucket_filter: [{term: {s: '500'}}]\nmax_percentage: 5\nmin_denominator: 20"), "share:\n      of:\n        fields: {'s': ['500']}\n        ignore_case: true\n      over:\n        fields: {'k': ['error']}\n        ignore_case: true\n      above: 5\n      within: 15m0s\n      min: 20"},
		"leaky":        {crowdsec("type: leaky\ncapacity: 5\nleakspeed: 10s\ngroupby: evt.Meta.source_ip"), "key: ['source_ip']\n    threshold: {count: 6, leak: 10s}"},
		"distinct":     {crowdsec("type: leaky\ncapacity: 5\nleakspeed: 10s\ndistinct: evt.Meta.target_user"), "distinct: 'target_user'"},
		"counter":      {crowdsec("type: counter\nduration: 15m\ncapacity: -1"), "cooldown: 15m0s"},
		"two keys":     {crowdsec("type: trigger\ngroupby: evt.Meta.source_ip + '/' + evt.Parsed.user\nblackhole: 1m"), "key: ['source_ip', 'user']\n    cooldown: 1m0s"},
		"conditional":  {crowdsec("type: conditional\nleakspeed: 10m\ncondition: len(queue.Queue) >= 3"), "threshold: {count: 3, within: 10m0s}"},
		"cancel":       {crowdsec("type: leaky\ncapacity: 5\nleakspeed: 10s\ncancel_on: evt.Parsed.k == 'success'"), "cancel_on:\n      contains: 'success'"},
		"a jail":       {jail("[DEFAULT]\nfindtime = 10m\nmaxretry = 5\n[knock]\nmaxretry = 3\nbantime = 1h\n"), "threshold: {count: 3, within: 10m0s}\n    incident: {resolve: {after: 1h0m0s}}"},
		"another jail": {jail("[DEFAULT]\nfindtime = 600\n[door]\nfilter = knock[mode=normal]\nmaxretry = 4\n"), "threshold: {count: 4, within: 10m0s}"},
	} {
		t.Run(name, func(t *testing.T) {
			set(t, tc.got)
			if !strings.Contains(string(tc.got.YAML), tc.want) {
				t.Errorf("want %s in\n%s\nrefused: %v", tc.want, tc.got.YAML, tc.got.Refused)
			}
		})
	}
}
