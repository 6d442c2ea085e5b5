package fake

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

func basic(user string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+secret))
}

// zendesk is https://developer.zendesk.com/api-reference/ticketing/.
func zendesk(d *Desk) contract {
	d.guarded("token")
	d.needs("user", "me@desk.test")
	return func(d *Desk, c *call) reply {
		if c.Header.Get("Authorization") != basic("me@desk.test/token") {
			return reply{401, object{"error": "Couldn't authenticate you"}, nil}
		}
		show := func(k *ticket) object {
			return object{"id": k.id, "external_id": k.fp, "status": map[bool]string{true: "open", false: "solved"}[k.open]}
		}
		final := func(k *ticket) bool { return k != nil && k.extra["closed"] != "" }
		if _, ok := c.is("GET", "/api/v2/tickets.json"); ok {
			found := []any{}
			if k := d.byFP(c.URL.Query().Get("external_id")); k != nil {
				found = append(found, show(k))
			}
			return reply{200, object{"tickets": found}, nil}
		}
		if _, ok := c.is("POST", "/api/v2/tickets.json"); ok {
			key := c.Header.Get("Idempotency-Key")
			if key == "" || long(key, 255) || c.text("ticket", "comment", "body") == "" {
				return reply{422, object{"error": "RecordInvalid"}, nil}
			}
			if k := d.byID(d.kept[key]); k != nil {
				return reply{201, object{"ticket": show(k)}, map[string]string{"x-idempotency-lookup": "hit"}}
			}
			k := d.make(c.text("ticket", "external_id"), c.text("ticket", "subject"), c.text("ticket", "comment", "body"))
			d.kept[key] = fmt.Sprint(k.id)
			if of := fmt.Sprint(c.at("ticket", "via_followup_source_id")); final(d.byID(of)) {
				k.extra["follows"] = of
			}
			return reply{201, object{"ticket": show(k)}, map[string]string{"x-idempotency-lookup": "miss"}}
		}
		if _, ok := c.is("POST", "/api/v2/uploads.json"); ok {
			token := fmt.Sprintf("u%d", len(d.kept))
			d.kept[token] = string(c.raw)
			return reply{201, object{"upload": object{"token": token}}, nil}
		}
		if id, ok := c.is("GET", "/api/v2/tickets/*/comments.json"); ok && d.byID(id[0]) != nil {
			return reply{200, object{"comments": d.byID(id[0]).text}, nil}
		}
		if id, ok := c.is("PUT", "/api/v2/tickets/*.json"); ok && d.byID(id[0]) != nil {
			k := d.byID(id[0])
			if final(k) {
				return reply{422, object{"error": "RecordInvalid", "description": "Record validation errors", "details": object{"status": []object{{"description": "Status: closed prevents ticket update"}}}}, nil}
			}
			uploads, _ := c.at("ticket", "comment", "uploads").([]any)
			for _, u := range uploads {
				k.files = append(k.files, d.kept[fmt.Sprint(u)])
			}
			if status := c.text("ticket", "status"); status != "" {
				k.open = status == "open"
			}
			k.comment(c.text("ticket", "comment", "body"))
			return reply{200, object{"ticket": show(k)}, nil}
		}
		return reply{404, object{"error": "RecordNotFound"}, nil}
	}
}

var freshQuery = regexp.MustCompile(`^"[a-z_]+:'([0-9a-f]+)'"$`)

