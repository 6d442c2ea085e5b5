package profile

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"text/template"
	"time"
	"unicode"
	"unicode/utf8"
)

// gap is the zero-width space that takes the meaning from what it is put into.
const gap = "\u200b"

// cutMark ends a text that was cut.
const cutMark = " … [cut]"

// helpers are the functions of templates. They make text, and do nothing else.
func helpers() template.FuncMap {
	return template.FuncMap{
		"json": toJSON, "urlquery": url.QueryEscape, "pathescape": url.PathEscape, "base64": toBase64, "truncate": Cut,
		"plain": Plain, "html": toHTML, "pre": pre, "markdown": markdown, "fence": fence,
		"jira": jira, "noformat": noformat, "adf": adf, "slack": slack, "slackcode": slackCode, "earlier": earlier,
	}
}

// toJSON encodes a value as JSON.
func toJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// earlier is a time of RFC 3339 less a duration. What is no time stays as it is.
func earlier(by, at string) (string, error) {
	d, err := time.ParseDuration(by)
	if err != nil {
		return "", err
	}
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return url.QueryEscape(at), nil //nolint:nilerr // the endpoint will say so
	}
	return url.QueryEscape(t.Add(-d).UTC().Format(time.RFC3339)), nil
}

func toBase64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// Cut keeps at most limit runes, the last ones being a visible mark where something
// was cut. No limit keeps all.
func Cut(limit int, s string) string {
	if limit <= 0 || len(s) <= limit || utf8.RuneCountInString(s) <= limit {
		return s
	}
	keep, runes := max(limit-utf8.RuneCountInString(cutMark), 0), []rune(s)
	return string(runes[:keep]) + string([]rune(cutMark)[:min(limit, utf8.RuneCountInString(cutMark))])
}

// Visible replaces what a viewer does not show but obeys: control characters other
// than line ends and tabs, and those that turn the direction of text. What is not
// UTF-8 is replaced, too.
func Visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029':
			return utf8.RuneError
		}
		return r
	}, s)
}

// Plain takes the meaning from what a viewer makes a link, a mention or a reference
// to a ticket of, and from control characters.
func Plain(s string) string {
	return lively.ReplaceAllString(Visible(s), "${1}${3}${5}${7}"+gap+"${2}${4}${6}")
}

// lively is what a viewer begins a link, a mention or a reference with.
var lively = regexp.MustCompile(`(?i)(:)(//)|(www)(\.)|(mailto)(:)|([@#])`)

// toHTML makes a text of HTML, lines kept.
func toHTML(s string) string {
	return strings.ReplaceAll(html.EscapeString(Plain(s)), "\n", "<br>\n")
}

// pre is a block of preformatted text in Textile and in Markdown that takes HTML.
// The text cannot end it.
func pre(s string) string {
	return "<pre>\n" + strings.NewReplacer("</", "<"+gap+"/", "<pre", "<"+gap+"pre", "<code", "<"+gap+"code").Replace(Plain(s)) + "\n</pre>"
}

// markdown makes one line of literal Markdown.
func markdown(s string) string {
	var b strings.Builder
	for _, r := range Plain(strings.ReplaceAll(s, "\n", " ")) {
		if strings.ContainsRune("\\`*_{}[]()<>#+-.!|~$&:", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
		if strings.ContainsRune("!~%&$", r) { // references of GitLab
			b.WriteString(gap)
		}
	}
	return b.String()
}

// fence is a fenced code block; its fence is longer than any in the text.
func fence(s string) string {
	longest, run := 2, 0
	for _, r := range s {
		if r == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	f := strings.Repeat("`", longest+1)
	return f + "text\n" + strings.TrimRight(s, "\n") + "\n" + f
}

// jira makes literal Jira wiki text.
func jira(s string) string {
	var b strings.Builder
	for _, r := range Plain(s) {
		if strings.ContainsRune(`\{}[]()*_-+^~?|!`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// noformat is a block of preformatted Jira wiki text. The text cannot end it.
func noformat(s string) string {
	return "{noformat}\n" + strings.ReplaceAll(Plain(s), "{noformat", "{"+gap+"noformat") + "\n{noformat}"
}

// adf is an Atlassian document of a text and, where there is one, a block of code.
// Nodes of text make no links and no mentions.
func adf(text, code string) (string, error) {
	type node map[string]any
	content := []node{}
	for line := range strings.SplitSeq(text, "\n") {
		paragraph := node{"type": "paragraph"}
		if line != "" {
			paragraph["content"] = []node{{"type": "text", "text": line}}
		}
		content = append(content, paragraph)
	}
	if code != "" {
		content = append(content, node{"type": "codeBlock", "content": []node{{"type": "text", "text": code}}})
	}
	return toJSON(node{"type": "doc", "version": 1, "content": content})
}

// slack makes literal text of Slack's mrkdwn.
func slack(s string) string {
	s = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(Plain(s))
	return strings.NewReplacer("*", "*"+gap, "_", "_"+gap, "~", "~"+gap, "`", "`"+gap).Replace(s)
}

// slackCode is a block of code in Slack's mrkdwn. The text cannot end it.
func slackCode(s string) string {
	s = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(Plain(s))
	return fmt.Sprintf("```\n%s\n```", strings.ReplaceAll(s, "`", "`"+gap))
}
