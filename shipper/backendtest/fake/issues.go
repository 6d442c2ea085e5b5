package fake

import (
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"regexp"
	"slices"
	"strings"
)

// hub is what the three issue trackers of code hosts differ in.
type hub struct {
	number, closed, opened string
	comments               string
	unfiltered             bool // an unknown label finds everything
	maxBody                int
}

// github is https://docs.github.com/en/rest/issues.
func github(d *Desk) contract {
	d.guarded("token")
	d.needs("repository", "o/r")
	h := hub{number: "number", closed: "closed", opened: "open", comments: "comments", maxBody: 65536}
	return func(d *Desk, c *call) reply {
		if c.Header.Get("Authorization") != "Bearer "+secret {
			return reply{401, object{"message": "Bad credentials"}, nil}
		}
		return h.serve(d, c, "/repos/o/r/issues", "PATCH", func(k *ticket) any { return named(k.extra["labels"]) })
	}
}

// gitea is https://docs.gitea.com/api/.
func gitea(d *Desk) contract {
	d.guarded("token")
	d.needs("repository", "o/r")
	h := hub{number: "number", closed: "closed", opened: "open", comments: "comments", unfiltered: true, maxBody: 1 << 20}
	return func(d *Desk, c *call) reply {
		if c.Header.Get("Authorization") != "token "+secret {
			return reply{401, object{"message": "token is required"}, nil}
		}
		if _, ok := c.is("POST", "/api/v1/repos/o/r/labels"); ok {
			if c.text("name") == "" || long(c.text("name"), 50) || c.text("color") == "" {
				return reply{422, object{"message": "bad label"}, nil}
			}
			id := len(d.kept) + 1
			d.kept[fmt.Sprint(id)] = c.text("name")
			return reply{201, object{"id": id, "name": c.text("name")}, nil}
		}
		if _, ok := c.is("POST", "/api/v1/repos/o/r/issues"); ok {
			ids, _ := c.at("labels").([]any)
			var names []any
			for _, id := range ids {
				names = append(names, d.kept[fmt.Sprint(id)])
			}
			c.body["labels"] = names
		}
		return h.serve(d, c, "/api/v1/repos/o/r/issues", "PATCH", func(k *ticket) any { return named(k.extra["labels"]) })
	}
}

// gitlab is https://docs.gitlab.com/api/issues/.
func gitlab(d *Desk) contract {
	d.guarded("token")
	d.needs("project", "ops/desk")
	h := hub{number: "iid", closed: "closed", opened: "opened", comments: "notes", maxBody: 1 << 20}
	return func(d *Desk, c *call) reply {
		if c.Header.Get("PRIVATE-TOKEN") != secret {
			return reply{401, object{"message": "401 Unauthorized"}, nil}
		}
		c.URL.Path = strings.Replace(c.URL.Path, "/projects/ops/desk/", "/projects/7/", 1)
		if _, ok := c.is("POST", "/api/v4/projects/7/uploads"); ok {
			files := c.files("file")
			if len(files) != 1 {
				return reply{400, object{"error": "file is missing"}, nil}
			}
			link := fmt.Sprintf("[file](/uploads/%d/snapshot.txt)", len(d.kept))
			d.kept[link] = files[0]
			return reply{201, object{"markdown": link}, nil}
		}
		if text, ok := c.at("labels").(string); ok {
			c.body["labels"] = split(text)
			c.body["body"] = c.body["description"]
		}
		switch c.text("state_event") {
		case "close":
			c.body["state"] = "closed"
		case "reopen":
			c.body["state"] = "opened"
		}
		return h.serve(d, c, "/api/v4/projects/7/issues", "PUT", func(k *ticket) any { return strings.Split(k.extra["labels"], ",") })
	}
}

func split(s string) (out []any) {
	for part := range strings.SplitSeq(s, ",") {
		out = append(out, part)
	}
	return out
}

func named(labels string) (out []any) {
	for name := range strings.SplitSeq(labels, ",") {
		out = append(out, object{"id": 1, "name": name})
	}
	return out
}