// fresh is https://developers.freshdesk.com/api/ and https://api.freshservice.com/,
// which differ in where a ticket stands in an answer.
func fresh(search, list, wrap, field string) func(*Desk) contract {
	return func(d *Desk) contract {
		d.guarded("token")
		d.needs("email", "thirdline@desk.test")
		auth := "Basic " + base64.StdEncoding.EncodeToString([]byte(secret+":X"))
		show := func(k *ticket) object {
			t := object{"id": k.id, "status": map[bool]int{true: 2, false: 4}[k.open], "custom_fields": object{field: k.fp}}
			return t
		}
		wrapped := func(k *ticket) object {
			if wrap == "" {
				return show(k)
			}
			return object{wrap: show(k)}
		}
		return func(d *Desk, c *call) reply {
			if c.Header.Get("Authorization") != auth {
				return reply{401, object{"code": "invalid_credentials"}, nil}
			}
			if _, ok := c.is("GET", search); ok {
				asked := freshQuery.FindStringSubmatch(c.URL.Query().Get("query"))
				if asked == nil {
					return reply{400, object{"description": "Validation failed"}, nil}
				}
				found := []any{}
				if k := d.byFP(asked[1]); k != nil {
					found = append(found, show(k))
				}
				return reply{200, object{list: found}, nil}
			}
			if _, ok := c.is("POST", "/api/v2/tickets"); ok {
				if c.text("subject") == "" || long(c.text("subject"), 255) || c.text("email") == "" || c.text("description") == "" || c.at("status") == nil || c.at("priority") == nil {
					return reply{400, object{"description": "Validation failed"}, nil}
				}
				return reply{201, wrapped(d.make(c.text("custom_fields", field), c.text("subject"), c.text("description"))), nil}
			}
			for _, rest := range []string{"", "/notes", "/conversations"} {
				if id, ok := c.is(c.Method, "/api/v2/tickets/*"+rest); ok && d.byID(id[0]) != nil {
					return d.freshTicket(d.byID(id[0]), c, c.Method+rest, wrapped)
				}
			}
			return reply{404, nil, nil}
		}
	}
}

func (d *Desk) freshTicket(k *ticket, c *call, what string, show func(*ticket) object) reply {
	switch what {
	case "GET/conversations":
		return reply{200, k.text[1:], nil}
	case "POST/notes":
		body := c.text("body")
		k.files = append(k.files, c.files("attachments[]")...)
		for _, f := range c.files("") {
			if text, ok := strings.CutPrefix(f, "body\n"); ok {
				body = text
			}
		}
		if body == "" {
			return reply{400, object{"description": "Validation failed"}, nil}
		}
		k.comment(body)
		return reply{201, object{"id": len(k.text)}, nil}
	case "PUT":
		k.open = fmt.Sprint(c.at("status")) == "2"
		return reply{200, show(k), nil}
	}
	return reply{405, nil, nil}
}

// servicenow is the Table and the Attachment API of https://docs.servicenow.com/.
func servicenow(d *Desk) contract {
	d.guarded("token")
	d.needs("user", "thirdline")
	return func(d *Desk, c *call) reply {
		if c.Header.Get("Authorization") != basic("thirdline") {
			return reply{401, object{"error": object{"message": "User Not Authenticated"}}, nil}
		}
		show := func(k *ticket) object {
			return object{"sys_id": fmt.Sprint(k.id), "correlation_id": k.fp, "state": map[bool]string{true: "2", false: "6"}[k.open]}
		}
		query := c.URL.Query().Get("sysparm_query")
		if _, ok := c.is("GET", "/api/now/table/incident"); ok {
			found := []any{} // an unknown field is ignored
			for _, k := range slices.Backward(d.tickets) {
				if fp, asked := strings.CutPrefix(strings.Split(query, "^")[0], "correlation_id="); !asked || fp == k.fp {
					found = append(found, show(k))
				}
			}
			return reply{200, object{"result": found}, nil}
		}
		if _, ok := c.is("POST", "/api/now/table/incident"); ok {
			if long(c.text("short_description"), 160) || long(c.text("correlation_id"), 100) {
				return reply{400, object{"error": object{"message": "too long"}}, nil}
			}
			return reply{201, object{"result": show(d.make(c.text("correlation_id"), c.text("short_description"), c.text("description")))}, nil}
		}
		if _, ok := c.is("GET", "/api/now/table/sys_journal_field"); ok {
			id, marker, _ := strings.Cut(strings.TrimPrefix(query, "element_id="), "^valueLIKE")
			found := []any{}
			if k := d.byID(id); k != nil {
				for _, text := range k.text[1:] {
					if strings.Contains(text, marker) {
						found = append(found, object{"value": text})
					}
				}
			}
			return reply{200, object{"result": found}, nil}
		}
		return d.serviceFiles(c, query, show)
	}
}

