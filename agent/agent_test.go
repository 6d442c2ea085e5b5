package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/diagnostic"
	"github.com/thirdline/thirdline/agent/incident"
	"github.com/thirdline/thirdline/agent/store"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules"
	"github.com/thirdline/thirdline/shipper"
	"github.com/thirdline/thirdline/shipper/eventtest"
)

const disk = `
rules:
  - id: disk
    title: "disk {{ .dev }} fails"
    severity: critical
    tier: L3
    match: {regex: 'bad (?P<dev>\w+)'}
    key: [dev]
    incident: {resolve: {on: {regex: 'good (?P<dev>\w+)'}}}
    snapshot: {before: 2, after: 2}
`

// desk is an endpoint that keeps every event once.
type desk struct {
	t      *testing.T
	mu     sync.Mutex
	events []shipper.Event
	down   bool
}

func (d *desk) Deliver(_ context.Context, id string, data []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down {
		return fmt.Errorf("the desk is closed")
	}
	if err := eventtest.Validate(data); err != nil {
		d.t.Errorf("event %s: %v", id, err)
	}
	var e shipper.Event
	if err := json.Unmarshal(data, &e); err != nil {
		d.t.Error(err)
	}
	d.events = append(d.events, e)
	return nil
}

// Serial keeps the order of different incidents too, for the tests' sake.
func (*desk) Serial() {}

// lines gives the events in short.
func (d *desk) lines() (out []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.events {
		line := fmt.Sprintf("%s %d/%d count=%d %s", strings.TrimPrefix(e.Type, "dev.thirdline.incident."), e.Data.Generation, e.Data.Sequence, e.Data.Count, e.Data.Title)
		if s := e.Data.Snapshot; s != nil {
			line += fmt.Sprintf(" %v[%s]%v", s.Before, s.Match, s.After)
		}
		out = append(out, line)
	}
	return out
}

func (d *desk) told() []shipper.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.events)
}

// host is one machine with a log, a state directory and an agent.
type host struct {
	t           *testing.T
	log, state  string
	set         *rules.Set
	desk        *desk
	store       *store.Store
	stop        func()
	agent       *agent.Agent
	fromTheHead bool
	silent      time.Duration
	more        []agent.Source
	changed     agent.Changed
	diagnostics []diagnostic.Command
	keepGone    bool
	lostAfter   time.Duration
	turnWithin  time.Duration
	routes      *shipper.Routes
	desks       map[string]shipper.Backend
	root        string // of facts; empty is the machine's
}

func newHost(t *testing.T, source string) *host {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	set, problems := rules.Load([]string{file}, nil)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, log: filepath.Join(dir, "app.log"), state: filepath.Join(dir, "state"), set: set, desk: &desk{t: t}}
	h.write("")
	return h
}

func (h *host) write(text string) { h.writeTo(h.log, text) }

func (h *host) writeTo(path, text string) {
	h.t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		h.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		h.t.Fatal(err)
	}
}

// rotate shifts the log by one name, as logrotate does.
func (h *host) rotate() {
	h.t.Helper()
	if err := os.Rename(h.log, h.log+".1"); err != nil {
		h.t.Fatal(err)
	}
}

func (h *host) start() {
	h.t.Helper()
	s, err := store.Open(h.state)
	if err != nil {
		h.t.Fatal(err)
	}
	backends := map[string]shipper.Backend{"desk": h.desk}
	maps.Copy(backends, h.desks)
	a, err := agent.New(agent.Options{
		Host: shipper.Host{Name: "web1", Labels: map[string]string{"site": "fra"}}, Rules: h.set, Store: s,
		Sources:  append([]agent.Source{{Source: tail.Source{Name: "app", Include: []string{h.log}, FromBeginning: h.fromTheHead}, Silent: h.silent}}, h.more...),
		Backends: backends, KeepGone: h.keepGone, LostAfter: h.lostAfter, TurnWithin: h.turnWithin, Routes: h.routes,
		Changed: h.changed, Diagnostics: h.diagnostics, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		h.t.Fatal(err)
	}
	if h.store, h.agent = s, a; h.root != "" {
		a.SetRoot(h.root)
	}
	ctx, cancel := context.WithCancel(h.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	h.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			h.t.Error(err)
		}
		if err := s.Close(); err != nil {
			h.t.Error(err)
		}
	}
}

func (h *host) await(n int) {
	h.t.Helper()
	for end := time.Now().Add(15 * time.Second); len(h.desk.lines()) < n && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}

