package rules_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/rules/field"
)

// clauses are match clauses with a record that satisfies each and one that does not.
var clauses = []struct{ clause, yes, no string }{
	{`{fields: {level: error}}`, `{"level":"error"}`, `{"level":"info","msg":"error"}`},
	{`{fields: {level: error}}`, `{"level":"\u0065rror"}`, `level=Error`},
	{`{fields: {level: error}, ignore_case: true}`, `level=ERROR`, `level=errors`},
	{`{fields: {level: [error, fatal]}}`, `level=fatal`, `level=warn`},
	{`{fields: {level: {in: [error, fatal]}}}`, `level=fatal`, `msg=fatal`},
	{`{fields: {status: 500}}`, `{"status":500.0}`, `{"status":5000}`},
	{`{fields: {status: 500}}`, `status=0500`, `status=5e2`},
	{`{fields: {status: 0.50}}`, `status=.5`, `status=5`},
	{`{fields: {ratio: '1e3'}}`, `ratio=1e3`, `ratio=1000`},
	{`{fields: {ok: true}}`, `{"ok":true}`, `{"ok":false}`},
	{`{fields: {status: {gte: 500, lt: 600}}}`, `status=500`, `status=600`},
	{`{fields: {status: {gt: 500}}}`, `status=1e3`, `status=500`},
	{`{fields: {status: {lte: 5}}}`, `status=-7`, `status=low`},
	{`{fields: {user: {exists: true}}}`, `{"user":""}`, `{"user":null}`},
	{`{fields: {user: {exists: false}}}`, `a=b`, `user=root`},
	{`{fields: {path: {contains: /api}}}`, `{"path":"\/api\/x"}`, `{"path":"/x","q":"/api"}`},
	{`{fields: {path: {contains: API}}, ignore_case: true}`, `path=/api/x`, `path=/x`},
	{`{fields: {path: {regex: '^/api/\d+$'}}}`, `path=/api/12`, `path=/api/x`},
	{`{fields: {path: {glob: '*.php'}}}`, `path=/a.php`, `path=/a.php5`},
	{`{fields: {http.status: 503, level: error}}`, `{"level":"error","http":{"status":503}}`, `{"level":"error","status":503}`},
	{`{fields: {level: error}, contains: disk}`, `level=error msg="disk full"`, `level=error`},
	{`{any: [{fields: {level: error}}, {contains: PANIC}]}`, `PANIC: x`, `level=info`},
	{`{all: [{fields: {level: error}}, {regex: 'sd[a-z]'}]}`, `level=error dev=sda`, `level=error`},
	{`{contains: disk, not: [{fields: {level: debug}}]}`, `level=info disk`, `level=debug disk`},
	{`{contains: disk, not: [{contains: test}, {fields: {level: debug}}]}`, `disk`, `disk test`},
	{`{not: [{not: [{fields: {level: error}}]}]}`, `level=error`, `level=info`},
	{`{where: 'status >= 500 and path startsWith "/api"'}`, `status=503 path=/api/x`, `status=503 path=/x`},
	{`{where: 'level in ["error", "fatal"] or status > 499'}`, `status=500`, `level=info status=200`},
	{`{where: 'user != "root"', contains: login}`, `login user=bob`, `login`},
	{`{glob: '*disk * full*'}`, `the disk sda is full!`, `disk full`},
	{`{glob: 'a?[0-9][!x].'}`, `ab1y.`, `ab1x.`},
	{`{glob: 'Ä*', ignore_case: true}`, `ärger`, `arger`},
	{`{contains_any: [sda, sdb]}`, `bad sdb`, `bad sdc`},
	{`{contains_any: [sda, sdb], ignore_case: true}`, `bad SDB`, `bad sdc`},
	{`{fields: {program: sshd, message: {contains: Failed}}}`, `Oct 11 22:14:15 h sshd[1]: Failed password`, `Oct 11 22:14:15 h sudo[1]: Failed sshd`},
	{`{fields: {status: {gte: 500}, method: POST}}`, `1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "POST /x HTTP/1.1" 502 12 "-" "curl"`, `1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET /POST HTTP/1.1" 502 12 "-" "curl"`},
	{`{fields: {syslog.severity: crit}}`, `<34>Oct 11 22:14:15 h su: x`, `<35>Oct 11 22:14:15 h su: crit`},
}

func ruleOf(id int, clause string) string {
	return fmt.Sprintf("  - {id: r%d, title: t, severity: info, match: %s}\n", id, clause)
}

func TestClauses(t *testing.T) {
	for _, c := range clauses {
		set := load(t, "rules:\n"+ruleOf(0, c.clause))
		tester, err := set.Rules[0].Match.Tester()
		if err != nil {
			t.Fatal(err)
		}
		view := set.View(rules.Source{})
		for record, want := range map[string]bool{c.yes: true, c.no: false} {
			found := len(view.Scan([]byte("before\n"+record+"\nafter\n"), nil)) > 0
			if got := tester.Holds([]byte(record)); got != want || found != want && !strings.Contains(c.clause, "exists: false") {
				t.Errorf("%s: holds %v, found %v, want %v of %s", c.clause, got, found, want, record)
			}
		}
	}
}