func (d *Desk) serviceFiles(c *call, query string, show func(*ticket) object) reply {
	if _, ok := c.is("GET", "/api/now/attachment"); ok {
		id, name, _ := strings.Cut(strings.TrimPrefix(query, "table_sys_id="), "^file_name=")
		found := []any{}
		if k := d.byID(id); k != nil && slices.Contains(k.files, name) {
			found = append(found, object{"file_name": name, "table_sys_id": id})
		}
		return reply{200, object{"result": found}, nil}
	}
	if _, ok := c.is("POST", "/api/now/attachment/file"); ok {
		k := d.byID(c.URL.Query().Get("table_sys_id"))
		if k == nil || c.URL.Query().Get("file_name") == "" || len(c.raw) == 0 {
			return reply{400, object{"error": object{"message": "bad file"}}, nil}
		}
		k.files = append(k.files, c.URL.Query().Get("file_name"))
		return reply{201, object{"result": object{"sys_id": "f"}}, nil}
	}
	if id, ok := c.is(c.Method, "/api/now/table/incident/*"); ok && d.byID(id[0]) != nil {
		k := d.byID(id[0])
		if c.Method == "PATCH" {
			if state := c.text("state"); state == "6" && c.text("close_code") == "" {
				return reply{403, object{"error": object{"message": "Operation Failed", "detail": "close code is mandatory"}}, nil}
			} else if state != "" {
				k.open = state != "6"
			}
			k.comment(c.text("work_notes"))
		}
		return reply{200, object{"result": show(k)}, nil}
	}
	return reply{404, object{"error": object{"message": "No Record found"}}, nil}
}

// znuny is the example web service of https://doc.znuny.org/; its errors are 200.
func znuny(d *Desk) contract {
	d.guarded("token")
	d.needs("user", "thirdline", "customer", "ops")
	failed := func(code, text string) reply {
		return reply{200, object{"Error": object{"ErrorCode": code, "ErrorMessage": text}}, nil}
	}
	return func(d *Desk, c *call) reply {
		login := []string{c.text("UserLogin"), c.text("Password")}
		if c.Method == "GET" {
			login = []string{c.URL.Query().Get("UserLogin"), c.URL.Query().Get("Password")}
		}
		if login[0] != "thirdline" || login[1] != secret {
			return failed("TicketCreate.AuthFail", "User could not be authenticated!")
		}
		if _, ok := c.is("GET", "/Ticket"); ok {
			if k := d.byFP(strings.Trim(c.URL.Query().Get("Title"), "%")); k != nil {
				return reply{200, object{"TicketID": []string{fmt.Sprint(k.id)}}, nil}
			}
			return reply{200, object{}, nil}
		}
		if _, ok := c.is("POST", "/Ticket"); ok {
			title, article := c.text("Ticket", "Title"), c.text("Article", "Body")
			if title == "" || long(title, 255) || c.text("Ticket", "Queue") == "" || c.text("Ticket", "CustomerUser") == "" || article == "" || c.text("Article", "Subject") == "" || c.text("Article", "ContentType") == "" {
				return failed("TicketCreate.MissingParameter", "a parameter is missing!")
			}
			k := d.make(bracketed(title), title, article)
			return reply{200, object{"TicketID": fmt.Sprint(k.id), "TicketNumber": "2026"}, nil}
		}
		if id, ok := c.is(c.Method, "/Ticket/*"); ok && d.byID(id[0]) != nil {
			k := d.byID(id[0])
			if c.Method == "GET" {
				return reply{200, object{"Ticket": []any{object{"Title": k.title, "Article": k.text}}}, nil}
			}
			if state := c.text("Ticket", "State"); state != "" {
				k.open = !strings.HasPrefix(state, "closed")
			}
			k.comment(c.text("Article", "Subject") + "\n" + c.text("Article", "Body"))
			files, _ := c.at("Attachment").([]any)
			for range files {
				k.files = append(k.files, "file")
			}
			return reply{200, object{"TicketID": id[0]}, nil}
		}
		return failed("TicketUpdate.AccessDenied", "User does not have access to the ticket!")
	}
}

// bracketed returns the fingerprint in a title.
func bracketed(title string) string {
	_, fp, _ := strings.Cut(title[max(0, len(title)-34):], "[")
	return strings.TrimSuffix(fp, "]")
}

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
