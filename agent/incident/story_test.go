package incident_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent/incident"
)

// play runs a story: "bad KEY" and "good KEY" are records, "app KEY" is one of the
// second rule, "+DURATION" is time that passes; ";" ends a part.
func (l *life) play(story string) {
	l.t.Helper()
	for _, part := range strings.Split(story, ";") {
		word, arg, _ := strings.Cut(strings.TrimSpace(part), " ")
		fields := map[string]string{}
		if arg != "" {
			fields["dev"] = arg
		}
		switch word {
		case "bad":
			l.bad(arg)
		case "good":
			l.note(l.m.Recover(l.r, fields, incident.Place{}, l.now)...)
		case "app", "web":
			r := l.set.Rules[map[string]int{"app": 1, "web": 2}[word]]
			if s, ok := l.m.Detect(match(r, arg), l.now); ok {
				l.note(s)
			}
		case "ok":
			l.note(l.m.Recover(l.set.Rules[1], fields, incident.Place{}, l.now)...)
		default:
			d, err := time.ParseDuration(strings.TrimPrefix(word, "+"))
			if err != nil {
				l.t.Fatal(err)
			}
			for end := l.now.Add(d); l.now.Before(end); {
				l.pass(min(time.Second, end.Sub(l.now)))
			}
		}
	}
}

const stories = `
rules:
  - id: disk
    title: "disk {{ .dev }}"
    severity: error
    match: {regex: 'bad (?P<dev>\w+)'}
    key: [dev]
    incident: {resolve: {on: {regex: 'good( (?P<dev>\w+))?'}}, reopen_within: 1h LIFE}
    snapshot: {after: 0}
    RULE
  - id: app
    title: "app {{ .dev }}"
    severity: error
    tags: [web]
    match: {regex: 'app (?P<dev>\w+)'}
    key: [dev]
    incident: {resolve: {on: {regex: 'ok( (?P<dev>\w+))?'}}}
    snapshot: {after: 0}
  - id: web-front
    title: "web {{ .dev }}"
    severity: error
    match: {regex: 'web (?P<dev>\w+)'}
    key: [dev]
    snapshot: {after: 0}
`

