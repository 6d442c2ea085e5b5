// Package webhook is the backend that POSTs CloudEvents to an HTTP endpoint.
//
// A 2xx answer that was read whole is an acceptance. 408, 425, 429 and 5xx, and
// every fault of the network, may pass; the id of the event does not change, so
// that the endpoint can drop what it has already. 401 and 403 are faults of the
// configuration, not of the event: they pause the destination. An event that is too
// large (413) is sent again without what surrounds the match. All else is a refusal.
// Redirects are not followed: no header may reach another host.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/thirdline/thirdline/shipper"
)

const (
	maxAnswer  = 64 << 10 // bytes of an answer that are read
	excerpt    = 300      // bytes of an answer that are kept
	maxIdle    = 16       // connections that are kept: one for each delivery under way
	retries    = 2        // in place; the spool does the long ones
	retryFloor = 100 * time.Millisecond
	retryCeil  = 2 * time.Second // also for Retry-After in place
)

// Options of a webhook. Only URL is required.
type Options struct {
	URL string
	// Token is sent as Bearer, or User and Password as Basic.
	Token, User, Password string
	// Secret signs each event by the Standard Webhooks convention
	// (https://www.standardwebhooks.com); a `whsec_` one is base64.
	Secret string
	// CAFile is a PEM file of the authorities to trust instead of the system's;
	// CertFile and KeyFile are the client's certificate.
	CAFile, CertFile, KeyFile string
	// Timeout of one attempt. Default 15 s.
	Timeout time.Duration
	// Agent is the User-Agent.
	Agent string
	Log   *slog.Logger
}

// Webhook is safe for concurrent use.
type Webhook struct {
	o      Options
	key    []byte
	client *retryablehttp.Client
	now    func() time.Time
}

var _ shipper.Backend = (*Webhook)(nil)

// New checks the options and returns the backend. Nothing is sent.
func New(o Options) (*Webhook, error) {
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	tlsConfig, err := o.TLS()
	if err != nil {
		return nil, err
	}
	key := []byte(o.Secret)
	if encoded, ok := strings.CutPrefix(o.Secret, "whsec_"); ok {
		if key, err = base64.StdEncoding.DecodeString(encoded); err != nil {
			return nil, errors.New("read webhook secret: what follows whsec_ is not base64")
		}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = tlsConfig
	transport.MaxIdleConnsPerHost = maxIdle
	c := retryablehttp.NewClient()
	c.HTTPClient = &http.Client{
		Transport: transport, Timeout: o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	c.Logger = nil
	c.RetryMax, c.RetryWaitMin, c.RetryWaitMax = retries, retryFloor, retryCeil
	c.CheckRetry = checkRetry
	c.Backoff = backoff
	c.ErrorHandler = retryablehttp.PassthroughErrorHandler
	return &Webhook{o: o, key: key, client: c, now: time.Now}, nil
}

// TLS returns the settings that the options ask for.
func (o *Options) TLS() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read ca_file: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read ca_file: %s holds no PEM certificate", o.CAFile)
		}
	}
	if o.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read client certificate: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// passing reports whether a status may be another one later.
func passing(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}

// checkRetry retries in place what may pass at once. A webhook event is
// idempotent by its id, so a lost answer may be retried too.
func checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		var certificate *tls.CertificateVerificationError
		return !errors.As(err, &certificate), nil
	}
	return resp.StatusCode >= 502 || resp.StatusCode == http.StatusTooManyRequests && retryAfter(resp) <= retryCeil, nil
}

// backoff doubles, and obeys a Retry-After that is within the ceiling.
func backoff(floor, ceil time.Duration, attempt int, resp *http.Response) time.Duration {
	return min(max(floor<<attempt, retryAfter(resp)), ceil)
}

// retryAfter reads the header in seconds or as a date; 0 without one.
func retryAfter(resp *http.Response) time.Duration {
	if resp == nil {
		return 0
	}
	h := resp.Header.Get("Retry-After")
	if n, err := strconv.ParseInt(h, 10, 64); err == nil {
		return time.Duration(min(max(n, 0), 1<<20)) * time.Second
	}
	if t, err := http.ParseTime(h); err == nil {
		return max(time.Until(t), 0)
	}
	return 0
}

// errLarge tells that the endpoint takes no event of this size.
var errLarge = errors.New("the event is too large")

// Deliver implements [shipper.Backend].
func (w *Webhook) Deliver(ctx context.Context, id string, event []byte) error {
	err := shipper.Fit(event, errLarge, func(event []byte) error { return w.post(ctx, id, event) })
	if errors.Is(err, errLarge) {
		return &shipper.Refused{Reason: err.Error()}
	}
	return err
}

func (w *Webhook) post(ctx context.Context, id string, event []byte) error {
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, w.o.URL, event)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
	req.Header.Set("User-Agent", w.o.Agent)
	switch {
	case w.o.Token != "":
		req.Header.Set("Authorization", "Bearer "+w.o.Token)
	case w.o.User != "":
		req.SetBasicAuth(w.o.User, w.o.Password)
	}
	if len(w.key) > 0 {
		w.sign(req.Header, id, event)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return fmt.Errorf("post event: %w", err)
	}
	return errors.Join(answer(resp), resp.Body.Close())
}

func (w *Webhook) sign(h http.Header, id string, event []byte) {
	stamp := strconv.FormatInt(w.now().Unix(), 10)
	mac := hmac.New(sha256.New, w.key)
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, event)
	h.Set("Webhook-Id", id)
	h.Set("Webhook-Timestamp", stamp)
	h.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// answer reads the whole answer, and says what it means.
func answer(resp *http.Response) error {
	body, readErr := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	status := resp.StatusCode
	said := "the endpoint answered " + resp.Status
	if text := bytes.ToValidUTF8(bytes.TrimSpace(body[:min(len(body), excerpt)]), []byte("?")); len(text) > 0 {
		said = fmt.Sprintf("%s: %s", said, text)
	}
	switch {
	case status >= 200 && status < 300 && readErr == nil && len(body) <= maxAnswer:
		return nil
	case status >= 200 && status < 300:
		return fmt.Errorf("read answer: %w", errors.Join(readErr, errors.New("the answer is cut or endless")))
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return &shipper.Denied{Err: errors.New(said)}
	case status == http.StatusRequestEntityTooLarge:
		return fmt.Errorf("%s (%w)", said, errLarge)
	case passing(status):
		return &shipper.Later{After: retryAfter(resp), Err: errors.New(said)}
	case status >= 300 && status < 400:
		return &shipper.Later{Err: fmt.Errorf("%s (redirects are not followed: put the final address into `url`)", said)}
	}
	return &shipper.Refused{Reason: said}
}
