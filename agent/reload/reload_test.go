package reload_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thirdline/thirdline/agent/reload"
)

// run runs a reloader until the test ends.
func run[V any](t *testing.T, r *reload.Reloader[V]) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); r.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
}

func TestAStormIsTwoReloads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, goOn := 0, make(chan struct{})
		r := reload.New(func(context.Context) int { n++; <-goOn; return n })
		run(t, r)
		verdicts := make(chan int, 2000)
		ask := func() {
			v, err := r.Ask(t.Context())
			if err != nil {
				t.Error(err)
			}
			verdicts <- v
		}
		go ask()
		synctest.Wait() // the first reads the files; who asks now wants them as they are now
		for range 1000 {
			r.Wish()
			go ask()
		}
		synctest.Wait()
		close(goOn)
		synctest.Wait()
		close(verdicts)
		count := map[int]int{}
		for v := range verdicts {
			count[v]++
		}
		if n != 2 || count[1] != 1 || count[2] != 1000 {
			t.Errorf("%d reloads; callers by verdict: %v", n, count)
		}
	})
}

func TestWhoGivesUpIsNotWaitedFor(t *testing.T) {
	r := reload.New(func(context.Context) int { return 1 })
	ctx, giveUp := context.WithCancel(context.Background())
	giveUp()
	if _, err := r.Ask(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	run(t, r)
	if v, err := r.Ask(t.Context()); v != 1 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
}

func TestChangesOfRuleFilesAreSeen(t *testing.T) {
	dir := t.TempDir()
	single := filepath.Join(t.TempDir(), "own.yaml")
	put := func(file, text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	inside := filepath.Join(dir, "a.yaml")
	put(inside, "1")
	put(single, "1")
	changed := make(chan struct{}, 100)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	w := reload.NewWatcher([]string{dir, single})
	go func() {
		defer close(ended)
		w.Run(ctx, slog.New(slog.DiscardHandler), func() { changed <- struct{}{} })
	}()
	t.Cleanup(func() { stop(); <-ended })
	for _, change := range []struct {
		name string
		do   func()
	}{
		{"a file is written", func() { put(inside, "1 and more") }},
		{"a file is added", func() { put(filepath.Join(dir, "b.yml"), "1") }},
		{"a file is replaced", func() { put(single+".new", "22"); _ = os.Rename(single+".new", single) }},
		{"a file is removed", func() { _ = os.Remove(inside) }},
	} {
		change.do()
		select {
		case <-changed:
		case <-time.After(15 * time.Second):
			t.Fatalf("%s: not seen", change.name)
		}
	}
	put(filepath.Join(dir, "notes.txt"), "no rule")
	select {
	case <-changed:
		t.Error("a file that is no rule file was taken for one")
	case <-time.After(time.Second):
	}
}
