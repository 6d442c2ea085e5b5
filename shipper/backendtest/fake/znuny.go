package fake

import (
	"fmt"
	"strings"
)

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
