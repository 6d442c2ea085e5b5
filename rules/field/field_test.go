package field_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/rules/field"
)

func all(format *field.Format, record string) map[string]string {
	var f field.Fields
	f.Reset(format, []byte(record))
	out := map[string]string{}
	for _, n := range f.Names() {
		out[n], _ = f.Text(n)
	}
	return out
}

func TestFormats(t *testing.T) {
	type fields = map[string]string
	for _, c := range []struct {
		name, format, record string
		want                 fields
	}{
		{
			"nested JSON", "json", `{"level":"error","http":{"status":503,"ok":false},"tags":["a",{"b":null,"c":"d"}],"e":{}, "f":[]}`,
			fields{"level": "error", "http.status": "503", "http.ok": "false", "tags.0": "a", "tags.1.c": "d"},
		},
		{"JSON's escapes", "json", `{"a\u0062":"x\ty \"q\" \u00e9 \ud83d\ude00 \ud83d \/"}`, fields{"ab": "x\ty \"q\" é 😀 \ufffd /"}},
		{"JSON that was cut off", "json", `{"a":1,"b":"two","c":"thr`, fields{"a": "1", "b": "two"}},
		{"the first of two wins", "json", `{"a":1,"a":2}`, fields{"a": "1"}},
		{"no JSON", "json", `level=error`, fields{}},
		{"words that JSON has not", "json", `{"a":1,"b":undefined,"c":2}`, fields{"a": "1"}},
		{
			"logfmt", "logfmt", `ts=2026-11-24T12:00:00Z level=error msg="disk \"sda\" is full" err= retry dur=1.5s`,
			fields{"ts": "2026-11-24T12:00:00Z", "level": "error", "msg": `disk "sda" is full`, "err": "", "retry": "", "dur": "1.5s"},
		},
		{
			"key=value in free text", "keyvalue", `login failed (user=root, from='10.0.0.1'); "reason"="bad key" tries=3 a == b`,
			fields{"user": "root", "from": "10.0.0.1", "reason": "bad key", "tries": "3"},
		},
		{
			"RFC 3164", "syslog", `<34>Oct  1 22:14:15 mymachine su[23]: 'su root' failed for lonvick: no`,
			fields{"pri": "34", "syslog.facility": "auth", "syslog.severity": "crit", "timestamp": "Oct  1 22:14:15", "hostname": "mymachine", "program": "su", "pid": "23", "message": "'su root' failed for lonvick: no"},
		},
		{
			"a syslog file with RFC 3339 times", "syslog", `2026-11-24T12:00:00.123456+01:00 db1 kernel: sda: I/O error`,
			fields{"timestamp": "2026-11-24T12:00:00.123456+01:00", "hostname": "db1", "program": "kernel", "message": "sda: I/O error"},
		},
		{
			"RFC 5424", "syslog", `<165>1 2003-10-11T22:14:15.003Z mymachine evntslog - ID47 [ex@1 iut="3" src="A\"\]\\"][two x="y"] An event`,
			fields{"pri": "165", "syslog.facility": "local4", "syslog.severity": "notice", "timestamp": "2003-10-11T22:14:15.003Z", "hostname": "mymachine", "program": "evntslog", "msgid": "ID47", "ex@1.iut": "3", "ex@1.src": `A"]\`, "two.x": "y", "message": "An event"},
		},
		{
			"combined access log", "access", `10.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif?x=1 HTTP/1.0" 200 2326 "http://a/b" "Mozilla/4.08 \"x\""`,
			fields{"client": "10.0.0.1", "user": "frank", "timestamp": "10/Oct/2000:13:55:36 -0700", "request": "GET /a.gif?x=1 HTTP/1.0", "method": "GET", "path": "/a.gif", "query": "x=1", "protocol": "HTTP/1.0", "status": "200", "bytes": "2326", "referer": "http://a/b", "user_agent": `Mozilla/4.08 \"x\"`},
		},
		{
			"common access log behind a host", "access", `www:80 ::1 - - [10/Oct/2000:13:55:36 -0700] "-" 408 -`,
			fields{"vhost": "www:80", "client": "::1", "timestamp": "10/Oct/2000:13:55:36 -0700", "status": "408"},
		},
		{
			"klog", "klog", `E1124 12:34:56.789012   12345 pod.go:123] "Failed \"it\"" err="no room" pod="a/b"`,
			fields{"level": "E", "timestamp": "1124 12:34:56.789012", "pid": "12345", "file": "pod.go", "line": "123", "message": `Failed "it"`, "err": "no room", "pod": "a/b"},
		},
		{"auto: JSON", "auto", `{"level":"error"}`, fields{"level": "error"}},
		{"auto: JSON behind a prefix", "auto", `app-1  | {"level":"error"}`, fields{"level": "error"}},
		{
			"auto: JSON in syslog", "auto", `Oct 11 22:14:15 h app: {"level":"error"}`,
			fields{"timestamp": "Oct 11 22:14:15", "hostname": "h", "program": "app", "message": `{"level":"error"}`, "level": "error"},
		},
		{
			"auto: pairs in syslog", "auto", `Oct 11 22:14:15 h kernel: DROP SRC=1.2.3.4 DPT=22`,
			fields{"timestamp": "Oct 11 22:14:15", "hostname": "h", "program": "kernel", "message": `DROP SRC=1.2.3.4 DPT=22`, "SRC": "1.2.3.4", "DPT": "22"},
		},
		{
			"auto: access log in syslog", "auto", `Oct 11 22:14:15 h nginx: 10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 500 1`,
			fields{"timestamp": "Oct 11 22:14:15", "hostname": "h", "program": "nginx", "message": `10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 500 1`, "client": "10.0.0.1", "request": "GET / HTTP/1.0", "method": "GET", "path": "/", "protocol": "HTTP/1.0", "status": "500", "bytes": "1"},
		},
		{"auto: text with braces", "auto", `set {a, b} of x=1 {c}`, fields{"x": "1"}},
		{"auto: nothing", "auto", `nothing to see`, fields{}},
		{"none", "none", `a=b`, fields{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, all(&field.Format{Name: c.format}, c.record)); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCSVGivesColumnsTheirNames(t *testing.T) {
	f := &field.Format{Name: field.CSV, Columns: []string{"time", "-", "level", "text", "more"}, Separator: ';'}
	want := map[string]string{"time": "12:00", "level": "error", "text": `a "b"; c`}
	if diff := cmp.Diff(want, all(f, `12:00;skipped;error;"a ""b""; c"`)); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]float64{"500": 500, "-1.5": -1.5, "+2": 2, "1e3": 1000, ".5": .5} {
		if got, ok := field.Number([]byte(text)); !ok || got != want {
			t.Errorf("%s: %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "5x", "0x10", "Inf", "NaN", "1_000", "-", "1.2.3", strings.Repeat("1", 100)} {
		if n, ok := field.Number([]byte(text)); ok {
			t.Errorf("%q is the number %v", text, n)
		}
	}
}

func TestAHostileRecordIsBounded(t *testing.T) {
	long := strings.Repeat("k", 10_000)
	for name, record := range map[string]string{
		"deep":      strings.Repeat(`{"a":`, 100_000),
		"lists":     `{"a":` + strings.Repeat(`[`, 100_000),
		"long name": `{"` + long + `":{` + strings.Repeat(`"`+long+`":1,`, 100) + `"x":1}}`,
		"many":      `{` + strings.Repeat(`"a":{"b":{}},`, 100_000) + `"x":1}`,
		"pairs":     strings.Repeat(`a=b `, 100_000),
		"quotes":    strings.Repeat(`a="b `, 100_000),
		"equals":    strings.Repeat(`=`, 100_000),
	} {
		var f field.Fields
		f.Reset(nil, []byte(record))
		if n := len(f.Names()); n > field.MaxFields {
			t.Errorf("%s: %d fields", name, n)
		}
	}
}

func formats() []*field.Format {
	out := []*field.Format{nil, {Name: field.CSV, Columns: []string{"a", "b", "c"}, Separator: ','}}
	for _, n := range []string{"json", "logfmt", "keyvalue", "syslog", "access", "klog"} {
		out = append(out, &field.Format{Name: n})
	}
	return out
}

// FuzzFields: whatever the bytes, there is an answer; and what is said of Literal
// holds, for the match engine leaves out the records without it.
func FuzzFields(f *testing.F) {
	for _, s := range []string{
		`{"a":{"b":[1,"\u0065\n",null]}}`, `a="b\"c" d=e`, `<34>1 - - - - - [x y="\]"] m`, `Oct 11 22:14:15 h a[1]: b=c`,
		`::1 - - [x] "GET /?q HTTP/1.0" 200 - "" "a"`, `E1124 12:34:56.789012 1 a.go:1] "m" a="b"`, `a,"b ""c""",`, "{\"a\":\"\xff\\u12\"}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, record []byte) {
		for _, format := range formats() {
			var fields field.Fields
			fields.Reset(format, record)
			for _, name := range fields.Names() {
				value, ok := fields.Value(name)
				if !ok {
					t.Fatalf("%q is named and not there", name)
				}
				if strings.HasPrefix(name, "syslog.") {
					continue
				}
				literal := field.Literal(string(value))
				if !bytes.Contains(record, []byte(literal)) && !regexp.MustCompile(field.Escaped(literal, false)).Match(record) {
					t.Errorf("%q of %q is %q: its literal is not in the record", name, record, value)
				}
			}
		}
	})
}

func BenchmarkFields(b *testing.B) {
	for _, c := range []struct{ name, record, field string }{
		{"json", `{"time":"2026-11-24T12:00:00Z","level":"error","logger":"http","msg":"request failed","request":{"method":"GET","path":"/api/v1/x","status":503,"bytes":1234},"took":0.25}`, "request.status"},
		{"logfmt", `time=2026-11-24T12:00:00Z level=error logger=http msg="request failed" method=GET path=/api/v1/x status=503 bytes=1234 took=0.25`, "status"},
		{"access", `10.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /api/v1/x HTTP/1.1" 503 2326 "http://a/b" "Mozilla/4.08"`, "status"},
		{"syslog", `Nov 24 22:14:15 db1 postgres[4711]: ERROR: invalid page in block 7 of relation base/1`, "program"},
	} {
		b.Run(c.name, func(b *testing.B) {
			var f field.Fields
			record := []byte(c.record)
			b.SetBytes(int64(len(record)))
			b.ReportAllocs()
			for b.Loop() {
				f.Reset(nil, record)
				if _, ok := f.Value(c.field); !ok {
					b.Fatal(fmt.Sprint("no ", c.field))
				}
			}
		})
	}
}
