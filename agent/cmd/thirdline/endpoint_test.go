package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// scripted is an endpoint that answers as it is told.
type scripted struct {
	url    string
	mu     sync.Mutex
	status int
	body   string
	wait   string // Retry-After
}

// endpoint STATUS [BODY [RETRY-AFTER]] sets what the script's endpoint answers from now
// on, and ENDPOINT to its address.
func endpoint(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value("endpoint").(*scripted)
	if s.url == "" {
		server := httptest.NewServer(s)
		ts.Defer(server.Close)
		s.url = server.URL
		ts.Setenv("ENDPOINT", s.url)
	}
	status, err := strconv.Atoi(args[0])
	ts.Check(err)
	args = append(args[1:], "", "")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status, s.body, s.wait = status, args[0], args[1]
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wait != "" {
		w.Header().Set("Retry-After", s.wait)
	}
	_, _ = io.Copy(io.Discard, r.Body)
	w.WriteHeader(s.status)
	_, _ = io.WriteString(w, s.body)
}
