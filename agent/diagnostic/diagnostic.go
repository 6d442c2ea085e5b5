// Package diagnostic runs the commands that an administrator allowed when an incident
// opens, and returns what they say.
//
// A command is a list of arguments; there is no shell. It runs with an empty
// environment, without input, in / and in a process group of its own, which is killed
// at its deadline. A value from a log comes into an argument only at a place that was
// made for it, and only when all of it matches the pattern declared for that place.
// How many run at once and in a minute is bounded; what is left out is said.
package diagnostic

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/thirdline/thirdline/shipper"
)

// The budgets.
const (
	atOnce    = 2
	perMinute = 30
	waiting   = 64 // jobs that may wait for their turn
)

// The defaults of a command.
const (
	DefaultTimeout = 5 * time.Second
	DefaultOutput  = 64 << 10
)

// Command is a diagnostic as it was configured.
type Command struct {
	Name string
	// Argv is the program, by its absolute path, and its arguments. {FIELD} stands
	// for the value of a field.
	Argv []string
	// Fields are the patterns of the fields that Argv names, as of [Pattern].
	Fields map[string]*regexp.Regexp
	// Timeout is when its process group is killed. Default 5 s.
	Timeout time.Duration
	// Output is how much of what it writes is kept, in bytes. Default 64 KiB.
	Output int
}

// Place finds where the value of a field goes in an argument.
var Place = regexp.MustCompile(`\{[a-zA-Z_][a-zA-Z0-9_]*\}`)

// fill puts the values of fields into the arguments.
func (c *Command) fill(fields map[string]string) (argv []string, err error) {
	for _, arg := range c.Argv {
		filled := Place.ReplaceAllStringFunc(arg, func(place string) string {
			name := place[1 : len(place)-1]
			value, pattern := fields[name], c.Fields[name]
			switch {
			case pattern == nil || value == "" || strings.ContainsRune(value, 0) || !pattern.MatchString(value):
				err = fmt.Errorf("the value of %s is not of the form that is allowed", name)
			case strings.HasPrefix(value, "-") && strings.HasPrefix(arg, place):
				err = fmt.Errorf("the value of %s would be taken for an option", name)
			}
			return value
		})
		argv = append(argv, filled)
	}
	return argv, err
}

// Pattern compiles the pattern of a field, so that all of a value must match it.
func Pattern(text string) (*regexp.Regexp, error) {
	if _, err := regexp.Compile(text); err != nil { // alone: it must not end the group
		return nil, err
	}
	return regexp.Compile(`\A(?:` + text + `)\z`)
}

// Result is what a command said for an incident.
type Result struct {
	Incident string
	shipper.Diagnostic
}

// job is a command that is to be run for an incident.
type job struct {
	incident string
	command  Command
	fields   map[string]string
}

// Runner runs diagnostics. It is safe for concurrent use.
type Runner struct {
	commands []Command
	jobs     chan job
	wake     func()

	mu      sync.Mutex
	results []Result    // not taken yet
	begun   []time.Time // in the last minute
}

// New returns a runner of commands. wake, where it is not nil, is called when there is
// a result to be taken.
func New(commands []Command, wake func()) *Runner {
	if wake == nil {
		wake = func() {}
	}
	return &Runner{commands: commands, jobs: make(chan job, waiting), wake: wake}
}

// Start has a command run for an incident. It does not wait: what came of it, or why
// it was not run, is a result later.
func (r *Runner) Start(incident, name string, fields map[string]string, now time.Time) {
	refuse := func(why string) {
		r.add(Result{incident, shipper.Diagnostic{Name: name, Note: "not run: " + why}})
	}
	i := slices.IndexFunc(r.commands, func(c Command) bool { return c.Name == name })
	if i < 0 {
		refuse("the agent's configuration does not define it")
		return
	}
	if !r.may(now) {
		refuse(fmt.Sprintf("%d were run in the last minute", perMinute))
		return
	}
	select {
	case r.jobs <- job{incident, r.commands[i], fields}:
	default:
		refuse(fmt.Sprintf("%d wait to be run", waiting))
	}
}

// may takes from the budget of a minute.
func (r *Runner) may(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun = slices.DeleteFunc(r.begun, func(t time.Time) bool { return now.Sub(t) >= time.Minute })
	if len(r.begun) >= perMinute {
		return false
	}
	r.begun = append(r.begun, now)
	return true
}

func (r *Runner) add(result Result) {
	r.mu.Lock()
	r.results = append(r.results, result)
	r.mu.Unlock()
	r.wake()
}

// Take returns the results that came since the last call.
func (r *Runner) Take() []Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.results
	r.results = nil
	return taken
}

// Run runs what is started until ctx ends, then kills what still runs and waits for
// it. A job that did not come to its end gives no result.
func (r *Runner) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for range atOnce {
		g.Go(func() error {
			for {
				select {
				case <-ctx.Done():
					return nil
				case j := <-r.jobs:
					if d := j.command.run(ctx, j.fields); ctx.Err() == nil {
						r.add(Result{j.incident, d})
					}
				}
			}
		})
	}
	return g.Wait()
}
