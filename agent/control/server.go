package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"
)

const (
	headerWithin = 5 * time.Second
	endWithin    = time.Second // requests under way when the agent ends
)

// Server listens on the control socket.
type Server struct{ listener net.Listener }

// Listen opens the socket in a state directory, in place of one that a dead agent
// left. The caller must hold the store of that directory.
func Listen(ctx context.Context, state string) (*Server, error) {
	path, err := Path(state)
	if err != nil {
		return nil, err
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	// who connects before this is asked for his name like everybody else
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("open control socket: %w", err), l.Close())
	}
	return &Server{l}, nil
}

func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open control socket: %w", err)
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("open control socket: %s is in its place and is no socket; move it away", path)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove old control socket: %w", err)
	}
	return nil
}

// Run serves until ctx ends, and removes the socket.
func (s *Server) Run(ctx context.Context, h http.Handler) error {
	server := &http.Server{
		Handler: permitted(h), ReadHeaderTimeout: headerWithin,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, peer{}, refuse(c))
		},
	}
	ended := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
		defer cancel()
		ended <- errors.Join(server.Shutdown(late))
	})
	err := server.Serve(s.listener)
	if stop() { // the server failed by itself
		return fmt.Errorf("serve control socket: %w", err)
	}
	if err := <-ended; err != nil {
		return server.Close() // a request that will not end has lost its answer
	}
	return nil
}

// peer is the key of a connection's refusal.
type peer struct{}

// permitted lets in whom the kernel says is root or our own user.
func permitted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err, _ := r.Context().Value(peer{}).(error); err != nil {
			answer(w, nil, err)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// refuse says why a peer may not come in, or nil.
func refuse(c net.Conn) error {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return Failf(http.StatusForbidden, "this is no unix socket")
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return Failf(http.StatusForbidden, "ask for peer: %v", err)
	}
	var who *syscall.Ucred
	var asked error
	if err := raw.Control(func(fd uintptr) {
		who, asked = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	}); err != nil || asked != nil {
		return Failf(http.StatusForbidden, "ask for peer: %v", errors.Join(err, asked))
	}
	if !mayCome(int(who.Uid), os.Geteuid()) {
		return Failf(http.StatusForbidden, "user %d may not command this agent", who.Uid)
	}
	return nil
}

// mayCome reports whether a user may command the agent of own.
func mayCome(uid, own int) bool { return uid == 0 || uid == own }
