package template_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/thirdline/thirdline/rules/template"
)

func TestOfALine(t *testing.T) {
	for line, want := range map[string]string{
		"":               "",
		"  plain words ": "plain words",
		"Nov 25 07:38:15 web1 sshd[4711]: Failed password for root from 192.0.2.7 port 40022 ssh2": "* web* sshd[*]: Failed password for root from * port * ssh*",
		"2026-11-25T07:38:15.123Z ERROR took 12 ms, or 1.5s":                                       "* ERROR took *, or *",
		"[Sun Dec 04 04:47:44 2005] [error] mod_jk child workerEnv in error state 6":               "[*] [error] mod_jk child workerEnv in error state *",
		"eth0: link up, 1000 Mbps":                                    "eth*: link up, *",
		"read /var/log/app.log and https://example.com/x?y=1, done":   "read * and *, done",
		"peer 2001:db8::1 and 00:1b:44:11:3a:b7":                      "peer * and *",
		"lookup of db.internal and of java.lang.String":               "lookup of * and of java.lang.String",
		"uid=root ttl=\"two words\" state=failed; n=7":                "uid=* ttl=* state=failed; n=*",
		"unclosed key=\"value here":                                   "unclosed key=\"value here",
		"ids 1, 2, 3 and (4) of [5:6]":                                "ids * and (*) of [*]",
		"failed. failed! ok...":                                       "failed. failed! ok.",
		"größer als naïve\tZeichen 5":                                 "größer als naïve Zeichen *",
		"first line\n  second line":                                   "first line",
		"nul \x00 and \x1b[31mred":                                    "nul and [*",
		"a " + strings.Repeat("x", 65):                                "a *",
		"blk_3587508140051953248 is 0xdeadbeef or 5f4dcc3b5aa765d61d": "* is * or *",
	} {
		if got := template.Of(line); got != want {
			t.Errorf("template of %q\n got %q\nwant %q", line, got, want)
		}
	}
}

func TestATemplateIsBounded(t *testing.T) {
	if got := template.Of(strings.Repeat("ab ", 100000)); len(got) > 96*3 {
		t.Errorf("%d bytes", len(got))
	}
}

func TestWordsThatChangeVary(t *testing.T) {
	for name, tc := range map[string]struct {
		lines []string
		want  []string // the templates that are new
	}{
		"a plain word varies from its fifth on": {
			lines: strings.Split("the shop sold one apple to us|the shop sold one pear to us|the shop sold one plum to us|the shop sold one fig to us|the shop sold one kiwi to us|the shop sold one nut to us", "|"),
			want:  strings.Split("the shop sold one apple to us|the shop sold one pear to us|the shop sold one plum to us|the shop sold one fig to us|the shop sold one kiwi to us", "|"),
		},
		"a name varies from its third on": {
			lines: strings.Split("the service app.one began its work|the service app.two began its work|the service app.six began its work|the service app.ten began its work", "|"),
			want:  strings.Split("the service app.one began its work|the service app.two began its work|the service app.six began its work", "|"),
		},
		"what from introduces varies from its second on": {
			lines: strings.Split("a message from anna arrived|a message from bert arrived|a message from carl arrived", "|"),
			want:  strings.Split("a message from anna arrived|a message from bert arrived", "|"),
		},
		"what tells how it went never varies": {
			lines: strings.Split("job of user a failed|job of user b failed|job of user c failed|job of user c succeeded", "|"),
			want:  strings.Split("job of user a failed|job of user b failed|job of user c succeeded", "|"),
		},
		"names that change together vary from the third pair on": {
			lines: strings.Split("user a on host x|user b on host y|user c on host z|user d on host q", "|"),
			want:  strings.Split("user a on host x|user b on host y|user c on host z", "|"),
		},
		"a number alone is nothing new": {lines: []string{"took 5 ms", "took 7.5 s"}, want: []string{"took *"}},
	} {
		t.Run(name, func(t *testing.T) {
			var known template.Known
			var got []string
			for _, line := range tc.lines {
				// a restart between any two lines changes nothing
				known = template.Known{Texts: slices.Clone(known.Texts)}
				if merged, isNew := known.Learn(template.Of(line)); isNew {
					got = append(got, merged)
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("new are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
			}
		})
	}
}

// letters spells a number without digits.
func letters(n int) string {
	return strings.Map(func(r rune) rune { return r - '0' + 'g' }, strconv.Itoa(n))
}

func TestWhatIsKnownIsBounded(t *testing.T) {
	var known template.Known
	for n := range 3 * template.MaxTexts {
		known.Learn(letters(n) + " failed")
	}
	if n := len(known.Texts); n > template.MaxTexts || n < template.MaxTexts/2 {
		t.Errorf("%d texts are kept", n)
	}
	if w := known.Weight(); w > 8<<20 {
		t.Errorf("they weigh %d bytes", w)
	}
	if _, isNew := known.Learn(letters(3*template.MaxTexts-1) + " failed"); isNew {
		t.Error("the last one is forgotten")
	}
	if _, isNew := known.Learn(letters(0) + " failed"); !isNew {
		t.Error("the first one is known still")
	}
}

// FuzzKnown holds what is restored to what lived on.
func FuzzKnown(f *testing.F) {
	f.Add("user a on x\nuser b on x\nuser c on y\n\n* * [\nk=\"v")
	f.Fuzz(func(t *testing.T, lines string) {
		var lives template.Known
		for line := range strings.Lines(lines) {
			text := template.Of(line)
			if again := template.Of(text); len(again) > len(text)+2 {
				t.Errorf("%q grows to %q", text, again)
			}
			restored := template.Known{Texts: slices.Clone(lives.Texts)}
			merged, isNew := lives.Learn(text)
			if m, n := restored.Learn(text); m != merged || n != isNew {
				t.Errorf("%q: %q %v, restored %q %v", text, merged, isNew, m, n)
			}
			if _, isNew := lives.Learn(text); isNew {
				t.Errorf("%q is new twice", text)
			}
		}
	})
}

func BenchmarkLearn(b *testing.B) {
	var known template.Known
	line := "Nov 25 07:38:15 web1 sshd[4711]: Failed password for root from 192.0.2.7 port 40022 ssh2"
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		known.Learn(template.Of(line))
	}
}
