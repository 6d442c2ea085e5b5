package httpdriver

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/time/rate"

	"github.com/thirdline/thirdline/shipper"
)

const (
	maxAnswer  = 1 << 20 // bytes of an answer that are read
	excerpt    = 300     // bytes of an answer that are shown
	attempts   = 3       // in place; the spool does the long retries
	retryFloor = 100 * time.Millisecond
	retryCeil  = 2 * time.Second // also for a Retry-After that is waited for in place
	timeout    = 15 * time.Second
)

type request struct {
	method, url string
	headers     map[string]string
	body        []byte
	idempotent  bool
}

// sender sends requests at a rate, and sends again in place what is surely not
// there yet, or what may be there twice.
type sender struct {
	client *retryablehttp.Client
	limit  *rate.Limiter
	agent  string
}

type idempotentKey struct{}

func newSender(client *http.Client, limit *rate.Limiter, agent string) *sender {
	if client == nil {
		client = &http.Client{Timeout: timeout}
	}
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if own.Timeout == 0 {
		own.Timeout = timeout
	}
	c := retryablehttp.NewClient()
	c.HTTPClient, c.Logger = &own, nil
	c.RetryMax, c.RetryWaitMin, c.RetryWaitMax = attempts-1, retryFloor, retryCeil
	c.CheckRetry, c.ErrorHandler = checkRetry, retryablehttp.PassthroughErrorHandler
	c.Backoff = func(floor, ceil time.Duration, attempt int, resp *http.Response) time.Duration {
		wait := floor << attempt
		if resp != nil {
			wait = max(wait, retryAfter(resp.Header))
		}
		return min(wait, ceil)
	}
	return &sender{client: c, limit: limit, agent: agent}
}

// checkRetry retries in place what may pass at once.
func checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	idempotent, _ := ctx.Value(idempotentKey{}).(bool)
	if err != nil {
		return !lasting(err) && (idempotent || !wired(err)), nil
	}
	soon := retryAfter(resp.Header) <= retryCeil
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return soon, nil
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return soon && idempotent, nil
	}
	return false, nil
}

// wired reports whether a request may have reached the server.
func wired(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return !lasting(err) && !errors.As(err, &dns) && (!errors.As(err, &op) || op.Op != "dial" && op.Op != "proxyconnect")
}

// lasting reports whether an error is of the configuration, so that no request was
// sent, and none will be if it is tried again at once.
func lasting(err error) bool {
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var record tls.RecordHeaderError
	return errors.As(err, &certificate) || errors.As(err, &authority) || errors.As(err, &name) || errors.As(err, &record)
}

// send sends a request and reads the whole answer. sent tells that the server may
// have had it, also where there is an error.
func (s *sender) send(ctx context.Context, r *request) (a *answer, sent bool, err error) {
	if err := s.limit.Wait(ctx); err != nil {
		return nil, false, fmt.Errorf("wait for the rate limit: %w", err)
	}
	ctx = context.WithValue(ctx, idempotentKey{}, r.idempotent)
	req, err := retryablehttp.NewRequestWithContext(ctx, r.method, r.url, r.body)
	if err != nil {
		return nil, false, &shipper.Refused{Reason: "make request: the address is not valid"}
	}
	req.Header.Set("User-Agent", s.agent)
	for name, value := range r.headers {
		req.Header.Set(name, value)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, wired(err), fmt.Errorf("send request: %w", bare(err))
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, true, fmt.Errorf("read answer: %w", bare(err))
	}
	if len(body) > maxAnswer {
		return nil, true, errors.New("read answer: it has no end")
	}
	return &answer{status: resp.StatusCode, header: resp.Header, body: body}, true, nil
}

// bare takes the address out of an error: it may hold a secret.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// answer is an answer that was read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a *answer) said() string {
	text := bytes.ToValidUTF8(bytes.TrimSpace(a.body[:min(len(a.body), excerpt)]), []byte("?"))
	said := fmt.Sprintf("the endpoint answered %d %s", a.status, http.StatusText(a.status))
	if len(text) == 0 {
		return said
	}
	return fmt.Sprintf("%s: %s", said, text)
}

// uncertain reports whether the server may have done what it was asked for, though
// its status is an error.
func (a *answer) uncertain() bool {
	return a.status >= 500 || a.status == http.StatusRequestTimeout
}

// tooLarge tells that the server will not take that much.
type tooLarge struct{ said string }

func (t *tooLarge) Error() string { return t.said }

// verdict says what a status means.
func (a *answer) verdict(accepted []int) error {
	if accepted == nil && a.status >= 200 && a.status < 300 || slices.Contains(accepted, a.status) {
		return nil
	}
	said := errors.New(a.said())
	switch {
	case a.status == http.StatusTooManyRequests, a.status == http.StatusForbidden && a.limited():
		return &shipper.Later{After: retryAfter(a.header), Err: said}
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden, a.status == http.StatusProxyAuthRequired:
		return &shipper.Denied{Err: said}
	case a.status == http.StatusNotFound, a.status == http.StatusGone:
		return fmt.Errorf("%w: %w", errGone, said)
	case a.status == http.StatusRequestEntityTooLarge:
		return &tooLarge{a.said()}
	case a.status >= 300 && a.status < 400:
		return fmt.Errorf("%w (redirects are not followed: put the final address into `url`)", said)
	case a.status >= 500, a.status == http.StatusRequestTimeout, a.status == http.StatusTooEarly,
		a.status == http.StatusConflict, a.status == http.StatusPreconditionFailed:
		return &shipper.Later{After: retryAfter(a.header), Err: said}
	}
	return &shipper.Refused{Reason: a.said()}
}

// limited reports whether a 403 is a rate limit, as GitHub says it.
func (a *answer) limited() bool {
	return a.header.Get("Retry-After") != "" || a.header.Get("X-Ratelimit-Remaining") == "0"
}

// retryAfter reads when to come again: Retry-After in seconds or as a date, or
// GitHub's X-RateLimit-Reset; 0 without one.
func retryAfter(h http.Header) time.Duration {
	if n, err := strconv.ParseInt(h.Get("Retry-After"), 10, 64); err == nil {
		return time.Duration(min(max(n, 0), 1<<20)) * time.Second
	}
	if t, err := http.ParseTime(h.Get("Retry-After")); err == nil {
		return max(time.Until(t), 0)
	}
	if n, err := strconv.ParseInt(h.Get("X-Ratelimit-Reset"), 10, 64); err == nil && h.Get("X-Ratelimit-Remaining") == "0" {
		return max(time.Until(time.Unix(n, 0)), 0)
	}
	return 0
}
