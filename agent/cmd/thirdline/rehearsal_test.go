package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/thirdline/thirdline/agent/config"
	"github.com/thirdline/thirdline/shipper"
)

// TestARehearsalIsDeliveredAsByAnAgent fails when it goes past the spool or the journal,
// gives up at the first failure, or leaves its store behind.
func TestARehearsalIsDeliveredAsByAnAgent(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(w, `{"fp": "%s", "id": 7}`, strings.Repeat("ab", 16))
	}))
	defer server.Close()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"thirdline.yaml": "rules: [rules]\nsources: [{name: app, include: [app.log]}]\ndestinations: [{name: desk, http: {profile: own.yaml, url: \"" + server.URL + "\"}}]\n",
		"own.yaml": `class: find
settings: {url: {required: true}}
find: [{url: "{{ .V.url }}/", expect: {match: {fp: "{{ .FP }}"}, capture: {id: id}}}]
create: [{method: POST, url: "{{ .V.url }}/", expect: {match: {fp: "{{ .FP }}"}, capture: {id: id}}}]
resolve: [{method: POST, url: "{{ .V.url }}/{{ .R.id }}"}]
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, problems := config.Load(filepath.Join(dir, "thirdline.yaml"), os.LookupEnv)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	t.Setenv("TMPDIR", t.TempDir())
	r, err := newRehearsal(&c.Destinations[0], slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	r.start(t.Context())
	i := shipper.Incident{Fingerprint: strings.Repeat("ab", 16), Generation: 1, Sequence: 1, Title: "t", Severity: "info"}
	if _, err := r.tell(t.Context(), shipper.NewEvent(shipper.Opened, i.Opened, i)); err != nil {
		t.Error(err)
	}
	all, err := r.store.Journal("desk").All()
	if err != nil || !strings.Contains(string(all[i.Fingerprint]), `"id":"7"`) {
		t.Errorf("journal %s, %v", all, err)
	}
	if err := r.close(); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(os.TempDir())
	if err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}