// FuzzScanFindsWhatHolds: the engine's candidates never leave out a record that
// satisfies a clause about fields.
func FuzzScanFindsWhatHolds(f *testing.F) {
	src := "rules:\n"
	for i, c := range clauses {
		src += ruleOf(i, c.clause)
		f.Add([]byte(c.yes))
		f.Add([]byte(c.no))
	}
	file := filepath.Join(f.TempDir(), "r.yaml")
	if err := os.WriteFile(file, []byte(src), 0o600); err != nil {
		f.Fatal(err)
	}
	set, problems := rules.Load([]string{file}, nil)
	if err := problems.Err(); err != nil {
		f.Fatal(err)
	}
	testers := make([]rules.Tester, len(set.Rules))
	for i, r := range set.Rules {
		var err error
		if testers[i], err = r.Match.Tester(); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, record []byte) {
		line, _, _ := strings.Cut(string(record), "\n")
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			return
		}
		found := map[int]bool{}
		for _, m := range set.View(rules.Source{}).Scan([]byte(line+"\n"), nil) {
			found[m.Rule] = true
		}
		for i := range testers {
			if holds := testers[i].Holds([]byte(line)); holds != found[i] {
				t.Errorf("%s: holds %v, found %v of %q", clauses[i].clause, holds, found[i], line)
			}
		}
	})
}

func TestEqualityGivesTheEngineALiteral(t *testing.T) {
	for clause, want := range map[string]string{
		`{fields: {pet: zebra}}`:                                  "zebra",
		`{fields: {pet: zebra}, ignore_case: true}`:               "zebra",
		`{fields: {pet: [zebra, kangaroo]}}`:                      "kangaroo zebra",
		`{fields: {code: 87512}}`:                                 "87512",
		`{fields: {path: {contains: '/kangaroo/'}}}`:              "kangaroo",
		`{fields: {path: {regex: '^zebra-\d+$'}}}`:                "zebra-",
		`{where: 'pet == "zebra" and status >= 500'}`:             "zebra",
		`{where: 'pet in ["zebra"] or path contains "kangaroo"'}`: "kangaroo zebra",
		`{any: [{contains: panicking}, {fields: {pet: zebra}}]}`:  "panicking zebra",
		`{fields: {status: {gte: 500}}}`:                          "",
		`{fields: {syslog.severity: emergency}}`:                  "",
		`{where: 'status == 87512'}`:                              "",
		`{glob: '*zebra*full*'}`:                                  "zebra",
	} {
		set := load(t, "rules:\n"+ruleOf(0, clause))
		var got []string
		for _, l := range set.Rules[0].Match.Literals() {
			if !strings.HasPrefix(l, `\u`) { // a character of it, escaped
				got = append(got, l)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", clause, got, want)
		}
	}
}

func TestGroupsWinOverFieldsAndTheHostIsTheAgents(t *testing.T) {
	set := load(t, `
rules:
  - id: a
    title: "{{ .user }} {{ .http.status }} {{ .host }}"
    severity: info
    match: {regex: 'for (?P<user>\w+)', fields: {host: {exists: true}, level: error}}
    key: [pod]
    examples:
      match: ['{"level":"error","host":"h","user":"u","pod":"p","msg":"for bob","http":{"status":1}}']
`)
	record := []byte(`{"level":"error","host":"h","user":"u","pod":"p","other":"o","msg":"for bob","http":{"status":503}}`)
	found := set.View(rules.Source{}).Scan(record, nil)
	if len(found) != 1 {
		t.Fatal("not found")
	}
	want := map[string]string{"user": "bob", "pod": "p", "level": "error", "http.status": "503"}
	if diff := cmp.Diff(want, set.Fields(found[0], record)); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestCapturesComeFromTheBranchThatHolds(t *testing.T) {
	set := load(t, `
rules:
  - id: a
    title: t
    severity: info
    match:
      any:
        - {regex: 'x(?P<n>\d)', fields: {level: error}}
        - {regex: 'y(?P<n>\d)'}
`)
	record := []byte(`level=info x1 y2`)
	found := set.View(rules.Source{}).Scan(record, nil)
	if got := set.Fields(found[0], record)["n"]; got != "2" {
		t.Errorf("n = %q", got)
	}
}

func TestASourceSaysHowItsRecordsAreTakenApart(t *testing.T) {
	set := load(t, `
rules:
  - id: a
    title: "{{ .text }}"
    severity: info
    match: {fields: {level: error}}
    key: [text]
    examples:
      format: {csv: [time, level, text], separator: ';'}
      match: ['12:00;error;disk full']
      no_match: ['12:00;info;error']
`)
	chunk := []byte("12:00;error;disk full\nlevel=error\n")
	csv := &field.Format{Name: field.CSV, Columns: []string{"time", "level", "text"}, Separator: ';'}
	found := set.View(rules.Source{Format: csv}).Scan(chunk, nil)
	if len(found) != 1 || set.Fields(found[0], chunk[:found[0].End])["text"] != "disk full" {
		t.Errorf("found %+v", found)
	}
	if found := set.View(rules.Source{}).Scan(chunk, nil); len(found) != 1 || found[0].Start == 0 {
		t.Errorf("without a format found %+v", found)
	}
}
