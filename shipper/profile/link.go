package profile

import (
	"html"
	"regexp"
	"strings"
)

// The marks around an address that is the rule's own, and so stays a link in every
// format. Text of a log has none: [Visible] replaces them.
const (
	linkBegin = "\ufdd0"
	linkEnd   = "\ufdd1"
)

var (
	ownLink = regexp.MustCompile(linkBegin + "([^" + linkBegin + linkEnd + "]*)" + linkEnd)
	// address is what no format reads mark-up in.
	address = regexp.MustCompile(`^https?://[\w.-]+(:\d+)?([/?#][\w./~%:@&+,=?#-]*)?$`)
)

// Link marks an address that is no text of a log, so that the helpers make a link of
// it. What is no address of a page, or could be read as mark-up, stays text.
func Link(s string) string {
	if !address.MatchString(s) {
		return s
	}
	return linkBegin + s + linkEnd
}

// linked makes text with one function and the links in it with another.
func linked(s string, text, link func(string) string) string {
	var b strings.Builder
	from := 0
	for _, m := range ownLink.FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(text(s[from:m[0]]))
		b.WriteString(link(s[m[2]:m[3]]))
		from = m[1]
	}
	b.WriteString(text(s[from:]))
	return b.String()
}

// below writes the links of a text under the block that it is made to, in which there
// can be none.
func below(block, s, gap string, link func(string) string) string {
	for _, m := range ownLink.FindAllStringSubmatch(s, -1) {
		block += gap + link(m[1])
	}
	return block
}

// unmarked is a text without the marks.
func unmarked(s string) string {
	return strings.NewReplacer(linkBegin, "", linkEnd, "").Replace(s)
}

func bareLink(url string) string { return url }
func htmlLink(url string) string {
	return `<a href="` + html.EscapeString(url) + `">` + html.EscapeString(url) + "</a>"
}
func markdownLink(url string) string { return "<" + url + ">" }
func jiraLink(url string) string     { return "[" + url + "]" }
func slackLink(url string) string    { return "<" + strings.ReplaceAll(url, "&", "&amp;") + ">" }
