package fake

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
)

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
