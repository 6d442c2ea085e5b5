package profile

import "strings"

type adfNode map[string]any

// adf is an Atlassian document of a text and, where there is one, a block of code.
// Nodes of text make no links and no mentions, unless they are marked as such.
func adf(text, code string) (string, error) {
	content := []adfNode{}
	for line := range strings.SplitSeq(text, "\n") {
		paragraph := adfNode{"type": "paragraph"}
		if nodes := adfLine(line); len(nodes) > 0 {
			paragraph["content"] = nodes
		}
		content = append(content, paragraph)
	}
	if code = unmarked(code); code != "" {
		content = append(content, adfNode{"type": "codeBlock", "content": []adfNode{{"type": "text", "text": code}}})
	}
	return toJSON(adfNode{"type": "doc", "version": 1, "content": content})
}

// adfLine is the text of one line, and the links in it.
func adfLine(line string) (nodes []adfNode) {
	add := func(text, link string) string {
		if text == "" {
			return ""
		}
		n := adfNode{"type": "text", "text": text}
		if link != "" {
			n["marks"] = []adfNode{{"type": "link", "attrs": adfNode{"href": link}}}
		}
		nodes = append(nodes, n)
		return ""
	}
	linked(line, func(s string) string { return add(unmarked(s), "") }, func(url string) string { return add(url, url) })
	return nodes
}
