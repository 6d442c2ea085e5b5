package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/webhook"
)

func deliver(t *testing.T, o webhook.Options) error {
	t.Helper()
	w, err := webhook.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return w.Deliver(t.Context(), "fp/1/1", []byte(`{"id":"fp/1/1"}`))
}

func server(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestWhatAnAnswerMeans(t *testing.T) {
	for _, tc := range []struct {
		name    string
		handler http.HandlerFunc
		want    string // accepted, refused, later
	}{
		{"200", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) }, "accepted"},
		{"202 with a body", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202); fmt.Fprint(w, "ok") }, "accepted"},
		{"400", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "bad field", 400) }, "refused"},
		{"413", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(413) }, "refused"},
		{"401", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, "later"},
		{"500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "later"},
		{"redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusTemporaryRedirect) }, "later"},
		{"cut answer", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "short")
		}, "later"},
		{"endless answer", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) }, "later"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := deliver(t, webhook.Options{URL: server(t, tc.handler)})
			got := "later"
			var refused *shipper.Refused
			if err == nil {
				got = "accepted"
			} else if errors.As(err, &refused) {
				got = "refused"
			}
			if got != tc.want {
				t.Errorf("%s: %v, want %s", got, err, tc.want)
			}
		})
	}
}

func TestALostAnswerIsRetriedWithTheSameID(t *testing.T) {
	var n atomic.Int32
	url := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Webhook-Id") != "fp/1/1" {
			t.Errorf("id = %q", r.Header.Get("Webhook-Id"))
		}
		if n.Add(1) == 1 {
			c, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = c.Close()
		}
	})
	if err := deliver(t, webhook.Options{URL: url, Secret: "x"}); err != nil || n.Load() != 2 {
		t.Errorf("err = %v after %d requests", err, n.Load())
	}
}

func TestRetryAfterIsHandedOn(t *testing.T) {
	url := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "86400")
		w.WriteHeader(429)
	})
	start := time.Now()
	err := deliver(t, webhook.Options{URL: url})
	var later *shipper.Later
	if !errors.As(err, &later) || later.After != 24*time.Hour {
		t.Errorf("err = %#v", err)
	}
	if time.Since(start) > time.Minute {
		t.Error("the worker slept through the Retry-After")
	}
}

func TestARedirectCarriesNothingElsewhere(t *testing.T) {
	var reached atomic.Bool
	other := server(t, func(http.ResponseWriter, *http.Request) { reached.Store(true) })
	url := server(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other, http.StatusTemporaryRedirect) })
	if err := deliver(t, webhook.Options{URL: url, Token: "secret"}); err == nil {
		t.Error("a redirect was taken for an acceptance")
	}
	if reached.Load() {
		t.Error("the redirect was followed")
	}
}

func TestEventsAreSignedAndAuthorised(t *testing.T) {
	url := server(t, func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mac := hmac.New(sha256.New, []byte("key"))
		fmt.Fprintf(mac, "%s.%s.%s", r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), body)
		if got, want := r.Header.Get("webhook-signature"), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)); got != want {
			t.Errorf("signature = %q, want %q", got, want)
		}
		if got := r.Header.Get("Authorization"); got != "Bearer tok" {
			t.Errorf("authorization = %q", got)
		}
		if got := r.Header.Get("Content-Type"); got != "application/cloudevents+json; charset=utf-8" {
			t.Errorf("content type = %q", got)
		}
	})
	secret := "whsec_" + base64.StdEncoding.EncodeToString([]byte("key"))
	if err := deliver(t, webhook.Options{URL: url, Token: "tok", Secret: secret}); err != nil {
		t.Fatal(err)
	}
}

func TestAnUnknownAuthorityIsNeverSentTo(t *testing.T) {
	var reached atomic.Bool
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
	defer s.Close()
	if err := deliver(t, webhook.Options{URL: s.URL}); err == nil || reached.Load() {
		t.Errorf("err = %v, reached = %v", err, reached.Load())
	}
}
