package agent

import (
	"context"
	"net/http"

	"golang.org/x/sync/errgroup"

	"github.com/thirdline/thirdline/agent/control"
)

// routes registers what commands may ask of a running agent: a line a subject,
// whose handlers stand in a file of their own.
func (a *Agent) routes(mux *http.ServeMux) {
	mux.Handle("POST /explain", control.Handler(a.trials))
	mux.Handle("GET /history", control.Handler(a.history))
	mux.Handle("POST /mark", control.Handler(a.mark))
	mux.Handle("GET /status", control.Handler(a.status))
	mux.Handle("POST /reload", control.Handler(a.reload))
	mux.Handle("GET /silences", control.Handler(a.silences))
	mux.Handle("POST /silences", control.Handler(a.addSilence))
	mux.Handle("POST /silences/expire", control.Handler(a.expireSilence))
	hands{a.Do, a.look}.routes(mux)
}

// serve opens the control socket. An agent that cannot be asked still watches: it
// says so and works on.
func (a *Agent) serve(ctx context.Context, g *errgroup.Group) {
	if a.options.State == "" {
		return
	}
	server, err := control.Listen(ctx, a.options.State)
	if err != nil {
		a.log.Warn("no control socket: commands cannot reach this agent", "err", err)
		return
	}
	mux := http.NewServeMux()
	a.routes(mux)
	g.Go(func() error {
		if err := server.Run(ctx, mux); err != nil {
			a.log.Error("the control socket broke: commands cannot reach this agent", "err", err)
		}
		return nil
	})
}
