package fake

import (
	"fmt"
	"slices"
	"strings"
)

// servicenow is the Table and the Attachment API of https://docs.servicenow.com/.
func servicenow(d *Desk) contract {
	d.guarded("token")
	d.needs("user", "thirdline")
	return func(d *Desk, c *call) reply {
		if c.Header.Get("Authorization") != basic("thirdline") {
			return reply{401, object{"error": object{"message": "User Not Authenticated"}}, nil}
		}
		show := func(k *ticket) object {
			return object{"sys_id": fmt.Sprint(k.id), "correlation_id": k.fp, "state": map[bool]string{true: "2", false: "6"}[k.open], "close_notes": k.extra["close_notes"]}
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
				k.turn(state != "6", we, "")
			}
			if notes := c.text("close_notes"); notes != "" {
				k.extra["close_notes"] = notes
			}
			k.comment(c.text("work_notes"))
		}
		return reply{200, object{"result": show(k)}, nil}
	}
	return reply{404, object{"error": object{"message": "No Record found"}}, nil}
}
