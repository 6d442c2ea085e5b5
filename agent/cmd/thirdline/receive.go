package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/thirdline/thirdline/shipper"
)

const maxEvent = 8 << 20 // bytes

func (p *program) receiveCommand() *cobra.Command {
	var listen string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "receive",
		Short: "Be an endpoint that prints incidents",
		Long: `receive takes events over HTTP and prints them: the endpoint to try things with.
An event that comes again, after a lost answer, is answered and not printed again.`,
		Example: `  thirdline receive
  thirdline receive --listen 127.0.0.1:9000 --json | jq .data.title`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return failed(p.receive(cmd.Context(), listen, asJSON))
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8417", "address to listen on")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print events as they came, one a line")
	return cmd
}

func (p *program) receive(ctx context.Context, listen string, asJSON bool) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	fmt.Fprintf(p.stderr, "receiving on http://%s/\n", l.Addr())
	r := &receiver{seen: map[string]bool{}, print: p.printEvent}
	if asJSON {
		r.print = p.printJSON
	}
	server := &http.Server{Handler: r, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second}
	ended := make(chan error, 1)
	go func() {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		ended <- server.Shutdown(last)
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	err = <-ended
	fmt.Fprintf(p.stderr, "%d events, %d came again and were dropped\n", len(r.seen), r.again)
	return err
}

// receiver is the HTTP handler; it prints every event once.
type receiver struct {
	mu    sync.Mutex
	seen  map[string]bool
	again int
	print func(raw []byte, e shipper.Event)
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodPost {
		http.Error(w, "POST events here", http.StatusMethodNotAllowed)
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxEvent))
	if err != nil {
		http.Error(w, "cannot read the event", http.StatusBadRequest)
		return
	}
	var e shipper.Event
	if err := json.Unmarshal(raw, &e); err != nil || e.ID == "" || !strings.HasPrefix(e.Type, "dev.thirdline.") {
		http.Error(w, "not a thirdline event", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	if r.seen[e.ID] {
		r.again++
	} else {
		r.seen[e.ID] = true
		r.print(raw, e)
	}
	r.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(map[string]string{"id": e.ID}); err != nil {
		return // the sender is gone and will come again
	}
}
