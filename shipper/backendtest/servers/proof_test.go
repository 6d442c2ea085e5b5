package servers_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/thirdline/thirdline/shipper/backendtest"
)

const (
	proofIncidents = 40
	proofKills     = 10
	proofLoss      = 0.3
	proofWithin    = 12 * time.Minute
)

// TestLostAnswersAndKillsDoubleNothing runs the real agent against real servers
// through a proxy that loses 30 % of the answers after the server did the work, and
// kills it ten times. Each of 40 incidents is looked for, created, given its log,
// commented and resolved: there have to be exactly 40 tickets, 80 comments, 40
// files, and none open.
func TestLostAnswersAndKillsDoubleNothing(t *testing.T) {
	t.Run("rt", func(t *testing.T) {
		s := start(t, "rt", "/")
		s.prove(t, s.rtTickets, func(proxy string) string {
			return fmt.Sprintf("rt: {url: %q, token: !env '${DESK_TOKEN}'}", proxy)
		})
	})
	t.Run("redmine", func(t *testing.T) {
		s := start(t, "redmine", "/")
		s.prove(t, s.redmineTickets, func(proxy string) string {
			return fmt.Sprintf("redmine: {url: %q, token: !env '${DESK_TOKEN}', project: desk, field: %s, resolved: %s, open: %s}", proxy, s.env["FIELD"], s.env["RESOLVED"], s.env["OPEN"])
		})
	})
}

func (s *server) prove(t *testing.T, tickets func(*testing.T, string) []backendtest.Ticket, destination func(proxy string) string) {
	t.Helper()
	lost := &atomic.Int64{}
	a := newAgent(t, s.env["TOKEN"], destination(s.lossy(t, lost)))
	a.start(t)
	for n := range proofIncidents {
		a.write(t, fmt.Sprintf("bad d%02d\n", n))
	}
	for n := range proofKills {
		time.Sleep(time.Duration(300+rand.IntN(1200)) * time.Millisecond)
		if n == proofKills/2 {
			for n := range proofIncidents {
				a.write(t, fmt.Sprintf("good d%02d\n", n))
			}
		}
		a.kill(t)
		a.start(t)
	}
	a.await(t)
	count, comments, files, open := 0, 0, 0, 0
	for _, fp := range a.fingerprints(t) {
		for _, k := range tickets(t, fp) {
			count, comments, files = count+1, comments+k.Comments, files+k.Files
			if k.Open {
				open++
			}
		}
	}
	t.Logf("%d answers were lost, the agent was killed %d times: %d tickets, %d comments, %d files, %d open", lost.Load(), proofKills, count, comments, files, open)
	if count != proofIncidents || comments != 2*proofIncidents || files != proofIncidents || open != 0 {
		t.Errorf("%d tickets, %d comments, %d files, %d open; want %d, %d, %d, none", count, comments, files, open, proofIncidents, 2*proofIncidents, proofIncidents)
	}
	if lost.Load() == 0 {
		t.Error("no answer was lost")
	}
}

// lossy is a proxy that loses answers after the server did the work.
func (s *server) lossy(t *testing.T, lost *atomic.Int64) string {
	t.Helper()
	target, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorLog = log.New(io.Discard, "", 0) // a killed agent takes no answer
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rand.Float64() >= proofLoss {
			proxy.ServeHTTP(w, r)
			return
		}
		proxy.ServeHTTP(httptest.NewRecorder(), r.WithContext(t.Context()))
		lost.Add(1)
		if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
			_ = c.Close()
		}
	}))
	t.Cleanup(front.Close)
	return front.URL
}

// agent is a real one, with a configuration of its own.
type agent struct {
	binary, dir, log, token string
	cmd                     *exec.Cmd
}

const proofRule = `
rules:
  - id: disk
    title: "disk {{ .dev }} fails"
    severity: critical
    match: {regex: 'bad (?P<dev>\w+)'}
    key: [dev]
    incident: {resolve: {on: {regex: 'good (?P<dev>\w+)'}}, update_every: 24h}
    snapshot: {before: 0, after: 0}
`

func newAgent(t *testing.T, token, destination string) *agent {
	t.Helper()
	a := &agent{dir: t.TempDir(), token: token}
	a.binary, a.log = filepath.Join(a.dir, "thirdline"), filepath.Join(a.dir, "app.log")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", a.binary, "../../../agent/cmd/thirdline").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	config := fmt.Sprintf("host: {name: proof%d}\nstate: state\nrules: [rules.yaml]\nsources: [{name: app, include: [app.log], start: beginning}]\ndestinations: [{name: desk, %s}]\n", rand.Uint64(), destination)
	for name, text := range map[string]string{"thirdline.yaml": config, "rules.yaml": proofRule, "app.log": ""} {
		if err := os.WriteFile(filepath.Join(a.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { a.kill(t) })
	return a
}

func (a *agent) start(t *testing.T) {
	t.Helper()
	out, err := os.OpenFile(filepath.Join(a.dir, "agent.err"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	a.cmd = exec.Command(a.binary, "run", "-v", "--config", filepath.Join(a.dir, "thirdline.yaml")) //nolint:noctx // it is killed
	a.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	a.cmd.Stderr, a.cmd.Env = out, append(os.Environ(), "DESK_TOKEN="+a.token)
	if err := errors.Join(a.cmd.Start(), out.Close()); err != nil {
		t.Fatal(err)
	}
}

// kill ends the agent as a power cut would.
func (a *agent) kill(t *testing.T) {
	t.Helper()
	if a.cmd == nil {
		return
	}
	if err := a.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	_ = a.cmd.Wait() // the signal is its end
	a.cmd = nil
}

func (a *agent) write(t *testing.T, line string) {
	t.Helper()
	f, err := os.OpenFile(a.log, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(line); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func (a *agent) said(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(a.dir, "agent.err"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// delivered returns the events that the agent has delivered, by id.
func (a *agent) delivered(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for line := range strings.SplitSeq(a.said(t), "\n") {
		if _, id, ok := strings.Cut(line, `msg="event delivered"`); ok {
			_, id, _ = strings.Cut(id, "event=")
			out[strings.TrimSpace(id)] = true
		}
		if strings.Contains(line, "dead letter") {
			t.Fatalf("the agent says %s", line)
		}
	}
	return out
}

// await waits until every step of every incident is delivered.
func (a *agent) await(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(proofWithin); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if len(a.delivered(t)) >= 2*proofIncidents {
			time.Sleep(2 * time.Second) // what comes after would be one too many
			return
		}
	}
	said := a.said(t)
	t.Fatalf("%d events were delivered; the agent said last:\n%s", len(a.delivered(t)), said[max(0, len(said)-6000):])
}

// fingerprints returns those of all incidents that the agent spoke of.
func (a *agent) fingerprints(t *testing.T) (out []string) {
	t.Helper()
	seen := map[string]bool{}
	for id := range a.delivered(t) {
		if fp, _, _ := strings.Cut(id, "/"); !seen[fp] {
			seen[fp] = true
			out = append(out, fp)
		}
	}
	return out
}
