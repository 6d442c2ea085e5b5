package httpdriver_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/backendtest"
	"github.com/thirdline/thirdline/shipper/httpdriver"
	"github.com/thirdline/thirdline/shipper/profile"
)

const desk = `class: CLASS
settings: {url: {required: true}, token: {secret: true}}
headers: {Authorization: "Bearer {{ .V.token }}"}
find:
  - {url: "{{ .V.url }}/find", expect: {match: {fp: "{{ .FP }}"}, capture: {id: id}}}
create:
  - {method: POST, url: "{{ .V.url }}/create", body: "{{ .FP }} {{ .Log }}", expect: {match: {fp: "{{ .FP }}"}, capture: {id: id}}}
update:
  - {method: POST, url: "{{ .V.url }}/update/{{ .R.id }}", body: "{{ .Marker }}"}
seen:
  - {url: "{{ .V.url }}/seen/{{ .R.id }}", expect: {contains: "{{ .Marker }}"}}
resolve:
  - {method: POST, url: "{{ .V.url }}/resolve/{{ .R.id }}"}
`

// far is a far end whose answers a test scripts: the first that fits a path wins,
// and is used up.
type far struct {
	t     *testing.T
	mu    sync.Mutex
	asked []string
	plan  []answer
	url   string
}

type answer struct {
	path   string
	status int
	header map[string]string
	body   string
	lose   bool
}

func newFar(t *testing.T, plan ...answer) *far {
	t.Helper()
	f := &far{t: t, plan: plan}
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	f.url = s.URL
	return f
}

func (f *far) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		f.t.Error(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, r.URL.Path)
	for i, a := range f.plan {
		if a.path != r.URL.Path && (a.path != "large" || len(body) <= 40000) {
			continue
		}
		if a.path != "large" {
			f.plan = slices.Delete(f.plan, i, i+1)
		}
		if a.lose {
			if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
				_ = c.Close()
			}
			return
		}
		for k, v := range a.header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(a.status)
		fmt.Fprint(w, a.body)
		return
	}
	switch r.URL.Path {
	case "/find":
		fmt.Fprint(w, `{"fp": "of another"}`)
	case "/create":
		fp, _, _ := strings.Cut(string(body), " ")
		fmt.Fprintf(w, `{"fp": %q, "id": 7}`, fp)
	default:
		fmt.Fprint(w, "{}")
	}
}

// took returns the paths that were asked for since the last call.
func (f *far) took() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := strings.Join(f.asked, " ")
	f.asked = nil
	return out
}

