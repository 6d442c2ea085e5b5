package tail_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/agent/tail"
)

// rig is a follower of one glob and what it handed on.
type rig struct {
	t         *testing.T
	dir       string
	f         *tail.Follower
	positions []tail.Position
	since     time.Time
	rotated   string // the source's
	log       *slog.Logger
	got       []string
}

func newRig(t *testing.T) *rig {
	return &rig{t: t, dir: t.TempDir(), log: slog.New(slog.DiscardHandler)}
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, name) }

func (r *rig) start(fromBeginning bool, include ...string) {
	r.t.Helper()
	s := tail.Source{Name: "s", FromBeginning: fromBeginning, Since: r.since, Rotated: r.rotated}
	for _, i := range include {
		s.Include = append(s.Include, r.path(i))
	}
	f, err := tail.New(tail.Options{
		Sources: []tail.Source{s}, Positions: r.positions, MaxLine: 1 << 20,
		Linger: 50 * time.Millisecond, Log: r.log,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.f, r.since = f, f.Sources()[0].Since
}

// stop saves the positions as the agent would and closes the follower.
func (r *rig) stop() {
	r.t.Helper()
	r.save()
	if err := r.f.Close(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) save() {
	moved, gone := r.f.Changes()
	byID := map[tail.Identity]tail.Position{}
	for _, p := range append(r.positions, moved...) {
		byID[p.Identity] = p
	}
	for _, id := range gone {
		delete(byID, id)
	}
	r.positions = nil
	for _, p := range byID {
		r.positions = append(r.positions, p)
	}
	r.f.Saved()
}

// until reads until n lines have come, or the limit has passed.
func (r *rig) until(n int) {
	r.t.Helper()
	end := time.Now().Add(20 * time.Second)
	for len(r.got) < n && time.Now().Before(end) {
		r.next(time.Second)
	}
	if len(r.got) < n {
		r.t.Fatalf("got %d lines, want %d: %.300q", len(r.got), n, r.got)
	}
}

func (r *rig) next(wait time.Duration) bool {
	r.t.Helper()
	c, ok, err := r.f.Next(r.t.Context(), wait)
	if err != nil {
		r.t.Fatal(err)
	}
	if ok {
		text := strings.TrimSuffix(string(c.Data), "\n")
		if c.Cut {
			text = fmt.Sprintf("cut:%d", len(text))
		}
		r.got = append(r.got, strings.Split(text, "\n")...)
	}
	return ok
}

// quiet asserts that nothing more comes.
func (r *rig) quiet() {
	r.t.Helper()
	if before := len(r.got); r.next(300 * time.Millisecond) {
		r.t.Errorf("also got %q", r.got[before:])
	}
}

func (r *rig) append(name, text string) {
	r.t.Helper()
	h, err := os.OpenFile(r.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := h.WriteString(text); err != nil {
		r.t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) rename(from, to string) {
	r.t.Helper()
	if err := os.Rename(r.path(from), r.path(to)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) want(lines ...string) {
	r.t.Helper()
	if diff := cmp.Diff(lines, r.got); diff != "" {
		r.t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func numbered(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "line %06d of this file\n", i)
	}
	return b.String()
}
