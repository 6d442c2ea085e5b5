package servers_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/backendtest"
	"github.com/thirdline/thirdline/shipper/httpdriver"
	"github.com/thirdline/thirdline/shipper/profile"
)

// driver returns what makes a profile's backend.
func driver(name string, settings map[string]string) func(*testing.T, *http.Client, shipper.Journal, bool) shipper.Backend {
	return func(t *testing.T, client *http.Client, j shipper.Journal, wrong bool) shipper.Backend {
		t.Helper()
		p, err := profile.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		own := map[string]string{}
		for k, v := range settings {
			own[k] = v
		}
		if wrong {
			own["token"] = "1-1-wrong"
		}
		d, err := httpdriver.New(httpdriver.Options{Profile: p, Settings: own, Journal: j, Client: client, Settle: 1, Agent: "thirdline/test"})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
}

func TestRequestTracker(t *testing.T) {
	s := start(t, "rt", "/")
	backendtest.Run(t, backendtest.Subject{
		New:      driver("rt", map[string]string{"url": s.url, "token": s.env["TOKEN"]}),
		Tickets:  s.rtTickets,
		Comments: true, Files: true, Reopens: true,
	})
}

// rtTickets reads what RT holds.
func (s *server) rtTickets(t *testing.T, fp string) (out []backendtest.Ticket) {
	t.Helper()
	auth := map[string]string{"Authorization": "token " + s.env["TOKEN"]}
	var found struct {
		Items []struct{ ID, Subject, Status string }
	}
	query := "'CF.{LogFingerprint}' = '" + fp + "'"
	s.get(t, "/REST/2.0/tickets?per_page=100&fields=Subject,Status&orderby=id&query="+url.QueryEscape(query), auth, &found)
	for _, i := range found.Items {
		ticket := backendtest.Ticket{Title: i.Subject, Open: i.Status != "resolved"}
		var history struct{ Items []map[string]string } // both "Type" and "type" are there
		s.get(t, "/REST/2.0/ticket/"+i.ID+"/history?per_page=100&fields=Type", auth, &history)
		for _, h := range history.Items {
			if h["Type"] == "Comment" {
				ticket.Comments++
			}
		}
		var files struct {
			Items []struct{ Filename string }
		}
		s.get(t, "/REST/2.0/ticket/"+i.ID+"/attachments?per_page=100&fields=Filename", auth, &files)
		for _, f := range files.Items {
			if f.Filename != "" {
				ticket.Files++
			}
		}
		out = append(out, ticket)
	}
	return out
}

func TestRedmine(t *testing.T) {
	s := start(t, "redmine", "/")
	backendtest.Run(t, backendtest.Subject{
		New: driver("redmine", map[string]string{
			"url": s.url, "token": s.env["TOKEN"], "project": "desk", "field": s.env["FIELD"], "resolved": s.env["RESOLVED"], "open": s.env["OPEN"],
		}),
		Tickets:  s.redmineTickets,
		Comments: true, Files: true, Reopens: true, Mend: s.redmineMend, Links: true,
	})
}

// redmineMend solves an issue as another user.
func (s *server) redmineMend(t *testing.T, fp, said string) {
	t.Helper()
	var found struct{ Issues []struct{ ID int } }
	s.get(t, "/issues.json?status_id=*&cf_"+s.env["FIELD"]+"="+fp, map[string]string{"X-Redmine-API-Key": s.env["PERSON"]}, &found)
	for _, change := range []map[string]string{{"status_id": s.env["OPEN"], "notes": "I look at it"}, {"status_id": s.env["RESOLVED"], "notes": said}} {
		body, err := json.Marshal(map[string]any{"issue": change})
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, s.url+"/issues/"+text(found.Issues[0].ID)+".json", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Redmine-API-Key", s.env["PERSON"])
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode >= 300 {
			t.Fatalf("%s %v", resp.Status, err)
		}
	}
}

// redmineTickets reads what Redmine holds.
func (s *server) redmineTickets(t *testing.T, fp string) (out []backendtest.Ticket) {
	t.Helper()
	auth := map[string]string{"X-Redmine-API-Key": s.env["TOKEN"]}
	var found struct{ Issues []struct{ ID int } }
	s.get(t, "/issues.json?status_id=*&sort=id&limit=100&cf_"+s.env["FIELD"]+"="+fp, auth, &found)
	for _, i := range found.Issues {
		var one struct {
			Issue struct {
				Subject, Description string
				Status               struct{ ID int }
				Attachments          []struct{}
				Journals             []struct{ Notes string }
			}
		}
		s.get(t, "/issues/"+text(i.ID)+".json?include=journals,attachments", auth, &one)
		ticket := backendtest.Ticket{
			Title: one.Issue.Subject, Open: text(one.Issue.Status.ID) != s.env["RESOLVED"], Files: len(one.Issue.Attachments), Text: one.Issue.Description,
		}
		for _, j := range one.Issue.Journals {
			if j.Notes != "" {
				ticket.Comments++
				ticket.Text += j.Notes
			}
		}
		out = append(out, ticket)
	}
	return out
}

func TestAlertmanager(t *testing.T) {
	s := start(t, "alertmanager", "/-/ready")
	backendtest.Run(t, backendtest.Subject{
		New: driver("alertmanager", map[string]string{"url": s.url}), Tickets: s.alerts, Anonymous: true,
	})
}

// alerts reads what Alertmanager holds. A resolved alert is not shown, so that
// nothing stands for one that is closed.
func (s *server) alerts(t *testing.T, fp string) (out []backendtest.Ticket) {
	t.Helper()
	var found []struct{ Annotations map[string]string }
	s.get(t, "/api/v2/alerts?filter="+url.QueryEscape(`fingerprint="`+fp+`"`), nil, &found)
	for _, a := range found {
		out = append(out, backendtest.Ticket{Title: a.Annotations["summary"], Open: true, Text: a.Annotations["log"]})
	}
	if out == nil {
		return []backendtest.Ticket{{}}
	}
	return out
}
