// Package servers_test drives backends against real servers, which the scripts of
// this folder install and start on loopback. It runs where THIRDLINE_SERVERS is
// set to the names of the servers, separated by commas, or to all.
package servers_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	installWithin = 8 * time.Minute
	startWithin   = 5 * time.Minute
)

// server is one that a script started.
type server struct {
	url string
	env map[string]string
}

// start installs and starts a server, or skips the test. It ends with the test.
func start(t *testing.T, name, probe string) *server {
	t.Helper()
	script := wanted(t, name)
	dir, port := home(t, name), free(t)
	s := &server{url: "http://127.0.0.1:" + port}
	end := launch(t, filepath.Join(dir, "server.log"), script, "run", dir, port)
	t.Cleanup(end)
	s.await(t, probe, filepath.Join(dir, "server.log"))
	s.env = environment(t, filepath.Join(dir, "env"))
	return s
}

// wanted installs a server, or skips the test; it returns its script.
func wanted(t *testing.T, name string) string {
	t.Helper()
	names := strings.Split(os.Getenv("THIRDLINE_SERVERS"), ",")
	if !slices.Contains(names, name) && !slices.Contains(names, "all") {
		t.Skipf("THIRDLINE_SERVERS does not name %s", name)
	}
	script, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), installWithin)
	defer cancel()
	if out, err := exec.CommandContext(ctx, script, "install").CombinedOutput(); err != nil {
		t.Fatalf("install %s: %v\n%s", name, err, out)
	}
	return script
}

// home is where a server keeps its data: a folder that outlives the test where
// THIRDLINE_SERVERS_DIR names one, so that setting up is paid once.
func home(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	if keep := os.Getenv("THIRDLINE_SERVERS_DIR"); keep != "" {
		dir = filepath.Join(keep, name)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func free(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	return port
}

// launch starts a process in a group of its own, and returns what ends the group.
func launch(t *testing.T, log string, name string, args ...string) (end func()) {
	t.Helper()
	out, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, args...) //nolint:noctx // it is ended with its group
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		timer := time.AfterFunc(5*time.Second, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
		_ = cmd.Wait() // a signal is its end
		timer.Stop()
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its children
		_ = out.Close()
	}
}

// await waits until the server answers a path with anything but a 5xx.
func (s *server) await(t *testing.T, probe, log string) {
	t.Helper()
	for end := time.Now().Add(startWithin); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+probe, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			continue
		}
		if err := resp.Body.Close(); err == nil && resp.StatusCode < 500 {
			return
		}
	}
	data, _ := os.ReadFile(log)
	t.Fatalf("it did not start:\n%s", data[max(0, len(data)-4000):])
}

func environment(t *testing.T, file string) map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	out := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		k, v, _ := strings.Cut(lines.Text(), "=")
		out[k] = v
	}
	return out
}

// get reads a JSON answer into dst.
func (s *server) get(t *testing.T, path string, headers map[string]string, dst any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s %s", path, resp.Status, body)
	}
	if err := json.Unmarshal(body, dst); err != nil {
		t.Fatalf("GET %s: %v in %s", path, err, body)
	}
}

func text(v any) string { return fmt.Sprint(v) }
