package fake

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"

	"github.com/thirdline/thirdline/shipper/backendtest"
)

// jira is https://developer.atlassian.com/cloud/jira/platform/rest/v3/ and, as
// version 2, the Data Center's.
func jira(version string) func(d *Desk) contract {
	return func(d *Desk) contract {
		d.guarded("token")
		d.needs("project", "OPS")
		auth, search, text := "Bearer "+secret, "/rest/api/2/search", func(v any) string { s, _ := v.(string); return s }
		if version == "3" {
			d.needs("user", "me@desk.test")
			auth, search, text = "Basic "+base64.StdEncoding.EncodeToString([]byte("me@desk.test:"+secret)), "/rest/api/3/search/jql", adfText
		}
		base := "/rest/api/" + version + "/issue"
		return func(d *Desk, c *call) reply {
			if c.Header.Get("Authorization") != auth {
				return reply{401, object{"errorMessages": []string{"You do not have permission"}}, nil}
			}
			if _, ok := c.is("POST", search); ok {
				return d.jiraSearch(c)
			}
			if _, ok := c.is("POST", base); ok {
				return d.jiraCreate(c, text)
			}
			for _, rest := range []string{"", "/comment", "/attachments", "/transitions", "/changelog"} {
				key, ok := c.is(c.Method, base+"/OPS-*"+rest)
				if read, is := c.is("GET", "/rest/api/2/issue/OPS-*"+rest); is { // Cloud has it, too
					key, ok = read, is
				}
				if ok && d.byID(key[0]) != nil {
					return d.jiraIssue(d.byID(key[0]), c, c.Method+rest, text)
				}
			}
			return reply{404, object{"errorMessages": []string{"Issue does not exist"}}, nil}
		}
	}
}

var jiraLabel = regexp.MustCompile(`labels = "thirdline-([0-9a-f]+)"`)

func (d *Desk) jiraSearch(c *call) reply {
	found := jiraLabel.FindStringSubmatch(c.text("jql"))
	if found == nil {
		return reply{400, object{"errorMessages": []string{"bad JQL"}}, nil}
	}
	issues := []any{}
	if k := d.byFP(found[1]); k != nil {
		issues = append(issues, object{"key": fmt.Sprintf("OPS-%d", k.id), "fields": object{"labels": []string{"thirdline", "thirdline-" + k.fp}}})
	}
	return reply{200, object{"issues": issues}, nil}
}

func (d *Desk) jiraCreate(c *call, text func(any) string) reply {
	summary, labels := c.text("fields", "summary"), fmt.Sprint(c.at("fields", "labels"))
	if summary == "" || long(summary, 255) || strings.Contains(summary, "\n") || c.text("fields", "project", "key") != "OPS" || long(text(c.at("fields", "description")), 32767) {
		return reply{400, object{"errors": object{"summary": "Summary must be less than 255 characters."}}, nil}
	}
	_, fp, _ := strings.Cut(labels, "thirdline-")
	k := d.make(strings.TrimSuffix(fp, "]"), summary, text(c.at("fields", "description")))
	return reply{201, object{"id": fmt.Sprint(10000 + k.id), "key": fmt.Sprintf("OPS-%d", k.id)}, nil}
}

func (d *Desk) jiraIssue(k *ticket, c *call, what string, text func(any) string) reply {
	switch what {
	case "POST/comment":
		if text(c.at("body")) == "" {
			return reply{400, object{"errorMessages": []string{"Comment body is not valid!"}}, nil}
		}
		k.comment(text(c.at("body")))
		return reply{201, object{"id": fmt.Sprint(len(k.text))}, nil}
	case "GET/comment":
		all := []any{}
		for _, t := range newest(k.text[1:]) {
			all = append(all, object{"body": t, "author": jiraUser(k.author(t))})
		}
		return reply{200, object{"comments": all}, nil}
	case "GET/changelog":
		return reply{200, object{"values": jiraChanges(k)}, nil}
	case "POST/attachments":
		files := c.files("file")
		if c.Header.Get("X-Atlassian-Token") != "no-check" || len(files) != 1 {
			return reply{403, "XSRF check failed", nil}
		}
		k.files = append(k.files, files...)
		return reply{200, []any{object{"filename": "x"}}, nil}
	case "GET/transitions": // only what leads on from the present status
		if k.open {
			return reply{200, object{"transitions": []any{object{"id": "21", "name": "In Progress"}, object{"id": "31", "name": "Done"}}}, nil}
		}
		return reply{200, object{"transitions": []any{object{"id": "11", "name": "To Do"}}}, nil}
	case "POST/transitions":
		want := map[bool]string{true: "31", false: "11"}[k.open]
		if c.text("transition", "id") != want {
			return reply{400, object{"errorMessages": []string{"It seems that you have tried to perform an invalid workflow operation."}}, nil}
		}
		k.turn(!k.open, we, "")
		return reply{204, nil, nil}
	}
	attachments := []any{}
	for _, f := range k.files {
		name, _, _ := strings.Cut(f, "\n")
		attachments = append(attachments, object{"filename": name})
	}
	category := map[bool]string{true: "new", false: "done"}[k.open]
	return reply{200, object{"fields": object{"status": object{"statusCategory": object{"key": category}}, "attachment": attachments}, "changelog": object{"histories": jiraChanges(k)}}, nil}
}

func jiraUser(name string) object { return object{"accountId": name, "name": name} }

// jiraChanges are the changes of an issue, the oldest first.
func jiraChanges(k *ticket) (out []any) {
	for _, t := range k.turns {
		out = append(out, object{"author": jiraUser(t.by), "items": []any{object{"field": "resolution"}, object{"field": "status"}}},
			object{"author": jiraUser(other), "items": []any{object{"field": "labels"}}})
	}
	return out
}

// adfText reads the text out of an Atlassian document; "" if it is none.
func adfText(v any) string {
	doc, _ := v.(object)
	if doc["type"] != "doc" || fmt.Sprint(doc["version"]) != "1" {
		return ""
	}
	var lines []string
	content, _ := doc["content"].([]any)
	for _, p := range content {
		p, _ := p.(object)
		line := ""
		inner, _ := p["content"].([]any)
		for _, t := range inner {
			t, _ := t.(object)
			if t["text"] == "" || t["marks"] != nil && !strings.Contains(fmt.Sprint(t["marks"]), "map[attrs:map[href:"+backendtest.Runbook+"]") {
				return "" // an empty text node is refused
			}
			line += fmt.Sprint(t["text"])
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
