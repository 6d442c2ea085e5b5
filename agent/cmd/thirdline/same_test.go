package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/thirdline/thirdline/shipper"
)

const (
	historyLines = 50_000
	sameKills    = 4
)

// writeHistory FILE SEED writes a log of the past, the same for the same seed: bursts,
// silences, recoveries, records that come late, carriage returns, and lines of any
// length.
func writeHistory(ts *testscript.TestScript, _ bool, args []string) {
	seed, err := strconv.ParseUint(args[1], 10, 64)
	ts.Check(err)
	r := rand.New(rand.NewPCG(seed, 0))
	at := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	var b strings.Builder
	for n := range historyLines {
		at = at.Add(time.Duration(r.IntN(2000)) * time.Millisecond)
		if r.IntN(2000) == 0 {
			at = at.Add(time.Duration(r.IntN(120)) * time.Minute)
		}
		written := at
		if r.IntN(50) == 0 {
			written = at.Add(-time.Duration(r.IntN(900)) * time.Second)
		}
		stamp := written.Format("2006-01-02T15:04:05.000Z07:00") + " "
		end := "\n"
		if r.IntN(40) == 0 {
			end = "\r\n"
		}
		what := strings.Repeat("fine ", 1+r.IntN(20))
		switch r.IntN(400) {
		case 0, 1:
			what = fmt.Sprintf("bad k%02d", r.IntN(12))
		case 2:
			what = fmt.Sprintf("good k%02d", r.IntN(12))
		case 3:
			what = "strange"
		case 5:
			what = fmt.Sprintf("login with password=s3cret%02d failed", r.IntN(12))
		case 4:
			what = strings.Repeat("x", r.IntN(20_000)) + " bad long"
		}
		fmt.Fprintf(&b, "%s%d %s%s", stamp, n, what, end)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
}

// same SCAN.json ARGS... runs the agent with ARGS over the bytes that were scanned,
// kills it on the way, and compares: every incident opened and resolved must be that
// of the scan, in time, key and number of records.
func same(ts *testscript.TestScript, _ bool, args []string) {
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	var s scanned
	ts.Check(json.Unmarshal(data, &s))
	want, over := map[string]string{}, 0
	for _, i := range s.Incidents {
		life := life{i.Rule, i.Title, i.Opened, time.Time{}, "", 0}
		if !i.Resolved.IsZero() {
			life.lastSeen, life.reason, life.count = i.LastSeen, i.Reason, i.Count
			over++
		}
		want[fmt.Sprintf("%s/%d", i.Fingerprint, i.Generation)] = life.String()
	}
	if over < 100 || over == len(want) {
		ts.Fatalf("%d of %d incidents are over: the history proves too little", over, len(want))
	}
	run := append([]string{"agent", "run"}, args[1:]...)
	start(ts, false, run)
	for n := range sameKills {
		await(ts, false, []string{"agent.err", strconv.Itoa(n + 1), "agent started"})
		time.Sleep(time.Duration(rand.IntN(120)) * time.Millisecond)
		end(ts, false, []string{"agent", "KILL"})
		start(ts, false, run)
	}
	await(ts, false, []string{"recv.out", strconv.Itoa(over), `"type":"dev.thirdline.incident.resolved"`})
	await(ts, false, []string{"recv.out", strconv.Itoa(len(want)), `"type":"dev.thirdline.incident.(opened|reopened)"`})
	if diff := cmp.Diff(want, told(ts)); diff != "" {
		ts.Fatalf("incidents (-scan +run):\n%s", diff)
	}
}

// life is what scan and run must agree on.
type life struct {
	rule, title      string
	opened, lastSeen time.Time
	reason           string
	count            int64
}

func (l life) String() string {
	return fmt.Sprintf("%s %q opened %s last seen %s %s %d", l.rule, l.title, l.opened.Format(time.RFC3339Nano), l.lastSeen.Format(time.RFC3339Nano), l.reason, l.count)
}

// told returns what the receiver was told of each life.
func told(ts *testscript.TestScript) map[string]string {
	out := map[string]string{}
	for id, events := range read(ts, "recv.out") {
		first, last := events[0].Data, events[len(events)-1]
		l := life{first.Rule, first.Title, first.Opened, time.Time{}, "", 0}
		if last.Type == shipper.Resolved {
			l.lastSeen, l.reason, l.count = last.Data.LastSeen, last.Data.Reason, last.Data.Count
		}
		out[id] = l.String()
	}
	return out
}
