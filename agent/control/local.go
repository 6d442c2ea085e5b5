package control

import (
	"bytes"
	"io"
	"net/http"
)

// Local returns a client of a handler in this process: what a command asks of a store
// whose agent does not run goes the same way as to one that runs.
func Local(h http.Handler) *Client {
	return &Client{http: &http.Client{Transport: local{h}}}
}

// local answers requests by a handler.
type local struct{ handler http.Handler }

// RoundTrip implements [http.RoundTripper].
func (l local) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := &memory{header: http.Header{}, status: http.StatusOK}
	l.handler.ServeHTTP(w, r)
	return &http.Response{
		StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// memory is an answer that stays in this process.
type memory struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (m *memory) Header() http.Header { return m.header }

// WriteHeader implements [http.ResponseWriter].
func (m *memory) WriteHeader(status int) { m.status = status }

// Write implements [http.ResponseWriter].
func (m *memory) Write(b []byte) (int, error) { return m.body.Write(b) }
