package fake

import "fmt"

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
		if id, ok := c.is("GET", "/api/v2/tickets/*/audits.json"); ok && d.byID(id[0]) != nil {
			return reply{200, object{"audits": audits(d.byID(id[0]))}, nil}
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
				k.turn(status == "open", we, c.text("ticket", "comment", "body"))
			}
			k.comment(c.text("ticket", "comment", "body"))
			return reply{200, object{"ticket": show(k)}, nil}
		}
		return reply{404, object{"error": "RecordNotFound"}, nil}
	}
}

// audits are the changes of a ticket, the oldest first.
func audits(k *ticket) (out []any) {
	for _, text := range k.text {
		events := []any{object{"type": "Comment", "body": text, "public": false}}
		for _, t := range k.turns {
			if t.with == text {
				events = append(events, object{"type": "Change", "field_name": "status", "value": map[bool]string{true: "open", false: "solved"}[t.open]})
			}
		}
		out = append(out, object{"events": events})
	}
	return out
}
