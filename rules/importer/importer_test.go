package importer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/importer"
)

// set loads what was imported.
func set(t *testing.T, r importer.Result) *rules.Set {
	t.Helper()
	if r.YAML == nil {
		t.Fatalf("nothing was taken: %v", r.Refused)
	}
	file := filepath.Join(t.TempDir(), "r.yaml")
	if err := os.WriteFile(file, r.YAML, 0o600); err != nil {
		t.Fatal(err)
	}
	s, problems := rules.Load([]string{file}, nil)
	if err := problems.Err(); err != nil {
		t.Fatalf("%v in\n%s", problems, r.YAML)
	}
	return s
}

// holds compares, for each line, whether the first rule matches with its prefix
// "+" or "-".
func holds(t *testing.T, r importer.Result, lines ...string) {
	t.Helper()
	view := set(t, r).View(rules.Source{Any: true})
	for _, l := range lines {
		if got := len(view.Scan([]byte(l[1:]+"\n"), nil)) > 0; got != (l[0] == '+') {
			t.Errorf("match %v: %s\n%s", got, l, r.YAML)
		}
	}
}

func TestSigmaConditionsKeepTheirMeaning(t *testing.T) {
	r := importer.Sigma([]byte(`
title: Strange {{ login }}
level: high
logsource: {product: linux, service: sshd}
detection:
  selection_a:
    proc|endswith: sshd
    message|contains|all: [failed, 'pass*word']
  selection_b|ignored: [x]
  words: ['Corrupted?MAC', 'it''s: #1']
  filter: {user: [backup, '4625']}
  condition: (1 of selection_a* or words) and not filter
`))
	holds(t, r, "+SSHD FAILED the passing word", "-sshd failed", "+corrupted MAC", "+it's: #1", "-corrupted MAC of backup", "-nothing")
	said := fmt.Sprint(r.Notes)
	for _, want := range []string{"product linux, service sshd", "excludes by field", "field proc"} {
		if !strings.Contains(said, want) {
			t.Errorf("not said: %s in %s", want, said)
		}
	}
}

func TestElastAlertFiltersKeepTheirMeaning(t *testing.T) {
	r := importer.ElastAlert([]byte(`
name: Slow pages
type: frequency
num_events: 5
alert: [email]
filter:
- query: {query_string: {query: 'program:nginx AND ("timed out" OR level:error) AND NOT path:health'}}
- bool: {should: [{term: {a: one}}, {regexp: {b: 'tw.'}}], must_not: [{match: {c: {query: three}}}]}
`))
	holds(t, r, "+nginx timed out one", "+nginx error two", "-nginx one", "-nginx error one three", "-nginx error health one", "-nginx error")
	said := fmt.Sprint(r.Refused)
	for _, want := range []string{"type frequency", "alert"} {
		if !strings.Contains(said, want) {
			t.Errorf("not said: %s in %s", want, said)
		}
	}
	holds(t, importer.ElastAlert([]byte("name: b\ntype: blacklist\ncompare_key: u\nblacklist: [root, joe]\nfilter: [{term: {k: login}}]")),
		"+login joe", "-login jim", "-joe")
	holds(t, importer.ElastAlert([]byte("name: w\ntype: whitelist\ncompare_key: u\nwhitelist: [root]\nfilter: [{term: {k: login}}]")),
		"+login joe", "-login root")
}

func TestCrowdSecFiltersKeepTheirMeaning(t *testing.T) {
	r := importer.CrowdSec([]byte(`
type: leaky
name: me/probing
description: "Probing of {{ it }}"
filter: "evt.Meta.service == 'http' && evt.Meta.http_status in ['404', 403] && (Lower(evt.Parsed.request) contains '/.env' || evt.Parsed.request matches '\\\\.(bak|sql)$') && !(evt.Meta.http_verb startsWith 'HEAD') && evt.Parsed.agent != ''"
groupby: evt.Meta.source_ip
capacity: 5
`))
	holds(t, r, "+2001:db8::1 GET 404 /.ENV", "+10.0.0.1 GET 403 a.sql", "-10.0.0.1 GET 4040 /.env", "-10.0.0.1 HEAD 404 /.env", "-10.0.0.1 GET 404 /x", "-10:00:00 GET 404 /.env")
	said := fmt.Sprint(r.Refused, r.Notes)
	for _, want := range []string{"type leaky", "source's address", "choose the source", "evt.Parsed.request"} {
		if !strings.Contains(said, want) {
			t.Errorf("not said: %s in %s", want, said)
		}
	}
}

