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
		"jira": jira, "noformat": noformat, "adf": adf, "slack": slack, "slackcode": slackCode, "earlier": earlier, "title": title,
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
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' || r >= '\ufdd0' && r <= '\ufdef':
			return utf8.RuneError
		}
		return r
	}, s)
}

// Plain takes the meaning from what a viewer makes a link, a mention or a reference
// to a ticket of, and from control characters.
func Plain(s string) string { return linked(s, dead, bareLink) }

// dead is Plain without the links of the rule.
func dead(s string) string {
	return lively.ReplaceAllString(Visible(unmarked(s)), "${1}${3}${5}${7}"+gap+"${2}${4}${6}")
}

// lively is what a viewer begins a link, a mention or a reference with.
var lively = regexp.MustCompile(`(?i)(:)(//)|(www)(\.)|(mailto)(:)|([@#])`)

// title is a title at a code host that looks for references in it.
func title(s string) string { return reference.ReplaceAllString(dead(s), "${1}${3}"+gap+"${2}${4}") }

// reference is what GitLab begins one with, beside @ and #.
var reference = regexp.MustCompile(`([!~%&$^])(["\w])|(\[)(\w+:)`)

// toHTML makes a text of HTML, lines kept.
func toHTML(s string) string {
	return linked(s, func(s string) string {
		return strings.ReplaceAll(html.EscapeString(dead(s)), "\n", "<br>\n")
	}, htmlLink)
}

// pre is a block of preformatted text in Textile and in Markdown that takes HTML.
// The text cannot end it.
func pre(s string) string {
	text := strings.NewReplacer("</", "<"+gap+"/", "<pre", "<"+gap+"pre", "<code", "<"+gap+"code").Replace(dead(s))
	return below("<pre>\n"+text+"\n</pre>", s, "\n", bareLink)
}

// markdown makes one line of literal Markdown.
func markdown(s string) string { return linked(s, deadMarkdown, markdownLink) }

func deadMarkdown(s string) string {
	var b strings.Builder
	for _, r := range dead(strings.ReplaceAll(s, "\n", " ")) {
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
	return below(f+"text\n"+strings.TrimRight(unmarked(s), "\n")+"\n"+f, s, "\n\n", markdownLink)
}

// jira makes literal Jira wiki text.
func jira(s string) string { return linked(s, deadJira, jiraLink) }

func deadJira(s string) string {
	var b strings.Builder
	for _, r := range dead(s) {
		if strings.ContainsRune(`\{}[]()*_-+^~?|!`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// noformat is a block of preformatted Jira wiki text. The text cannot end it.
func noformat(s string) string {
	text := strings.ReplaceAll(dead(s), "{noformat", "{"+gap+"noformat")
	return below("{noformat}\n"+text+"\n{noformat}", s, "\n", jiraLink)
}

// slack makes literal text of Slack's mrkdwn.
func slack(s string) string { return linked(s, deadSlack, slackLink) }

func deadSlack(s string) string {
	s = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(dead(s))
	return strings.NewReplacer("*", "*"+gap, "_", "_"+gap, "~", "~"+gap, "`", "`"+gap).Replace(s)
}

// slackCode is a block of code in Slack's mrkdwn. The text cannot end it.
func slackCode(s string) string {
	text := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "`", "`"+gap).Replace(dead(s))
	return below(fmt.Sprintf("```\n%s\n```", text), s, "\n", func(url string) string { return slackLink(url) + "\n" })
}
