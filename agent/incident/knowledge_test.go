package incident_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent/incident"
)

func (l *life) count(s incident.Status) (n int) {
	for _, i := range l.m.All() {
		if i.Status == s {
			n++
		}
	}
	return n
}

func (l *life) find(prefix string) *incident.Incident {
	l.t.Helper()
	i, err := l.m.Find(prefix)
	if err != nil {
		l.t.Fatal(err)
	}
	return i
}

// TestAFixIsKnownWhenTheProblemComesAgain also when all else was forgotten.
func TestAFixIsKnownWhenTheProblemComesAgain(t *testing.T) {
	l := lifeOf(t, strings.NewReplacer("LIFE", "", "RULE", "tier: L3\n    known_tier: L1").Replace(stories))
	fp := incident.Fingerprint("h", "disk", []string{"a"})
	l.play("bad a; good a; bad a")
	if i := l.find(fp); i.Seen != 1 || i.Tier != "L3" {
		t.Errorf("seen %d, tier %s", i.Seen, i.Tier)
	}
	if _, err := l.m.ResolveByHand(l.find(fp), "swap the cable", l.now); err != nil {
		t.Fatal(err)
	}
	for _, wait := range []time.Duration{0, 40 * 24 * time.Hour} {
		l.now = l.now.Add(wait)
		l.m.Tick(l.now)
		if _, err := l.m.Find(fp); (wait > 0) != errors.Is(err, incident.ErrUnknown) {
			t.Errorf("after %v: %v", wait, err)
		}
		l.restart()
		l.play("bad a")
		i := l.find(fp)
		if i.Fix != "swap the cable" || i.Tier != "L1" {
			t.Errorf("fix %q, tier %s", i.Fix, i.Tier)
		}
		l.play("good a")
	}
	if i := l.find(fp); i.Seen != 3 || i.Generation != 4 {
		t.Errorf("seen %d, generation %d", i.Seen, i.Generation)
	}
}

// TestWhatIsOverIsBounded, and no generation comes twice when a dropped problem does.
func TestWhatIsOverIsBounded(t *testing.T) {
	l := lifeOf(t, strings.NewReplacer("LIFE", ", storm: {above: 100000}", "RULE", "").Replace(stories))
	l.m.Bound(incident.Limits{Known: 100})
	l.play("bad first; good first; bad first; good first; +1s")
	for n := range 300 {
		l.play(fmt.Sprintf("bad d%d; good d%d", n, n))
		l.now = l.now.Add(time.Millisecond)
		l.m.Tick(l.now)
		if n == 0 {
			l.m.LearnOf(incident.Fingerprint("h", "disk", []string{"d0"}), 1, "known", l.now)
		}
		l.restart()
		l.m.Bound(incident.Limits{Known: 100})
		if len(l.stored) > 102 {
			t.Fatalf("%d are kept", len(l.stored))
		}
	}
	l.find(incident.Fingerprint("h", "disk", []string{"d0"}))
	l.play("bad first")
	if i := l.find(incident.Fingerprint("h", "disk", []string{"first"})); i.Generation < 3 || i.Seen != 0 {
		t.Errorf("generation %d, seen %d", i.Generation, i.Seen)
	}
}

func TestByHand(t *testing.T) {
	l := lifeOf(t, strings.NewReplacer("LIFE", ", calm: 1h", "RULE", "").Replace(stories))
	fp := incident.Fingerprint("h", "disk", []string{"a"})
	hand := func(steps []incident.Step, err error) {
		l.note(steps...)
		if err != nil {
			l.log = append(l.log, err.Error())
		}
	}
	l.play("bad a; good a; bad a; good a") // flapping: its end is held back
	hand(l.m.ResolveByHand(l.find(fp), "", l.now))
	hand(l.m.ResolveByHand(l.find(fp), "", l.now))
	hand(l.m.ResolveByHand(l.find(fp), "late wisdom", l.now))
	l.now = l.now.Add(48 * time.Hour)
	hand(l.m.ReopenByHand(l.find(fp), l.now))
	hand(l.m.ReopenByHand(l.find(fp), l.now))
	hand(l.m.Annotate(l.find(fp), "ann", "looking", l.now), nil)
	l.note(l.m.Lost("", true, l.now)...)
	hand(l.m.ResolveByHand(l.find(fp), "", l.now))
	l.want(
		"opened disk a 1/1 count=1 ", "resolved disk a 1/2 count=1 recovered", "reopened disk a 2/1 count=1 ",
		"resolved disk a 2/2 count=1 by hand", "the incident is resolved already",
		"reopened disk a 3/1 count=0 by hand", "the incident is open already",
		"updated disk a 3/2 count=0 note", "updated disk a 3/3 count=0 source lost", "resolved disk a 3/4 count=0 source lost",
	)
	if i := l.find(fp); i.Fix != "late wisdom" || i.Notes[0].Text != "looking" || i.Notes[0].By != "ann" {
		t.Errorf("%+v", *i)
	}
	l.play("bad b")
	for prefix, want := range map[string]error{"": incident.ErrUnknown, "x": incident.ErrUnknown, strings.ToUpper(fp[:9]) + "/3": nil, fp: nil} {
		if _, err := l.m.Find(prefix); !errors.Is(err, want) {
			t.Errorf("Find(%q): %v", prefix, err)
		}
	}
}

// TestAPersonsWordGoesBeforeTheTickets also when the ticket is read later.
func TestAPersonsWordGoesBeforeTheTickets(t *testing.T) {
	l := lifeOf(t, strings.NewReplacer("LIFE", "", "RULE", "tier: L3\n    known_tier: L1").Replace(stories))
	fp := incident.Fingerprint("h", "disk", []string{"a"})
	ticket := func(generation int, says, want string, news bool) {
		t.Helper()
		if got := l.m.LearnOf(fp, generation, says, l.now); got != news || l.find(fp).Fix != want {
			t.Errorf("generation %d: news %t, fix %q", generation, got, l.find(fp).Fix)
		}
		l.restart()
	}
	l.play("bad a; good a")
	ticket(2, "of what was not", "", false)
	ticket(1, "", "", false)
	ticket(1, "new cable", "new cable", true)
	ticket(1, "another desk", "new cable", false)
	l.play("bad a")
	if i := l.find(fp); i.Tier != "L1" {
		t.Errorf("tier %s", i.Tier)
	}
	if _, err := l.m.ResolveByHand(l.find(fp), "new disk", l.now); err != nil {
		t.Fatal(err)
	}
	ticket(2, "as before", "new disk", false)
	l.play("bad a; good a; bad a")
	ticket(3, "new controller", "new controller", true)
	if l.m.LearnOf("of nobody", 1, "x", l.now) {
		t.Error("learned of nobody")
	}
}
