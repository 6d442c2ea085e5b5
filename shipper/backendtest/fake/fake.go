// Package fake holds far ends that enforce the documented contracts of ticketing
// systems: what has to be there, how long it may be, how errors look, what an
// answer holds, and what a second request with the same key does.
//
// They are written from the documentation that each names, not from traffic, and
// know only what the profiles use.
package fake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/thirdline/thirdline/shipper/backendtest"
)

// Desk is a fake far end.
type Desk struct {
	// URL is where it listens.
	URL string
	// Settings are those of a destination that uses it, Wrong those with credentials
	// that it refuses.
	Settings, Wrong map[string]string

	mu      sync.Mutex
	t       *testing.T
	tickets []*ticket
	kept    map[string]string // what a request left for a later one
}

// ticket is one, by the names that the fakes share.
type ticket struct {
	id       int
	fp       string
	title    string
	open     bool
	text     []string
	comments int
	files    []string
	extra    map[string]string
	authors  map[string]string // of texts that are not ours
	turns    []turn
}

// secret is the token that every fake takes.
const secret = "s3cret-t0ken"

// reply is what a fake answers.
type reply struct {
	status int
	body   any
	header map[string]string
}

// contract is what a fake does with a request. It is called one at a time.
type contract func(d *Desk, c *call) reply

// contracts are the fakes, by the name of the profile.
func contracts() map[string]func(*Desk) contract {
	return map[string]func(*Desk) contract{
		"rt": rt, "redmine": redmine, "alertmanager": alertmanager,
		"pagerduty": pagerduty, "opsgenie": opsgenie, "jsm": opsgenie, "gitlab-alerts": gitlabAlerts, "oncall": oncall, "splunk-oncall": splunkOncall,
		"slack": slack, "mattermost": mattermost, "teams": teams,
		"github": github, "gitea": gitea, "gitlab": gitlab, "jira": jira("3"), "jira-dc": jira("2"),
		"otlp": otlp, "zendesk": zendesk, "servicenow": servicenow, "znuny": znuny, "roundup": roundup,
		"freshdesk":    fresh("/api/v2/search/tickets", "results", "", "cf_thirdline_fingerprint"),
		"freshservice": fresh("/api/v2/tickets/filter", "tickets", "ticket", "thirdline_fingerprint"),
	}
}

// Names returns the profiles that have a fake, sorted.
func Names() []string {
	out := []string{}
	for name := range contracts() {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// New starts the fake of a profile; it ends with the test.
func New(t *testing.T, name string) *Desk {
	t.Helper()
	d := &Desk{t: t, kept: map[string]string{}, Settings: map[string]string{}, Wrong: map[string]string{}}
	make := contracts()[name]
	if make == nil {
		t.Fatalf("there is no fake of %s", name)
	}
	var serve contract
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.serve(w, r, serve) }))
	t.Cleanup(server.Close)
	d.URL = server.URL
	d.Settings["url"] = server.URL
	serve = make(d)
	return d
}

// needs adds settings of a destination.
func (d *Desk) needs(pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		d.Settings[pairs[i]] = pairs[i+1]
	}
}

// guarded adds a secret setting, which is wrong in Wrong.
func (d *Desk) guarded(name string) {
	d.Settings[name], d.Wrong[name] = secret, "wrong"
}

func (d *Desk) serve(w http.ResponseWriter, r *http.Request, serve contract) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		d.t.Error(err)
		return
	}
	c := &call{Request: r, raw: raw}
	_ = json.Unmarshal(raw, &c.body) // a body of another kind is for the contract to judge
	d.mu.Lock()
	got := serve(d, c)
	d.mu.Unlock()
	for k, v := range got.header {
		w.Header().Set(k, v)
	}
	if text, ok := got.body.(string); ok {
		w.WriteHeader(got.status)
		_, err = io.WriteString(w, text)
	} else {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(got.status)
		if got.body != nil && got.status != http.StatusNoContent {
			err = json.NewEncoder(w).Encode(got.body)
		}
	}
	if err != nil && !errors.Is(err, http.ErrHandlerTimeout) {
		return // the client lost the answer on purpose
	}
}

// Tickets returns what the fake holds with a fingerprint.
func (d *Desk) Tickets(t *testing.T, fp string) (out []backendtest.Ticket) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, k := range d.tickets {
		if k.fp == fp {
			out = append(out, backendtest.Ticket{Title: k.title, Open: k.open, Comments: k.comments, Files: len(k.files), Text: strings.Join(k.text, "\n")})
		}
	}
	return out
}

// Close makes the tickets with a fingerprint ones that can never be changed again, at
// a desk that knows such a state.
func (d *Desk) Close(fp string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, k := range d.tickets {
		if k.fp == fp {
			k.open, k.extra["closed"] = false, "yes"
		}
	}
}

// Follows returns the ids of the tickets that those with a fingerprint follow up; "" of
// one that follows none.
func (d *Desk) Follows(fp string) (out []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, k := range d.tickets {
		if k.fp == fp {
			out = append(out, k.extra["follows"])
		}
	}
	return out
}

// make adds an open ticket.
func (d *Desk) make(fp, title, text string) *ticket {
	k := &ticket{id: len(d.tickets) + 1, fp: fp, title: title, open: true, text: []string{text}, extra: map[string]string{}, authors: map[string]string{}}
	d.tickets = append(d.tickets, k)
	return k
}

// byFP returns the newest ticket with a fingerprint, or nil.
func (d *Desk) byFP(fp string) (found *ticket) {
	for _, k := range d.tickets {
		if k.fp == fp {
			found = k
		}
	}
	return found
}

func (d *Desk) byID(id string) *ticket {
	for _, k := range d.tickets {
		if fmt.Sprint(k.id) == id {
			return k
		}
	}
	return nil
}

// comment adds one that has a text.
func (k *ticket) comment(text string) {
	if text != "" {
		k.comments++
		k.text = append(k.text, text)
	}
}
