package profile

import (
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// viewer is how a format reads what a helper made: what it obeys in it.
type viewer struct {
	name string
	// escape is the helper, as a profile calls it.
	escape func(string) string
	// alive matches what the viewer would obey; body takes what it shows as it is
	// away before.
	alive *regexp.Regexp
	body  func(string) string
}

// anywhere is obeyed by every viewer that links by itself.
const anywhere = `\w://|(?i:\bwww\.)|@\w|#\d|(?i:mailto:)`

func same(s string) string { return s }

// between takes the frame of a block away, which has to be its first and last text.
func between(first, last string) func(string) string {
	return func(s string) string { return strings.TrimSuffix(strings.TrimPrefix(s, first), last) }
}

// viewers are the formats that log text is put into.
func viewers() []viewer {
	rx := regexp.MustCompile
	entities := func(s string) string { // what is left when the escapes are taken out is mark-up
		return regexp.MustCompile(`&(?:amp|lt|gt|#\d+);`).ReplaceAllString(strings.ReplaceAll(s, "<br>", ""), " ")
	}
	unescaped := func(s string) string { return regexp.MustCompile(`\\[!-/:-@\[-`+"`"+`{-~]`).ReplaceAllString(s, " ") }
	return []viewer{
		{"plain", Plain, rx(anywhere), same},
		{"title", title, rx(anywhere + `|[!~%&$^][\w"]|\[\w+:`), same},
		{"html", toHTML, rx(anywhere + `|<|>|&`), entities},
		{"pre", pre, rx(anywhere + `|(?i)</?pre|</?code|</`), between("<pre>\n", "\n</pre>")},
		{"markdown", markdown, rx(anywhere + "|[\\\\`*_{}\\[\\]()<>#!|~$&\n]"), unescaped},
		{"fence", fence, rx("(?m)^ {0,3}`{3,}"), fenced},
		{"jira", jira, rx(anywhere + `|[{}\[\]*_^~?|!]`), unescaped},
		{"noformat", noformat, rx(anywhere + `|\{noformat`), between("{noformat}\n", "\n{noformat}")},
		{"slack", slack, rx(anywhere + "|[<>]|[*_~`]\\w"), same},
		{"slackcode", slackCode, rx(anywhere + "|[<>]|```"), between("```\n", "\n```")},
		{"adf", func(s string) string { return must(adf(s, s)) }, rx(`"type": ?"(?:mention|link|inlineCard|emoji)"|"marks"`), nodes},
		{"json", func(s string) string { return must(toJSON(s)) }, rx(`[^\\]"|[\n\x00-\x1f]`), between(`"`, `"`)},
	}
}

func must(s string, err error) string {
	if err != nil {
		panic(err)
	}
	return s
}

// fenced returns the lines of a fenced block that would end it, were they not shorter
// than its fence.
func fenced(s string) string {
	lines := strings.Split(s, "\n")
	fence := strings.TrimSuffix(lines[0], "text")
	var out []string
	for _, l := range lines[1 : len(lines)-1] {
		if strings.HasPrefix(strings.TrimLeft(l, " "), fence) {
			out = append(out, l)
		}
	}
	if lines[len(lines)-1] != fence {
		return "```" // it has no end
	}
	return strings.Join(out, "\n")
}

// nodes keeps of an Atlassian document what its nodes are, not what they say.
func nodes(s string) string {
	type node struct {
		Type    string          `json:"type"`
		Marks   json.RawMessage `json:"marks,omitempty"`
		Content []node          `json:"content,omitempty"`
	}
	var doc node
	if err := json.Unmarshal([]byte(s), &doc); err != nil {
		return `"marks"`
	}
	return must(toJSON(doc))
}

// hostile is log text that somebody wrote to be obeyed.
var hostile = map[string]string{
	"a mention":          "@all @here @channel <!here> <!channel> <@U123> [~admin] [~accountid:1] user@evil.test",
	"a link":             "http://evil.test https://evil.test ftp://evil.test www.evil.test WWW.evil.test wWw.evil.test mailto:a@evil.test MailTo:a javascript://x",
	"a marked-up link":   "[click](http://evil.test) <http://evil.test|click> [click|http://evil.test] \"click\":http://evil.test <a href='//evil.test'>x</a>",
	"an image":           "![x](//evil.test/x.png) !//evil.test/x.png! <img src=//evil.test/x>",
	"references":         "#1 GH-1 !2 ~bug %3 &4 $5 owner/repo#1",
	"control characters": "a\x00b\x07c\x1b[31md\x1b]0;t\x07e\x7f\u0085\u009b1m\r\b",
	"bidi":               "a\u202eb\u2066c\u2069\u200fd\u061ce\u2028f\u2029g",
	"a code fence":       "```\n~~~\n`````\n````text\n`````` \n   ```\n</pre></code><pre>{noformat}{code}\n{noformat:x}",
	"template syntax":    `{{ .V.token }} {{ template "x" }} ${x} #{x} <%= x %> %s %n`,
	"emphasis":           "*bold* _it_ ~no~ `code` ^up^ +ins+ -del- ??cite?? {color:red}x{color} # head\n> quote\n* item\n---",
	"headers":            "x\r\nBcc: all@evil.test\r\n\r\nbody",
	"marks of links":     "\ufdd0http://evil.test\ufdd1 \ufdd0\ufdd0//evil.test\ufdd1\ufdef",
	"titles":             `ops/desk#1 !12 ~"bug" %"v1" &3 $4 [issue:5] ^alert#6 @all`,
	"no UTF-8":           "\xff\xfe\xc3(\xa0",
	"quotes":             `"},"x":"y \" \\ ' </script> ]]>`,
}

func TestLogTextIsLiteralInEveryFormat(t *testing.T) {
	for _, v := range viewers() {
		for name, text := range hostile {
			t.Run(v.name+"/"+name, func(t *testing.T) { v.judge(t, text) })
		}
	}
}

// judge reports what is alive of a text. The text comes as the driver hands it on.
func (v *viewer) judge(t *testing.T, text string) {
	t.Helper()
	got := v.escape(Visible(text))
	if found := v.alive.FindString(v.body(got)); found != "" {
		t.Errorf("%q is alive in %q", found, got)
	}
	for _, r := range got {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			t.Fatalf("%U is in %q", r, got)
		}
	}
}

// TestLogTextCanStillBeRead keeps the helpers from making a text safe by losing it.
func TestLogTextCanStillBeRead(t *testing.T) {
	const text = "disk sda: 3 errors at /var/log/x"
	for _, v := range viewers() {
		got := strings.NewReplacer(gap, "", `\`, "").Replace(html.UnescapeString(v.escape(text)))
		if !strings.Contains(got, text) {
			t.Errorf("%s made %q of it", v.name, got)
		}
	}
}

// FuzzLogTextIsLiteral looks for text of which a mention, a link or mark-up comes out.
func FuzzLogTextIsLiteral(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, v := range viewers() {
			v.judge(t, text)
		}
	})
}
