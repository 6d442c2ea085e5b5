package agent_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/redact"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/shipper"
)

// TestWhatChangedIsTold: a watched file with another content and a mark stand in the
// next incident, also when they came while the agent was down, and are told again
// after a restart; a mark shows no secret.
func TestWhatChangedIsTold(t *testing.T) {
	h := newHost(t, disk)
	conf := filepath.Join(filepath.Dir(h.log), "app.conf")
	write := func(text string) {
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("threads = 1\n")
	h.changed = agent.Changed{Files: []string{filepath.Join(filepath.Dir(conf), "*.conf")}, Within: time.Hour}
	h.start()
	h.write("bad sda\n")
	h.await(1)
	h.stop()
	write("threads = 100\n")
	h.mark("deploy 1.4.2 password=hunter2x")
	for n := range 2 {
		h.start()
		h.write([]string{"bad sdb\n", "bad sdc\n"}[n])
		for end := time.Now().Add(15 * time.Second); len(h.opened()) < n+2 && time.Now().Before(end); {
			time.Sleep(5 * time.Millisecond)
		}
		h.stop()
	}
	if told := own(h.opened()[0]); len(told) != 0 {
		t.Errorf("before anything changed: %q", told)
	}
	for _, e := range h.opened()[1:] {
		told := own(e)
		if len(told) != 2 || !strings.HasPrefix(told[0], "mark deploy 1.4.2 password=[password#") || told[1] != "file "+conf+" changed, 12 to 14 bytes" {
			t.Errorf("%s: changes %q", e.Data.Title, told)
		}
	}
}

// own are the changes that are not of the machine that the test runs on.
func own(e shipper.Event) (out []string) {
	for _, c := range e.Data.Snapshot.Changed {
		switch c.Kind {
		case "mark":
			out = append(out, "mark "+c.What)
		case "file":
			out = append(out, "file "+c.What+" "+c.Detail)
		}
	}
	return out
}

func (h *host) opened() (out []shipper.Event) {
	for _, e := range h.desk.told() {
		if e.Type == shipper.Opened {
			out = append(out, e)
		}
	}
	return out
}

func (h *host) mark(text string) {
	h.t.Helper()
	s, err := store.Open(h.state)
	if err != nil {
		h.t.Fatal(err)
	}
	mark, err := agent.NewMark(text, time.Now(), redact.New(redact.NewKey(), redact.Internal))
	if err != nil {
		h.t.Fatal(err)
	}
	if err := agent.StoreMark(s, mark); err != nil {
		h.t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		h.t.Fatal(err)
	}
}

func TestAMarkSaysSomething(t *testing.T) {
	r := redact.New(redact.NewKey(), redact.Internal)
	for text, at := range map[string]time.Time{" \n": time.Now(), string(make([]byte, 300)) + "x": time.Now(), "deploy": time.Now().Add(time.Hour)} {
		if m, err := agent.NewMark(text, at, r); err == nil {
			t.Errorf("%.20q at %v was taken: %v", text, at, m)
		}
	}
}
