// Package control is the door by which commands reach a running agent: HTTP with
// JSON over a unix socket in the state directory.
//
// Only root and the agent's own user come in: the socket has mode 0600, and the
// kernel says who a peer is. Holding the store's lock is the caller's part: it
// proves that a socket that lies there already is a dead agent's.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
)

const (
	socket  = "control.sock"
	longest = 107     // bytes of a unix socket's path, by the kernel
	maxBody = 8 << 20 // bytes of a request
)

// Path returns where the socket of a state directory is. A path that is too long
// for the kernel is an error.
func Path(state string) (string, error) {
	path := filepath.Join(state, socket)
	if len(path) > longest {
		return "", fmt.Errorf("the control socket's path %s has %d bytes and a socket's may have %d; choose a shorter state directory", path, len(path), longest)
	}
	return path, nil
}

// Failure is an error with an HTTP status. A handler that returns one gives its
// status to the command; any other error is a 500.
type Failure struct {
	Status int    `json:"-"`
	Text   string `json:"error"`
}

// Error gives the text.
func (f *Failure) Error() string { return f.Text }

// Failf returns a [Failure].
func Failf(status int, format string, args ...any) error {
	return &Failure{status, fmt.Sprintf(format, args...)}
}

// Handler serves requests with f. The request's body is decoded into In, which
// stays zero where there is none; a key that In has not is refused. What f returns
// is sent as JSON.
func Handler[In any](f func(ctx context.Context, r *http.Request, in In) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in In
		body := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		body.DisallowUnknownFields()
		if err := body.Decode(&in); err != nil && !errors.Is(err, io.EOF) {
			answer(w, nil, Failf(http.StatusBadRequest, "decode request: %v", err))
			return
		}
		out, err := f(r.Context(), r, in)
		answer(w, out, err)
	})
}

// answer sends out, or err where there is one.
func answer(w http.ResponseWriter, out any, err error) {
	status := http.StatusOK
	if err != nil {
		var f *Failure
		if !errors.As(err, &f) {
			f = &Failure{http.StatusInternalServerError, err.Error()}
		}
		out, status = f, f.Status
	}
	data, err := json.Marshal(out)
	if err != nil {
		data, status = []byte(`{"error": "the answer cannot be encoded"}`), http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(data, '\n')) // a peer that has gone needs no answer
}
