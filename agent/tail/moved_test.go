package tail_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestRotatedFilesAreFoundInTheirFolder: whatever was done to them there while nobody
// looked; and what lies there is no log of its own, also where a glob would take it.
func TestRotatedFilesAreFoundInTheirFolder(t *testing.T) {
	for name, include := range map[string]string{"one log": "logs/app.log", "a folder": "logs/*.log", "a tree": "**/*.log"} {
		for _, folder := range []string{"old", "../old", "/"} {
			t.Run(name+" "+folder, func(t *testing.T) {
				r := newRig(t)
				if r.rotated = folder; folder == "/" {
					r.rotated = r.path("far/old")
				}
				old := "logs/" + folder + "/"
				if folder == "/" {
					old = "far/old/"
				}
				for _, dir := range []string{"logs", old} {
					if err := os.MkdirAll(r.path(dir), 0o755); err != nil {
						t.Fatal(err)
					}
				}
				r.append("logs/app.log", numbered(0, 10))
				r.start(true, include)
				r.until(10)
				r.append("logs/app.log", numbered(10, 20)) // moved while we look
				r.rename("logs/app.log", old+"app-20261126.log")
				r.append("logs/app.log", numbered(20, 30))
				r.until(30)
				r.stop()
				r.append("logs/app.log", numbered(30, 40)) // and while we do not
				r.rename("logs/app.log", old+"app.log-20261127")
				r.append("logs/app.log", numbered(40, 50))
				r.rename("logs/app.log", old+"app.log.1")
				r.append("logs/app.log", numbered(50, 60))
				r.start(true, include)
				r.until(60)
				r.quiet()
				r.inOrder(60)
				if c := r.f.Counts("s"); c.Gaps != 0 {
					t.Errorf("counted %+v", c)
				}
				r.stop()
			})
		}
	}
}

func (r *rig) inOrder(n int) {
	r.t.Helper()
	want := numbered(0, n)
	got := ""
	for _, l := range r.got {
		got += l + "\n"
	}
	if got != want {
		r.t.Errorf("got %d lines, not the %d in order: %.200q", len(r.got), n, got)
	}
}

// TestALinkInTheFolderOfRotatedFilesLeadsNowhereElse: the folder is one of the source's,
// and what lies outside of its folders stays unread.
func TestALinkInTheFolderOfRotatedFilesLeadsNowhereElse(t *testing.T) {
	r := newRig(t)
	r.rotated = "old"
	for _, dir := range []string{"logs/old", "secret"} {
		if err := os.MkdirAll(r.path(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r.append("logs/app.log", "one\n")
	r.start(true, "logs/app.log")
	r.until(1)
	r.append("secret/key", "a secret that is long enough to be one\n")
	if err := os.Symlink(r.path("secret/key"), filepath.Join(r.dir, "logs/old/app.log.1")); err != nil {
		t.Fatal(err)
	}
	r.append("logs/app.log", "two\n")
	r.until(2)
	r.quiet()
	r.want("one", "two")
	r.stop()
}
