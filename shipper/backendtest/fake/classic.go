package fake

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
)

type object = map[string]any

// rt is Request Tracker 5, https://docs.bestpractical.com/rt/5.0.5/RT/REST2.html.
func rt(d *Desk) contract {
	d.guarded("token")
	wanted := regexp.MustCompile(`'CF\.\{LogFingerprint\}' = '([0-9a-f]+)'`)
	return func(d *Desk, c *call) reply {
		if c.Header.Get("Authorization") != "token "+secret {
			return reply{401, object{"message": "Unauthorized"}, nil}
		}
		if _, ok := c.is("GET", "/REST/2.0/tickets"); ok {
			found := wanted.FindStringSubmatch(c.URL.Query().Get("query"))
			if found == nil {
				return reply{400, object{"message": "bad query"}, nil}
			}
			items := []any{}
			if k := d.byFP(found[1]); k != nil {
				items = append(items, object{"id": fmt.Sprint(k.id), "CustomFields": []any{object{"name": "Other", "values": []any{}}, object{"name": "LogFingerprint", "values": []any{k.fp}}}})
			}
			return reply{200, object{"items": items}, nil}
		}
		if _, ok := c.is("POST", "/REST/2.0/ticket"); ok {
			if c.text("Queue") != "General" || c.text("Subject") == "" || long(c.text("Subject"), 200) {
				return reply{403, object{"message": "No permission to create tickets in the queue"}, nil}
			}
			k := d.make(c.text("CustomFields", "LogFingerprint"), c.text("Subject"), c.text("Content"))
			return reply{201, object{"id": fmt.Sprint(k.id), "type": "ticket"}, nil}
		}
		if _, ok := c.is("POST", "/REST/2.0/attachments"); ok {
			return d.rtSeen(c)
		}
		if id, ok := c.is("POST", "/REST/2.0/ticket/*/comment"); ok {
			return d.rtComment(id[0], c)
		}
		if id, ok := c.is("PUT", "/REST/2.0/ticket/*"); ok {
			k, status := d.byID(id[0]), c.text("Status")
			if k == nil {
				return reply{404, object{"message": "Ticket not found"}, nil}
			}
			if status != "open" && status != "resolved" {
				return reply{200, []string{"Status '" + status + "' isn't a valid status for this ticket."}, nil}
			}
			k.open = status == "open"
			return reply{200, []string{"Ticket: Status changed"}, nil}
		}
		return reply{404, nil, nil}
	}
}

func (d *Desk) rtSeen(c *call) reply {
	var filters []struct{ Field, Value string }
	if json.Unmarshal(c.raw, &filters) != nil || len(filters) != 1 || filters[0].Field != "Subject" {
		return reply{400, object{"message": "bad filter"}, nil}
	}
	items := []any{}
	if d.kept[filters[0].Value] != "" {
		items = append(items, object{"Subject": filters[0].Value})
	}
	return reply{200, object{"items": items}, nil}
}

func (d *Desk) rtComment(id string, c *call) reply {
	k := d.byID(id)
	if k == nil {
		return reply{404, object{"message": "Ticket not found"}, nil}
	}
	if c.text("ContentType") != "text/plain" {
		return reply{400, object{"message": "ContentType is required"}, nil}
	}
	k.comment(c.text("Content"))
	d.kept[c.text("Subject")] = "commented"
	files, _ := c.at("Attachments").([]any)
	for _, f := range files {
		f, _ := f.(object)
		content, err := base64.StdEncoding.DecodeString(fmt.Sprint(f["FileContent"]))
		if err != nil || f["FileName"] == "" || len(content) > 10<<20 {
			return reply{400, object{"message": "bad attachment"}, nil}
		}
		k.files = append(k.files, string(content))
	}
	return reply{201, []string{"Comments added"}, nil}
}

