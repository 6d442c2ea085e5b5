package fake

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// hub is what the three issue trackers of code hosts differ in.
type hub struct {
	number, closed, opened string
	comments, author, user string
	unfiltered             bool // an unknown label finds everything
	maxBody                int
	obeys                  *regexp.Regexp // what it makes references and mentions of in a title
}

// github is https://docs.github.com/en/rest/issues.
func github(d *Desk) contract {
	d.guarded("token")
	d.needs("repository", "o/r")
	h := hub{number: "number", closed: "closed", opened: "open", comments: "comments", author: "user", user: "login", maxBody: 65536}
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
	h := hub{number: "number", closed: "closed", opened: "open", comments: "comments", author: "user", user: "login", unfiltered: true, maxBody: 1 << 20, obeys: regexp.MustCompile(`[#!]\d`)}
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
	h := hub{number: "iid", closed: "closed", opened: "opened", comments: "notes", author: "author", user: "username", maxBody: 1 << 20, obeys: regexp.MustCompile(`[#!&$^@~%]["\w]|\[\w+:`)}
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
		shown := object{h.number: k.id, "title": k.title, "state": state, "labels": labels(k)}
		if !k.open {
			shown["closed_at"], shown["closed_by"] = "2026-11-24T12:00:00Z", object{h.user: k.lastTurn().by}
		}
		return shown
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
		return reply{200, h.notes(d.byID(id[0]), c), nil}
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
		k.turn(c.text("state") != "closed", we, "")
		return reply{200, show(k), nil}
	}
	if id, ok := c.is("GET", base+"/*"); ok && d.byID(id[0]) != nil {
		return reply{200, show(d.byID(id[0])), nil}
	}
	return reply{404, object{"message": "Not Found"}, nil}
}

// notes are the comments of a ticket; the code host of notes has its own among them.
func (h *hub) notes(k *ticket, c *call) []any {
	all, texts := []any{}, k.text[1:]
	if c.URL.Query().Get("sort") == "desc" {
		texts = newest(texts)
	}
	for _, text := range texts {
		all = append(all, object{"body": text, "system": false, h.author: object{h.user: k.author(text)}})
	}
	if h.comments == "notes" && !k.open {
		all = slices.Insert(all, 0, any(object{"body": "closed", "system": true, h.author: object{h.user: k.lastTurn().by}}))
	}
	return all
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
	if h.obeys != nil && h.obeys.MatchString(c.text("title")) {
		d.t.Errorf("a reference or a mention is alive in the title %q", c.text("title"))
	}
	k := d.make(fp, c.text("title"), c.text("body"))
	k.extra["labels"] = strings.Join(all, ",")
	return reply{201, show(k), nil}
}