func TestWhatCannotBeTakenIsSaid(t *testing.T) {
	for _, c := range []struct {
		from func([]byte) importer.Result
		in   string
		want string
	}{
		{importer.Sigma, "title: t\ndetection: {s: {a|cidr: 10.0.0.0/8}, condition: s}", "modifier cidr"},
		{importer.Sigma, "title: t\ndetection: {s: {a|re: '(?!x)y'}, condition: s}", "negative lookahead"},
		{importer.Sigma, "title: t\ndetection: {s: {a: null}, condition: s}", "is not there"},
		{importer.Sigma, "title: t\ndetection: {s: {a: '*'}, condition: s}", "holds for every record"},
		{importer.Sigma, "title: t\ndetection: {s: [x], condition: s | count() > 5}", "condition over time"},
		{importer.Sigma, "title: t\ndetection: {s: [x], condition: s and t}", `names "t"`},
		{importer.Sigma, "title: t\ndetection: {s: [x], condition: (s}", "not closed"},
		{importer.Sigma, "title: t\ndetection: {s: [x], condition: 2 of s*}", "only 1 and all"},
		{importer.Sigma, "title: t", "no detection"},
		{importer.Sigma, "a: [", "read YAML"},
		{importer.CrowdSec, "name: n\nfilter: evt.Meta.log_type == 'ssh'", "nothing is left"},
		{importer.CrowdSec, "name: n\nfilter: \"any(File('x'), {evt.Parsed.a contains #})\"", "no counterpart"},
		{importer.CrowdSec, "name: n\ndata: [{dest_file: x}]\nfilter: evt.Parsed.a == 'b'", "data files"},
		{importer.CrowdSec, "name: n\nfilter: evt.Parsed.a matches '(?=b)'", "lookahead"},
		{importer.CrowdSec, "name: n\nfilter: evt.Parsed.a > 5", "no counterpart"},
		{importer.CrowdSec, "name: n\nfilter: 'evt.Parsed.a =='", "not understood"},
		{importer.CrowdSec, "type: trigger", "no scenario"},
		{importer.ElastAlert, "name: n\ntype: any\nfilter: [{range: {a: {gt: 1}}}]", "query range"},
		{importer.ElastAlert, "name: n\ntype: any\nfilter: []", "every record"},
		{importer.ElastAlert, "name: n\ntype: any\nfilter: [{query: {query_string: {query: 'a:[1 TO 2]'}}}]", "no counterpart"},
		{importer.ElastAlert, "x: 1", "no name"},
	} {
		r := c.from([]byte(c.in))
		if r.YAML != nil || !strings.Contains(fmt.Sprint(r.Refused), c.want) {
			t.Errorf("%s: refused %v, YAML\n%s", c.in, r.Refused, r.YAML)
		}
	}
}

// FuzzImport: whatever comes in, what goes out loads.
func FuzzImport(f *testing.F) {
	f.Add("title: t\ndetection: {s: {a|re: 'x'}, condition: s}")
	f.Add("name: n\ntype: any\nfilter: [{term: {a: \"l\\u0001\\n'\"}}]")
	f.Add("[Definition]\nfailregex = ^a <HOST>$\n  ^b%(c)s\nc = d\n")
	f.Add("name: n\nfilter: evt.Parsed.a in ['b', 'c'] || Lower(evt.Parsed.d) matches 'e'")
	f.Fuzz(func(t *testing.T, in string) {
		for _, r := range []importer.Result{
			importer.Sigma([]byte(in)), importer.ElastAlert([]byte(in)), importer.CrowdSec([]byte(in)),
			importer.Fail2ban("f", []byte(in), func(string) ([]byte, error) { return nil, os.ErrNotExist }),
		} {
			if r.YAML == nil {
				continue
			}
			_, problems := rules.Parse("r.yaml", r.YAML, nil, map[string]*rules.Rule{})
			for _, p := range problems {
				if p.Code == "syntax" || p.Code == "wrong-type" || p.Code == "unknown-key" {
					t.Errorf("%v in\n%s", p, r.YAML)
				}
			}
		}
	})
}