func (h *host) want(lines ...string) {
	h.t.Helper()
	if diff := cmp.Diff(lines, h.desk.lines()); diff != "" {
		h.t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestAnIncidentIsToldWithItsContext(t *testing.T) {
	h := newHost(t, disk)
	h.write("old bad sdz\n")
	h.start()
	h.write("one\ntwo\nthree\nbad sda\nfour\n")
	h.await(1)
	h.write("bad sda\nfive\n")
	h.await(2)
	h.write("good sda\n")
	h.await(3)
	h.write("bad sda\n")
	h.await(4)
	h.stop()
	h.want(
		"opened 1/1 count=1 disk sda fails [two three][bad sda][]",
		"updated 1/2 count=2 disk sda fails [][][four bad sda]",
		"resolved 1/3 count=2 disk sda fails [][good sda][]",
		"reopened 2/1 count=1 disk sda fails [five good sda][bad sda][]",
	)
	places := h.desk.told()[1].Data.Snapshot.AfterPlaces
	if len(places) != 1 || places[0].Line != 6 || !cmp.Equal(places[0].Offsets, []int64{34, 39}) {
		t.Errorf("the records after lie at %+v", places)
	}
}

func TestARestartGoesOnWhereItStood(t *testing.T) {
	h := newHost(t, disk)
	h.desk.down = true
	h.start()
	h.write("bad sda\nbad sda\n")
	time.Sleep(100 * time.Millisecond)
	h.stop()
	h.write("bad sda\nbad sdb\n") // while nobody looks
	h.desk.down = false
	h.start()
	h.await(3)
	h.write("good sda\n")
	h.await(4)
	h.write("good sdb\n")
	h.await(5)
	h.stop()
	h.start()
	h.stop()
	h.want(
		"opened 1/1 count=1 disk sda fails [][bad sda][]",
		"opened 1/1 count=1 disk sdb fails [bad sda bad sda][bad sdb][]",
		"updated 1/2 count=3 disk sda fails [][][bad sda bad sda]",
		"resolved 1/3 count=3 disk sda fails [][good sda][]",
		"resolved 1/2 count=1 disk sdb fails [][good sdb][good sda good sdb]",
	)
}

// TestAFirstStartIsRemembered: what is written right after the first start is
// read even if the agent never read a record before it ended.
func TestAFirstStartIsRemembered(t *testing.T) {
	h := newHost(t, disk)
	h.write("bad old\n")
	h.start()
	h.stop()
	h.write("bad sda\n")
	h.start()
	h.await(1)
	h.stop()
	h.want("opened 1/1 count=1 disk sda fails [bad old][bad sda][]")
}

// TestABacklogComesBeforeTheClock: an incident that was quiet only because the
// agent was down is not resolved when the backlog holds its matches.
func TestABacklogComesBeforeTheClock(t *testing.T) {
	h := newHost(t, strings.NewReplacer("resolve: {", "resolve: {after: 1h, ", "after: 2}", "after: 1}").Replace(disk))
	h.fromTheHead = true
	h.write("bad sda\n")
	h.start()
	h.await(1)
	h.stop()
	h.age(2 * time.Hour)
	h.write(strings.Repeat("fine\n", 1<<20) + "bad sda\n") // more than is read at once
	h.start()
	h.await(2) // the record after the match, or a wrong end
	h.write("good sda\n")
	h.await(3)
	h.stop()
	h.want("opened 1/1 count=1 disk sda fails [][bad sda][]", "updated 1/2 count=2 disk sda fails [][][fine]", "resolved 1/3 count=2 disk sda fails [][good sda][]")
}

// age lets the incidents of a stopped agent be older.
func (h *host) age(by time.Duration) {
	h.t.Helper()
	s, err := store.Open(h.state)
	if err != nil {
		h.t.Fatal(err)
	}
	incidents, err := store.Load[incident.Incident](s, store.Incidents)
	if err != nil || len(incidents) == 0 {
		h.t.Fatalf("%d incidents are stored, err %v", len(incidents), err)
	}
	err = s.Commit(func(b store.Batch) error {
		for fp, i := range incidents {
			for _, at := range []*time.Time{&i.First, &i.Opened, &i.LastSeen, &i.LastEvent} {
				*at = at.Add(-by)
			}
			if err := b.Put(store.Incidents, fp, i); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, s.Close()); err != nil {
		h.t.Fatal(err)
	}
}
