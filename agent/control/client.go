package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"syscall"
)

var (
	// ErrNoAgent tells that no agent runs on a state directory: its store is free
	// to be opened.
	ErrNoAgent = errors.New("no agent runs here")
	// ErrNotPermitted tells that this user may not command the agent.
	ErrNotPermitted = errors.New("not permitted")
)

// Client calls the agent of one state directory. It is safe for concurrent use.
type Client struct {
	http  *http.Client
	state string
}

// Dial finds the agent of a state directory. The error is [ErrNoAgent] when none
// runs there, and [ErrNotPermitted] when this user may not come in.
func Dial(state string) (*Client, error) {
	path, err := Path(state)
	if err != nil {
		return nil, err
	}
	c := &Client{state: state, http: &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", path)
		},
	}}}
	conn, err := net.Dial("unix", path) //nolint:noctx // a unix socket answers at once
	if err != nil {
		return nil, c.explain(err)
	}
	if err := conn.Close(); err != nil {
		return nil, fmt.Errorf("close control socket: %w", err)
	}
	return c, nil
}

// explain says what a failed connection means.
func (c *Client) explain(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%w: state directory %s; start one, or name another with --state or --config", ErrNoAgent, c.state)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: state directory %s; run this as root or as the agent's user", ErrNotPermitted, c.state)
	}
	return fmt.Errorf("reach agent: %w", err)
}

// Call sends a request with in as its body, where it is not nil, and decodes the
// answer into out, where that is not nil. What the agent refuses is a [*Failure].
func (c *Client) Call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://agent"+path, body)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return c.explain(err)
	}
	defer answer.Body.Close() //nolint:errcheck // it was read to its end, or it is of no use
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if answer.StatusCode == http.StatusForbidden {
		return c.explain(fs.ErrPermission)
	}
	if answer.StatusCode != http.StatusOK {
		return failure(answer.StatusCode, path, data)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("decode answer: %w", err)
	}
	return nil
}

// failure is what an answer with a status other than 200 says.
func failure(status int, path string, data []byte) error {
	f := &Failure{Status: status}
	if err := json.Unmarshal(data, f); err != nil || f.Text == "" {
		f.Text = fmt.Sprintf("the agent does not know %s: it is of another version than this command", path)
		if status != http.StatusNotFound {
			f.Text = fmt.Sprintf("the agent answered %d %s", status, http.StatusText(status))
		}
	}
	return f
}
