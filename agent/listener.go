package agent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"
)

const (
	httpWithin = 10 * time.Second // a request of the listener
	httpEnd    = time.Second      // requests under way when the agent ends
)

// listen serves metrics and health to this host. An agent whose port is taken
// still watches: it says so and works on.
func (a *Agent) listen(ctx context.Context, g *errgroup.Group, address string) {
	if address == "" {
		return
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		a.log.Error("no metrics and no health can be served", "err", err, "remedy", "free the port, or name another with the key `listen`")
		return
	}
	server := &http.Server{
		Handler: a.observed(), ReadTimeout: httpWithin, WriteTimeout: httpWithin,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	g.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("metrics and health are served no longer", "err", err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), httpEnd)
		defer cancel()
		if server.Shutdown(late) != nil {
			_ = server.Close() // who asked for so long has lost his answer
		}
		return nil
	})
}

// observed is what the listener serves.
func (a *Agent) observed() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.registry(), promhttp.HandlerOpts{MaxRequestsInFlight: 3}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		a.verdict(w, r, func(s *Status) []string {
			if s.stalled(time.Now(), a.pipeline.idle) {
				return s.Problems[:1]
			}
			return nil
		})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		a.verdict(w, r, func(s *Status) []string { return s.Problems })
	})
	return mux
}

// verdict answers 200, or 503 with what is wrong, a line each.
func (a *Agent) verdict(w http.ResponseWriter, r *http.Request, wrong func(*Status) []string) {
	s, err := a.Status(r.Context())
	problems := wrong(&s)
	if err != nil {
		problems = append(problems, err.Error())
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if len(problems) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, strings.Join(problems, "\n"))
		return
	}
	fmt.Fprintln(w, "ok")
}