// serve answers what the trackers have in common.
func (h *hub) serve(d *Desk, c *call, base, change string, labels func(*ticket) any) reply {
	show := func(k *ticket) object {
		state := h.opened
		if !k.open {
			state = h.closed
		}
		return object{h.number: k.id, "title": k.title, "state": state, "labels": labels(k)}
	}
	if _, ok := c.is("GET", base); ok {
		found := []any{}
		for _, k := range slices.Backward(d.tickets) {
			if h.unfiltered && d.byFP(strings.TrimPrefix(c.URL.Query().Get("labels"), "thirdline-")) == nil || slices.Contains(strings.Split(k.extra["labels"], ","), c.URL.Query().Get("labels")) {
				found = append(found, show(k))
			}
		}
		return reply{200, found, nil}
	}
	if _, ok := c.is("POST", base); ok {
		return h.create(d, c, show)
	}
	if id, ok := c.is("GET", base+"/*/"+h.comments); ok && d.byID(id[0]) != nil {
		all := []any{}
		for _, text := range d.byID(id[0]).text {
			all = append(all, object{"body": text})
		}
		return reply{200, all, nil}
	}
	if id, ok := c.is("POST", base+"/*/"+h.comments); ok && d.byID(id[0]) != nil {
		if c.text("body") == "" || long(c.text("body"), h.maxBody) {
			return reply{422, object{"message": "Validation Failed"}, nil}
		}
		k := d.byID(id[0])
		k.comment(c.text("body"))
		for link, content := range d.kept {
			if strings.HasPrefix(link, "[") && strings.Contains(c.text("body"), link) {
				k.files = append(k.files, content)
			}
		}
		return reply{201, object{"id": len(k.text)}, nil}
	}
	if id, ok := c.is(change, base+"/*"); ok && d.byID(id[0]) != nil {
		k := d.byID(id[0])
		k.open = c.text("state") != "closed"
		return reply{200, show(k), nil}
	}
	return reply{404, object{"message": "Not Found"}, nil}
}

func (h *hub) create(d *Desk, c *call, show func(*ticket) object) reply {
	names, _ := c.at("labels").([]any)
	var all []string
	fp := ""
	for _, n := range names {
		name := fmt.Sprint(n)
		if long(name, 50) {
			return reply{422, object{"message": "Validation Failed"}, nil}
		}
		if found, ok := strings.CutPrefix(name, "thirdline-"); ok {
			fp = found
		}
		all = append(all, name)
	}
	if c.text("title") == "" || long(c.text("title"), 255) || long(c.text("body"), h.maxBody) {
		return reply{422, object{"message": "Validation Failed"}, nil}
	}
	k := d.make(fp, c.text("title"), c.text("body"))
	k.extra["labels"] = strings.Join(all, ",")
	return reply{201, show(k), nil}
}

// files returns the contents of the files in a multipart body, by field.
func (c *call) files(field string) (out []string) {
	_, params, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil {
		return nil
	}
	for r := multipart.NewReader(strings.NewReader(string(c.raw)), params["boundary"]); ; {
		p, err := r.NextPart()
		if err != nil {
			return out
		}
		data, err := io.ReadAll(p)
		if err == nil && p.FormName() == field && p.FileName() != "" {
			out = append(out, p.FileName()+"\n"+string(data))
		} else if err == nil && p.FileName() == "" && field == "" {
			out = append(out, p.FormName()+"\n"+string(data))
		}
	}
}

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
			for _, rest := range []string{"", "/comment", "/attachments", "/transitions"} {
				if key, ok := c.is(c.Method, base+"/OPS-*"+rest); ok && d.byID(key[0]) != nil {
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
		for _, t := range k.text[1:] {
			all = append(all, object{"body": t})
		}
		return reply{200, object{"comments": all}, nil}
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
		k.open = !k.open
		return reply{204, nil, nil}
	}
	attachments := []any{}
	for _, f := range k.files {
		name, _, _ := strings.Cut(f, "\n")
		attachments = append(attachments, object{"filename": name})
	}
	category := map[bool]string{true: "new", false: "done"}[k.open]
	return reply{200, object{"fields": object{"status": object{"statusCategory": object{"key": category}}, "attachment": attachments}}, nil}
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
			if t["text"] == "" || t["marks"] != nil {
				return "" // an empty text node is refused
			}
			line += fmt.Sprint(t["text"])
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