func (f *far) driver(t *testing.T, class string, j shipper.Journal, settle time.Duration) *httpdriver.Driver {
	t.Helper()
	p, problems := profile.Parse("desk.yaml", []byte(strings.Replace(desk, "CLASS", class, 1)))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	d, err := httpdriver.New(httpdriver.Options{
		Profile: p, Settings: map[string]string{"url": f.url, "token": "hunter2"}, Journal: j, Settle: settle, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var fp = strings.Repeat("ab", 16)

func (f *far) tell(t *testing.T, d *httpdriver.Driver, kind string, generation, sequence int) error {
	t.Helper()
	id, event := backendtest.Event(kind, fp, generation, sequence, false)
	return d.Deliver(t.Context(), id, event)
}

// TestWhatAnAnswerMeans is about the answer to a creation.
func TestWhatAnAnswerMeans(t *testing.T) {
	day := map[string]string{"Retry-After": "86400"}
	reset := map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": fmt.Sprint(time.Now().Add(time.Hour).Unix())}
	for _, c := range []struct {
		name string
		answer
		want string
	}{
		{"bad request", answer{status: 400, body: "no such queue"}, "refused: no such queue"},
		{"not found", answer{status: 404}, "refused"},
		{"unprocessable", answer{status: 422}, "refused"},
		{"wrong credentials", answer{status: 401, body: "token hunter2 is wrong"}, "denied: token (hidden) is wrong"},
		{"forbidden", answer{status: 403}, "denied"},
		{"a rate limit", answer{status: 429, header: day}, "later 24h0m0s"},
		{"a rate limit as GitHub says it", answer{status: 403, header: reset}, "later 1h0m0s"},
		{"a secondary rate limit", answer{status: 403, header: day}, "later 24h0m0s"},
		{"a fault of the server", answer{status: 500}, "later 0s"},
		{"a redirect", answer{status: 302, header: map[string]string{"Location": "http://127.0.0.1:1/"}}, "passing: redirects are not followed"},
		{"a ticket of another", answer{status: 200, body: `{"fp": "of another", "id": 1}`}, "refused"},
		{"no JSON", answer{status: 200, body: `<html>`}, "passing"},
		{"an endless answer", answer{status: 200, body: strings.Repeat("x", 2<<20)}, "passing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.path = "/create"
			f := newFar(t, c.answer)
			got := verdict(f.tell(t, f.driver(t, "find", nil, 1), shipper.Opened, 1, 1))
			want, text, _ := strings.Cut(c.want, ": ")
			if !strings.HasPrefix(got, want) || !strings.Contains(got, text) || strings.Contains(got, "hunter2") {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func verdict(err error) string {
	var refused *shipper.Refused
	var denied *shipper.Denied
	var later *shipper.Later
	switch {
	case err == nil:
		return "accepted"
	case errors.As(err, &refused):
		return "refused: " + err.Error()
	case errors.As(err, &denied):
		return "denied: " + err.Error()
	case errors.As(err, &later):
		return fmt.Sprintf("later %v: %v", later.After.Round(time.Minute), err)
	}
	return "passing: " + err.Error()
}

// TestALostAnswerLeadsToALookNotToASecondCreation fails when a creation whose answer
// was lost is sent again without looking, or before the server can have done it.
func TestALostAnswerLeadsToALookNotToASecondCreation(t *testing.T) {
	for _, class := range []string{"find", "find-eventual"} {
		t.Run(class, func(t *testing.T) {
			f, j := newFar(t, answer{path: "/create", lose: true}), backendtest.NewJournal()
			if err := f.tell(t, f.driver(t, class, j, time.Hour), shipper.Opened, 1, 1); err == nil {
				t.Fatal("it was accepted")
			}
			if got := f.took(); got != "/find /create" {
				t.Errorf("asked %s", got)
			}
			again := f.driver(t, class, j, time.Hour) // a new start
			var later *shipper.Later
			if err := f.tell(t, again, shipper.Opened, 1, 1); !errors.As(err, &later) || !later.Alone {
				t.Errorf("%v", err)
			}
			if got := f.took(); got != "/find" {
				t.Errorf("asked %s before the server can have done it", got)
			}
			f.plan = []answer{{path: "/find", status: 200, body: `{"fp": "` + fp + `", "id": 9}`}}
			if err := f.tell(t, again, shipper.Opened, 1, 1); err != nil {
				t.Error(err)
			}
			if got := f.took(); got != "/find" {
				t.Errorf("asked %s though it is there", got)
			}
			if err := f.tell(t, again, shipper.Updated, 1, 2); err != nil || f.took() != "/update/9" {
				t.Errorf("the update went elsewhere, %v", err)
			}
		})
	}
}

func TestALostAnswerToACommentLeadsToALook(t *testing.T) {
	f, j := newFar(t, answer{path: "/update/7", lose: true}, answer{path: "/seen/7", status: 200, body: fp + `\/1\/2:update`}), backendtest.NewJournal()
	d := f.driver(t, "find", j, time.Hour)
	if err := f.tell(t, d, shipper.Opened, 1, 1); err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		if err := f.tell(t, d, shipper.Updated, 1, 2); (err == nil) != (n == 1) {
			t.Errorf("try %d: %v", n, err)
		}
	}
	if got := f.took(); got != "/find /create /update/7 /seen/7" {
		t.Errorf("asked %s", got)
	}
}

// TestAnOldEventAfterANewerOneIsNotToldAgain is about what a crash brings back after its
// answer came too late to be kept.
func TestAnOldEventAfterANewerOneIsNotToldAgain(t *testing.T) {
	f := newFar(t)
	d := f.driver(t, "find", backendtest.NewJournal(), 1)
	for _, e := range []struct {
		kind                 string
		generation, sequence int
	}{{shipper.Opened, 1, 1}, {shipper.Updated, 1, 2}, {shipper.Updated, 1, 3}, {shipper.Updated, 1, 2}, {shipper.Opened, 1, 1}} {
		if err := f.tell(t, d, e.kind, e.generation, e.sequence); err != nil {
			t.Fatal(err)
		}
	}
	if got := f.took(); got != "/find /create /update/7 /update/7" {
		t.Errorf("asked %s", got)
	}
}

// TestANewIncidentGetsANewTicket though the old one has the same fingerprint.
func TestANewIncidentGetsANewTicket(t *testing.T) {
	f, j := newFar(t), backendtest.NewJournal()
	d := f.driver(t, "find", j, 1)
	for n, kind := range []string{shipper.Opened, shipper.Resolved} {
		if err := f.tell(t, d, kind, 1, n+1); err != nil {
			t.Fatal(err)
		}
	}
	f.took()
	f.plan = []answer{{path: "/find", status: 200, body: `{"fp": "` + fp + `", "id": 7}`}}
	if err := f.tell(t, d, shipper.Opened, 2, 1); err != nil {
		t.Fatal(err)
	}
	if got := f.took(); got != "/find /create" {
		t.Errorf("asked %s", got)
	}
}

func TestATicketThatIsGoneIsMadeAgain(t *testing.T) {
	f, j := newFar(t, answer{path: "/update/7", status: 404}), backendtest.NewJournal()
	d := f.driver(t, "find", j, 1)
	if err := f.tell(t, d, shipper.Opened, 1, 1); err != nil {
		t.Fatal(err)
	}
	if err := f.tell(t, d, shipper.Updated, 1, 2); err == nil {
		t.Fatal("it was accepted")
	}
	if err := f.tell(t, d, shipper.Updated, 1, 2); err != nil {
		t.Fatal(err)
	}
	if got := f.took(); got != "/find /create /update/7 /find /create" {
		t.Errorf("asked %s", got)
	}
}

func TestALargeLogIsCutUntilItIsTaken(t *testing.T) {
	f := newFar(t, answer{path: "large", status: 413})
	id, event := backendtest.Encode(shipper.Opened, shipper.Incident{
		Fingerprint: fp, Generation: 1, Sequence: 1, Title: "t", Snapshot: &shipper.Snapshot{File: "/f", Match: "m", Before: []string{strings.Repeat("x", 1<<20)}},
	})
	if err := f.driver(t, "find", nil, 1).Deliver(t.Context(), id, event); err != nil {
		t.Error(err)
	}
	f.plan = []answer{{path: "/create", status: 413}, {path: "/create", status: 413}, {path: "/create", status: 413}, {path: "/create", status: 413}, {path: "/create", status: 413}}
	var refused *shipper.Refused
	if err := f.driver(t, "find", nil, 1).Deliver(t.Context(), id, event); !errors.As(err, &refused) {
		t.Errorf("one that never takes it: %v", err)
	}
}

func TestARedirectCarriesNothingElsewhere(t *testing.T) {
	other := newFar(t)
	f := newFar(t, answer{path: "/find", status: 307, header: map[string]string{"Location": other.url}})
	if err := f.tell(t, f.driver(t, "find", nil, 1), shipper.Opened, 1, 1); err == nil {
		t.Error("a redirect was taken for an answer")
	}
	if got := other.took(); got != "" {
		t.Errorf("the redirect was followed to %s", got)
	}
}

// TestAnAddressIsNotShown because that of a webhook is a secret.
func TestAnAddressIsNotShown(t *testing.T) {
	p, problems := profile.Parse("chat.yaml", []byte("class: none\nsettings: {url: {secret: true}}\ncreate: [{method: POST, url: \"{{ .V.url }}\"}]\nresolve: [{method: POST, url: \"{{ .V.url }}\"}]\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, url := range []string{"http://127.0.0.1:1/services/hunter2", "://hunter2", "http://hunter2.invalid/hunter2"} {
		d, err := httpdriver.New(httpdriver.Options{Profile: p, Settings: map[string]string{"url": url}})
		if err != nil {
			t.Fatal(err)
		}
		id, event := backendtest.Event(shipper.Opened, fp, 1, 1, false)
		if err := d.Deliver(t.Context(), id, event); err == nil || strings.Contains(err.Error(), "/hunter2") || strings.Contains(err.Error(), "://") {
			t.Errorf("%v", err)
		}
	}
}
