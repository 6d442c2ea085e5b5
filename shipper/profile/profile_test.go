package profile_test

import (
	"strings"
	"testing"

	"github.com/thirdline/thirdline/shipper/profile"
)

func TestEveryBuiltinProfileIsSound(t *testing.T) {
	names := profile.Names()
	if len(names) < 3 {
		t.Fatal("profiles are missing", names)
	}
	for _, name := range names {
		data, err := profile.Source(name)
		if err != nil {
			t.Fatal(err)
		}
		p, problems := profile.Parse(name+".yaml", data)
		for _, problem := range problems {
			t.Error(problem)
		}
		if len(problems) == 0 && (p.Title == "" || p.Name != name) {
			t.Errorf("%s: title %q, name %q", name, p.Title, p.Name)
		}
	}
}

const sound = `title: Desk
class: find
settings:
  url: {required: true}
find:
  - url: "{{ .V.url }}/find?fp={{ .FP }}"
    expect: {match: {0.fp: "{{ .FP }}"}, capture: {id: 0.id}}
create:
  - {method: POST, url: "{{ .V.url }}/new", body: '{"title": {{ json .Title }}}', expect: {capture: {id: id}}}
seen:
  - {url: "{{ .V.url }}/{{ .R.id }}", expect: {contains: "{{ .Marker }}"}}
resolve:
  - {method: POST, url: "{{ .V.url }}/{{ .R.id }}/close"}
`

// TestBadProfilesAreRefusedWithTheirPlace damages a sound one in one place each.
func TestBadProfilesAreRefusedWithTheirPlace(t *testing.T) {
	if _, problems := profile.Parse("desk.yaml", []byte(sound)); len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, c := range []struct{ name, old, with, want string }{
		{"a find that proves nothing", `match: {0.fp: "{{ .FP }}"}, `, ``, "desk.yaml:6:1: find does not prove that the ticket it finds carries the fingerprint [unproven-find]"},
		{"a find that compares something else", `{0.fp: "{{ .FP }}"}`, `{0.fp: "x"}`, "[unproven-find]"},
		{"a seen that proves nothing", `contains: "{{ .Marker }}"`, `status: [200]`, "[unproven-seen]"},
		{"no find", "find:\n  - url: \"{{ .V.url }}/find?fp={{ .FP }}\"\n    expect: {match: {0.fp: \"{{ .FP }}\"}, capture: {id: 0.id}}\n", "", "desk.yaml:1:1: a profile of class find has to have a find [missing-op]"},
		{"no create", "create:\n", "update:\n", "has no create [missing-op]"},
		{"an unknown key", "class:", "klass:", `desk.yaml:2:1: unknown key "klass" [unknown-key]`},
		{"an unknown class", "class: find", "class: found", `desk.yaml:2:8: unknown class "found" [unknown-class]`},
		{"a setting that is not there", "{{ .V.url }}/new", "{{ .V.link }}/new", `desk.yaml:9:25: the template cannot be filled in: map has no entry for key "link" [template]`},
		{"a field that is not there", "json .Title", "json .Titel", "can't evaluate field Titel"},
		{"what nothing captured", "{{ .R.id }}/close", "{{ .R.key }}/close", `map has no entry for key "key"`},
		{"a template that is none", "{{ json .Title", "{{ json (.Title", "not a valid template"},
		{"a function that is none", "json .Title", "shell .Title", `function "shell" not defined`},
		{"two requests that must not be sent twice", "resolve:\n", "resolve:\n  - {method: POST, url: \"{{ .V.url }}\"}\n", "two-effects"},
		{"a method that is none", "method: POST, url: \"{{ .V.url }}/new\"", "method: SEND, url: \"{{ .V.url }}/new\"", "desk.yaml:9:14: unknown method"},
		{"no URL", `, url: "{{ .V.url }}/new"`, "", "a step needs a url"},
		{"a pattern that is none", `expect: {capture: {id: id}}`, `expect: {fail_if: "(", capture: {id: id}}`, "bad-pattern"},
		{"a fix that writes", "resolve:\n", "fix:\n  - {method: POST, url: \"{{ .V.url }}\", expect: {capture: {fix: x}}}\nresolve:\n", "writing-fix"},
		{"a fix that says nothing", "resolve:\n", "fix:\n  - {url: \"{{ .V.url }}\"}\nresolve:\n", "no-fix"},
		{"a reserved setting", "url: {required: true}", "url: {required: true}\n  rate: {}", `"rate" cannot be a setting`},
		{"a duplicate key", "title: Desk\n", "title: Desk\ntitle: Desk\n", "stands here a second time"},
		{"an alias", "title: Desk", "title: &a Desk", "[alias]"},
		{"no YAML", "title: Desk", "title: [", "not valid YAML"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(sound, c.old, c.with, 1)
			if text == sound {
				t.Fatal("the damage does not fit")
			}
			_, problems := profile.Parse("desk.yaml", []byte(text))
			var said []string
			for _, p := range problems {
				said = append(said, p.Error())
			}
			if all := strings.Join(said, "\n"); !strings.Contains(all, c.want) {
				t.Errorf("said %q, want %q", all, c.want)
			}
		})
	}
}