// TestStories plays lives to the manager, once in one go and once with everything
// stored and loaded again after every part.
func TestStories(t *testing.T) {
	for name, c := range map[string]struct {
		life, rule, story string
		want              []string
	}{
		"siblings join the first": {
			life: "group_wait: 30s", story: "bad a; bad b; +10s; bad c; bad b; +19s; bad d; +1s; bad e; +5s; good b; good a; good c; bad d; good d; good e",
			want: []string{
				"opened disk a 1/1 count=1 ", "updated disk a 1/2 count=5 new keys keys=a,b,c,d",
				"opened disk e 1/1 count=1 ", "resolved disk a 1/3 count=6 recovered keys=a,b,c,d", "resolved disk e 1/2 count=1 recovered",
			},
		},
		"a key that is bad again keeps its group open": {
			life: "group_wait: 30s", story: "bad a; bad b; good a; bad a; good b; +30s; good a; bad b",
			want: []string{
				"opened disk a 1/1 count=1 ", "updated disk a 1/2 count=3 new keys keys=a,b", "resolved disk a 1/3 count=3 recovered keys=a,b",
				"opened disk b 1/1 count=1 ",
			},
		},
		"a recovery without a key ends the whole group": {
			life: "group_wait: 30s", story: "bad a; bad b; good", want: []string{"opened disk a 1/1 count=1 ", "resolved disk a 1/2 count=2 recovered keys=a,b"},
		},
		"flapping is told once": {
			life: "calm: 1m", story: "bad a; +1s; good a; +1s; bad a; +1s; good a; +30s; bad a; good a; +90s; bad a; good a; +3m; +1m; bad a; good a; +8m",
			want: []string{
				"opened disk a 1/1 count=1 ", "resolved disk a 1/2 count=1 recovered", "reopened disk a 2/1 count=1 ",
				"updated disk a 2/2 count=2 progress returns=1", "updated disk a 2/3 count=3 progress returns=2",
				"resolved disk a 2/4 count=3 recovered returns=2",
				"reopened disk a 3/1 count=1 ", "resolved disk a 3/2 count=1 recovered",
			},
		},
		"a problem that comes back late does not flap": {
			life: "calm: 1m", story: "bad a; good a; +61s; bad a; good a",
			want: []string{"opened disk a 1/1 count=1 ", "resolved disk a 1/2 count=1 recovered", "reopened disk a 2/1 count=1 ", "resolved disk a 2/2 count=1 recovered"},
		},
		"a storm is one incident": {
			life: "storm: {above: 2, within: 1m}", story: "bad a; bad b; bad c; bad d; bad c; bad a; +1s; good c; good d; +60s; bad e; bad c",
			want: []string{
				"opened disk a 1/1 count=1 ", "opened disk b 1/1 count=1 ",
				"opened disk: more than 2 problems in 1m 1/1 count=1  keys=c", "resolved disk: more than 2 problems in 1m 1/2 count=3 recovered keys=c,d",
				"updated disk a 1/2 count=2 progress", "opened disk e 1/1 count=1 ", "opened disk c 1/1 count=1 ",
			},
		},
		"reopening is no storm": {
			life: "storm: {above: 1, within: 1m}", story: "bad a; good a; bad a; bad b",
			want: []string{
				"opened disk a 1/1 count=1 ", "resolved disk a 1/2 count=1 recovered", "reopened disk a 2/1 count=1 ",
				"opened disk: more than 1 problems in 1m 1/1 count=1  keys=b",
			},
		},
		"an incident mutes others, and they are told when it is over": {
			rule: "inhibit: [{rules: [ap*, nothing-*], equal: [dev]}]", story: "bad a; app a; app b; web a; app a; ok b; good a; ok a",
			want: []string{
				"opened disk a 1/1 count=1 ", "opened app b 1/1 count=1 ", "opened web a 1/1 count=1 ", "resolved app b 1/2 count=1 recovered",
				"resolved disk a 1/2 count=1 recovered muted=1", "opened app a 1/1 count=2 no longer muted", "resolved app a 1/2 count=2 recovered",
			},
		},
		"what ends while it is muted is not told": {
			rule: "inhibit: [{tags: [web]}]", story: "bad a; app x; ok x; good a; app x",
			want: []string{"opened disk a 1/1 count=1 ", "resolved disk a 1/2 count=1 recovered muted=1", "reopened app x 2/1 count=1 "},
		},
		"what was told before is muted from then on, and its end is told": {
			rule: "inhibit: [{tags: [web]}]", story: "app x; app y; bad a; app x; +2m; ok x; +1m; good a",
			want: []string{
				"opened app x 1/1 count=1 ", "opened app y 1/1 count=1 ", "opened disk a 1/1 count=1  muted=2", "resolved app x 1/2 count=2 recovered",
				"resolved disk a 1/2 count=1 recovered muted=2", "updated app y 1/2 count=1 no longer muted",
			},
		},
		"another that mutes takes over": {
			rule: "inhibit: [{tags: [web]}]", story: "bad a; +1s; bad b; app x; good a; good b",
			want: []string{
				"opened disk a 1/1 count=1 ", "opened disk b 1/1 count=1 ", "resolved disk a 1/2 count=1 recovered muted=1",
				"resolved disk b 1/2 count=1 recovered muted=1", "opened app x 1/1 count=1 no longer muted",
			},
		},
	} {
		for _, restarts := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restarts %v", name, restarts), func(t *testing.T) {
				life := ""
				if c.life != "" {
					life = ", " + c.life
				}
				l := lifeOf(t, strings.NewReplacer("LIFE", life, "RULE", c.rule).Replace(stories))
				for _, part := range strings.Split(c.story, ";") {
					l.play(part)
					if restarts {
						l.restart()
					}
				}
				l.want(c.want...)
			})
		}
	}
}

// restart stores what changed and loads it again.
func (l *life) restart() {
	l.t.Helper()
	for _, fp := range l.m.Deleted() {
		delete(l.stored, fp)
	}
	for fp, i := range l.m.Changed() {
		l.stored[fp] = l.encoded(i)
	}
	l.m = incident.NewManager("h", l.set, l.stored)
}

func TestTheOpenOnesAreBounded(t *testing.T) {
	l := lifeOf(t, strings.NewReplacer("LIFE", ", group_wait: 0s", "RULE", "").Replace(stories))
	l.m.Bound(incident.Limits{Open: 3})
	for n := range 3000 {
		l.bad(fmt.Sprintf("d%d", n))
	}
	if len(l.log) != 4 || !regexp.MustCompile(`^opened disk: more than 200 problems in 1h`).MatchString(l.log[3]) {
		t.Fatalf("steps: %q", l.log)
	}
	l.log = nil
	l.pass(time.Minute)
	if want := "updated disk: more than 200 problems in 1h 1/2 count=2997 progress keys=1000 unlisted=1997"; l.log[0] != want {
		t.Errorf("got %q, want %q", l.log, want)
	}
	for n := range 2999 {
		l.good(map[string]string{"dev": fmt.Sprintf("d%d", n)})
	}
	if open := l.count(incident.Open); open != 1 {
		t.Errorf("%d open: one whose keys are not all known must not end by theirs", open)
	}
}