// redmine is Redmine 5, https://www.redmine.org/projects/redmine/wiki/Rest_api.
func redmine(d *Desk) contract {
	d.guarded("token")
	d.needs("project", "desk", "field", "12")
	return func(d *Desk, c *call) reply {
		if c.Header.Get("X-Redmine-API-Key") != secret {
			return reply{401, "", nil}
		}
		if _, ok := c.is("GET", "/issues.json"); ok {
			issues := []any{}
			for i := len(d.tickets) - 1; i >= 0; i-- { // an unknown filter finds all
				if fp := c.URL.Query().Get("cf_12"); fp == "" || d.tickets[i].fp == fp {
					issues = append(issues, d.redmineIssue(d.tickets[i]))
				}
			}
			return reply{200, object{"issues": issues}, nil}
		}
		if _, ok := c.is("POST", "/issues.json"); ok {
			fields, _ := c.at("issue", "custom_fields").([]any)
			if c.text("issue", "subject") == "" || long(c.text("issue", "subject"), 255) || c.text("issue", "project_id") != "desk" || len(fields) != 1 {
				return reply{422, object{"errors": []string{"Subject is too long (maximum is 255 characters)"}}, nil}
			}
			field, _ := fields[0].(object)
			k := d.make(fmt.Sprint(field["value"]), c.text("issue", "subject"), c.text("issue", "description"))
			return reply{201, object{"issue": d.redmineIssue(k)}, nil}
		}
		if _, ok := c.is("POST", "/uploads.json"); ok {
			if c.Header.Get("Content-Type") != "application/octet-stream" {
				return reply{406, "", nil}
			}
			if len(c.raw) > 5<<20 {
				return reply{422, object{"errors": []string{"This file cannot be uploaded because it exceeds the maximum allowed file size"}}, nil}
			}
			token := fmt.Sprintf("%d.x", len(d.kept)+1)
			d.kept[token] = string(c.raw)
			return reply{201, object{"upload": object{"token": token}}, nil}
		}
		if id, ok := c.is("GET", "/issues/*.json"); ok && d.byID(id[0]) != nil {
			return reply{200, object{"issue": d.redmineIssue(d.byID(id[0]))}, nil}
		}
		if id, ok := c.is("PUT", "/issues/*.json"); ok && d.byID(id[0]) != nil {
			return d.redmineChange(d.byID(id[0]), c)
		}
		return reply{404, "", nil}
	}
}

func (d *Desk) redmineIssue(k *ticket) object {
	status := 1
	if !k.open {
		status = 5
	}
	journals := []any{}
	user := map[string]int{we: 5, solver: 6, other: 7}
	for _, text := range k.text[1:] {
		details := []any{}
		for _, t := range k.turns {
			if t.with == text {
				to := map[bool]string{true: "1", false: "5"}
				details = append(details, object{"property": "attr", "name": "status_id", "old_value": to[!t.open], "new_value": to[t.open]})
			}
		}
		journals = append(journals, object{"notes": text, "user": object{"id": user[k.author(text)]}, "details": details})
	}
	return object{"id": k.id, "subject": k.title, "status": object{"id": status}, "custom_fields": []any{object{"id": 11, "value": ""}, object{"id": 12, "value": k.fp}}, "journals": journals}
}

func (d *Desk) redmineChange(k *ticket, c *call) reply {
	uploads, _ := c.at("issue", "uploads").([]any)
	for _, u := range uploads {
		u, _ := u.(object)
		token := fmt.Sprint(u["token"])
		if d.kept[token] == "" {
			return reply{422, object{"errors": []string{"File is invalid"}}, nil}
		}
		k.files = append(k.files, d.kept[token])
		d.kept[token] = "" // good for one use
	}
	switch c.at("issue", "status_id") { // an unknown one changes nothing
	case "1":
		k.turn(true, we, c.text("issue", "notes"))
	case "5":
		k.turn(false, we, c.text("issue", "notes"))
	}
	k.comment(c.text("issue", "notes"))
	return reply{204, nil, nil}
}

// alertmanager is Alertmanager's API v2,
// https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml.
func alertmanager(*Desk) contract {
	return func(d *Desk, c *call) reply {
		var alerts []struct {
			Labels, Annotations map[string]string
			StartsAt, EndsAt    time.Time
		}
		if _, ok := c.is("POST", "/api/v2/alerts"); !ok {
			return reply{404, nil, nil}
		}
		if !strings.HasPrefix(c.Header.Get("Content-Type"), "application/json") {
			return reply{415, object{"code": 415, "message": "unsupported media type"}, nil}
		}
		if err := json.Unmarshal(c.raw, &alerts); err != nil || len(alerts) != 1 || len(alerts[0].Labels) == 0 {
			return reply{400, object{"code": 400, "message": "bad alerts"}, nil}
		}
		a := alerts[0]
		k := d.byFP(a.Labels["fingerprint"])
		if k == nil {
			k = d.make(a.Labels["fingerprint"], "", "")
		}
		k.title, k.text, k.open = a.Annotations["summary"], []string{a.Annotations["description"], a.Annotations["log"]}, a.EndsAt.After(time.Now())
		return reply{200, "", nil}
	}
}
