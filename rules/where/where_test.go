package where_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/thirdline/thirdline/rules/field"
	"github.com/thirdline/thirdline/rules/where"
)

const record = `{"level":"error","status":503,"path":"/api/x","took":"0.25","user":"","http":{"code":7},"tags":["a","b"],"x-y":"z","ok":true,"big":1e3}`

func TestExpressions(t *testing.T) {
	for source, want := range map[string]bool{
		`level == "error"`:                            true,
		`level != "error"`:                            false,
		`"error" == level`:                            true,
		`status >= 500 and path startsWith "/api"`:    true,
		`status >= 500 && status < 503`:               false,
		`status == "503"`:                             true,
		`status in [502, 503]`:                        true,
		`status in ["502"]`:                           false,
		`level in ["fatal", "error"]`:                 true,
		`level not in ["fatal"]`:                      true,
		`took * 1000 > 200`:                           true,
		`big == 1000`:                                 true,
		`http.code == 7`:                              true,
		`http["code"] + 1 == 8`:                       true,
		`http?.code == 7`:                             true,
		`tags[1] == "b"`:                              true,
		`field("x-y") == "z"`:                         true,
		`ok`:                                          true,
		`not ok`:                                      false,
		`ok == true`:                                  true,
		`user == ""`:                                  true,
		`path matches "^/api/[a-z]$"`:                 true,
		`path endsWith "y" or level contains "rro"`:   true,
		`lower(level) == "error" and len(level) == 5`: true,
		`level | upper() == "ERROR"`:                  true,
		`max(status, 1) > 502`:                        true,
		`ok ? status > 500 : status > 600`:            true,
		`(ok ? status : 0) == 503`:                    true,
		`has(level) and not has(nothing)`:             true,
		`has(field("x-y"))`:                           true,
		`level > "aaa"`:                               true,
		`-status < 0`:                                 true,
		`status / 0 > 1`:                              true,
		`nothing == "x"`:                              false,
		`nothing != "x"`:                              false,
		`nothing == ""`:                               false,
		`nothing > 5`:                                 false,
		`nothing < 5`:                                 false,
		`nothing != 5`:                                false,
		`not (nothing == "x")`:                        true,
		`nothing == "x" or level == "error"`:          true,
		`nothing`:                                     false,
		`nothing.at.all == "x"`:                       false,
		`nothing in [1]`:                              false,
		`nothing not in [1]`:                          true,
		`level > 5`:                                   false,
		`level != 5`:                                  true,
	} {
		p, err := where.Compile(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		var fields field.Fields
		fields.Reset(nil, []byte(record))
		var m where.Machine
		if got := m.Holds(p, &fields); got != want {
			t.Errorf("%s: %v, want %v", source, got, want)
		}
	}
}

func TestFaultsHaveTheirPlace(t *testing.T) {
	for source, want := range map[string]string{
		`status >`:                      "7: the expression ends too early",
		`status >= 500 and level = "x"`: "24: unexpected token Operator(\"=\")",
		`level == 5 and "a" > 5`:        "19: this compares a text with a number",
		`"a" + 1 == 2`:                  "0: this is a text, and a number is asked for",
		`level contains 5`:              "15: this is a number, and a text is asked for",
		`é == "x" and now() > 1`:        "14: where has no function now",
		`lenn(level) > 1`:               `0: where has no function lenn`,
		`len() > 1`:                     "0: len takes 1 values at most and one at least",
		`path matches "("`:              "13: missing closing ): `(`",
		`path matches level`:            "13: what follows matches does not stand fast",
		`level in tags`:                 "9: what follows in is no list of values",
		`status in 1..9`:                "11: what follows in is no list of values",
		`level == nil`:                  "9: a field is never nil",
		`status + 1`:                    "7: this is a number, and neither true nor false",
		`(level ?? "x") == "y"`:         "7: where has no operator ??",
		`any(tags, # == "a")`:           "0: where has no function any",
		`let x = 1; x > 0`:              "4: this cannot stand in where",
		`ok > true`:                     "3: true and false have no order",
		`has("x")`:                      "0: has asks for one field",
		``:                              "0: the expression ends too early",
		strings.Repeat("a", 5000):       "0: the expression is longer than 4096 bytes",
		strings.Repeat("!", 600) + "ok": "",
		strings.Repeat("(", 1000):       "",
		`level == "x" ? 1 : "y"`:        "15: this is a number, and true or false is asked for",
	} {
		p, err := where.Compile(source)
		var fault *where.Error
		if p != nil || !errors.As(err, &fault) {
			t.Errorf("%s: taken, %v", source, err)
			continue
		}
		if got := fmt.Sprintf("%d: %s", fault.Offset, fault.Message); want != "" && got != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
}

func TestNamesAreTheFieldsAnExpressionSpeaksOf(t *testing.T) {
	p, err := where.Compile(`a.b == "x" and has(c) or d > 1 and a.b != "y"`)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(p.Names(), " "); got != "a.b c d" {
		t.Errorf("names = %s", got)
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{`a == "b"`, `a.b[0] in [1,2]`, `has(x) ? len(y) > 1 : not z`, `{a: 1}`, `a[1:2] == "x"`, `#`, `$env`, `a matches "("`, "let a = 1; a"} {
		f.Add(s, record)
	}
	f.Fuzz(func(t *testing.T, source, record string) {
		p, err := where.Compile(source)
		if err != nil {
			var fault *where.Error
			if !errors.As(err, &fault) || fault.Offset < 0 || fault.Offset > len(source) {
				t.Errorf("%q: %v", source, err)
			}
			return
		}
		var fields field.Fields
		fields.Reset(nil, []byte(record))
		var m where.Machine
		m.Holds(p, &fields)
	})
}

func BenchmarkHolds(b *testing.B) {
	p, err := where.Compile(`status >= 500 and path startsWith "/api"`)
	if err != nil {
		b.Fatal(err)
	}
	var fields field.Fields
	fields.Reset(nil, []byte(record))
	var m where.Machine
	b.ReportAllocs()
	for b.Loop() {
		if !m.Holds(p, &fields) {
			b.Fatal("does not hold")
		}
	}
}
