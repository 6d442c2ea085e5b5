package fake

import "fmt"

// roundup is https://www.roundup-tracker.org/docs/rest.html.
func roundup(d *Desk) contract {
	d.guarded("token")
	d.needs("user", "thirdline")
	return func(d *Desk, c *call) reply {
		if c.Header.Get("Authorization") != basic("thirdline") || c.Header.Get("X-Requested-With") == "" {
			return reply{401, object{"error": object{"msg": "Invalid Login"}}, nil}
		}
		made := func(id any) reply { return reply{201, object{"data": object{"id": fmt.Sprint(id)}}, nil} }
		if _, ok := c.is("GET", "/rest/data/issue"); ok {
			found := []any{}
			if k := d.byFP(c.URL.Query().Get("title")); k != nil {
				found = append(found, object{"id": fmt.Sprint(k.id), "title": k.title})
			}
			return reply{200, object{"data": object{"collection": found}}, nil}
		}
		for _, class := range []string{"msg", "file"} {
			if _, ok := c.is("POST", "/rest/data/"+class); ok {
				id := fmt.Sprint(len(d.kept) + 1)
				d.kept[id] = c.text("content")
				return made(id)
			}
		}
		if _, ok := c.is("POST", "/rest/data/issue"); ok {
			messages, _ := c.at("messages").([]any)
			if c.text("title") == "" || len(messages) != 1 {
				return reply{400, object{"error": object{"msg": "Required issue property title not supplied"}}, nil}
			}
			return made(d.make(bracketed(c.text("title")), c.text("title"), d.kept[fmt.Sprint(messages[0])]).id)
		}
		if id, ok := c.is(c.Method, "/rest/data/issue/*"); ok && d.byID(id[0]) != nil {
			return d.roundupIssue(d.byID(id[0]), c)
		}
		return reply{404, object{"error": object{"msg": "not found"}}, nil}
	}
}

func (d *Desk) roundupIssue(k *ticket, c *call) reply {
	etag := fmt.Sprintf("%d-%d-%t", len(k.text), len(k.files), k.open)
	if c.Method == "GET" {
		return reply{200, object{"data": object{"id": fmt.Sprint(k.id), "@etag": etag}}, nil}
	}
	if c.Header.Get("If-Match") != etag {
		return reply{412, object{"error": object{"msg": "If-Match failed"}}, nil}
	}
	messages, _ := c.at("messages").([]any)
	for _, m := range messages {
		k.comment(d.kept[fmt.Sprint(m)])
	}
	files, _ := c.at("files").([]any)
	for range files {
		k.files = append(k.files, "file")
	}
	if status := c.text("status"); status != "" {
		k.open = status != "resolved"
	}
	return reply{200, object{"data": object{"id": fmt.Sprint(k.id)}}, nil}
}
