package yamldoc_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/rules/yamldoc"
)

type inner struct {
	Name string            `yaml:"name,required"`
	Wait time.Duration     `yaml:"wait"`
	Cap  yamldoc.Bytes     `yaml:"cap"`
	Tags []string          `yaml:"tags"`
	Map  map[string]string `yaml:"map"`
	On   bool              `yaml:"on"`
	N    int               `yaml:"n"`
	F    float64           `yaml:"f"`
}

type outer struct {
	Pos   yamldoc.Pos  `yaml:",pos"`
	Items []inner      `yaml:"items"`
	Text  yamldoc.Text `yaml:"text"`
}

func env(name string) (string, bool) { return "from-" + name, name != "UNSET" }

func TestDecodeFillsEveryKind(t *testing.T) {
	src := "text: !env 'a ${HOME} b'\nitems:\n  - {name: x, wait: 7d, cap: 64KiB, tags: [a, b], map: {k: '${HOME}'}, on: true, n: 3, f: 1.5}\n"
	var got outer
	d := yamldoc.Decode("f.yaml", []byte(src), &got, env)
	if err := d.Problems.Err(); err != nil {
		t.Fatal(err)
	}
	want := outer{
		Pos: yamldoc.Pos{Line: 1, Column: 1}, Text: yamldoc.Text{Pos: yamldoc.Pos{Line: 1, Column: 7}, Value: "a from-HOME b"},
		Items: []inner{{Name: "x", Wait: 7 * 24 * time.Hour, Cap: 64 << 10, Tags: []string{"a", "b"}, Map: map[string]string{"k": "${HOME}"}, On: true, N: 3, F: 1.5}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

func TestDecodeReportsAllProblemsWithTheirPlace(t *testing.T) {
	for name, tc := range map[string]struct {
		src  string
		want []string
	}{
		"unknown, missing and wrong types at once": {
			"items:\n  - nane: x\n    wait: soon\n    cap: big\n    n: many\n    on: 'true'\n    tags: one\n",
			[]string{
				`f.yaml:2:5: key "name" is missing [missing-key]`,
				`f.yaml:2:5: unknown key "nane" [unknown-key]`,
				`f.yaml:3:11: expected a duration, found "soon" [wrong-type]`,
				`f.yaml:4:10: expected a size, found "big" [wrong-type]`,
				`f.yaml:5:8: expected a whole number, found "many" [wrong-type]`,
				`f.yaml:6:9: expected true or false, found "true" [wrong-type]`,
				`f.yaml:7:11: expected a list, found text [wrong-type]`,
			},
		},
		"duplicate key":   {"text: a\ntext: b\n", []string{`f.yaml:2:1: key "text" stands here a second time; first at line 1 [duplicate-key]`}},
		"duplicate entry": {"items:\n  - name: x\n    map: {k: a, k: b}\n", []string{`f.yaml:3:17: key "k" stands here a second time; first at line 3 [duplicate-key]`}},
		"unset variable":  {"text: !env ${UNSET}\n", []string{`f.yaml:1:7: environment variable UNSET is not set [env]`}},
		"alias":           {"text: &a x\nitems: *a\n", []string{`f.yaml:1:7: anchors and aliases are not taken [alias]`}},
		"second document": {"text: a\n---\ntext: b\n", []string{`f.yaml:2:1: a file holds one YAML document [second-document]`}},
		"no mapping":      {"- a\n", []string{`f.yaml:1:1: expected a mapping, found a list [wrong-type]`}},
		"bad syntax":      {"text: a\n  b: c\n", []string{`f.yaml:2:3: not valid YAML: mapping values are not allowed in this context [syntax]`}},
		"unknown tag":     {"text: !sh x\n", []string{`f.yaml:1:7: unknown tag !sh [unknown-tag]`}},
		"empty file":      {"", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var dst outer
			d := yamldoc.Decode("f.yaml", []byte(tc.src), &dst, env)
			d.Problems.Sort()
			var got []string
			for _, p := range d.Problems {
				got = append(got, p.Error())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSecretsFromTheEnvironmentStayOutOfMessages(t *testing.T) {
	var dst inner
	d := yamldoc.Decode("f.yaml", []byte("name: x\nn: !env ${TOKEN}\n"), &dst, env)
	if len(d.Problems) != 1 || strings.Contains(d.Problems.Error(), "from-TOKEN") {
		t.Errorf("problems = %v", d.Problems)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"items: []", "a: &b [*b]", "- - - -", "text: !env ${", "\x00", "items: [{name: 1}]"} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, s string) {
		var dst outer
		yamldoc.Decode("f.yaml", []byte(s), &dst, env)
	})
}
