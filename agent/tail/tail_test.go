package tail_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
	"golang.org/x/text/encoding/unicode"

	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/agent/text"
)

// rig is a follower of one glob and what it handed on.
type rig struct {
	t         *testing.T
	dir       string
	f         *tail.Follower
	positions []tail.Position
	since     time.Time
	got       []string
}

func newRig(t *testing.T) *rig {
	return &rig{t: t, dir: t.TempDir()}
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, name) }

func (r *rig) start(fromBeginning bool, include ...string) {
	r.t.Helper()
	s := tail.Source{Name: "s", FromBeginning: fromBeginning, Since: r.since}
	for _, i := range include {
		s.Include = append(s.Include, r.path(i))
	}
	f, err := tail.New(tail.Options{
		Sources: []tail.Source{s}, Positions: r.positions, MaxLine: 1 << 20,
		Linger: 50 * time.Millisecond, Log: slog.New(slog.DiscardHandler),
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
		r.t.Fatalf("got %d lines, want %d", len(r.got), n)
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

func TestFilesAtFirstStartAreReadFromTheEndLaterOnesFromTheBeginning(t *testing.T) {
	r := newRig(t)
	r.append("a.log", "old\n")
	r.start(false, "*.log")
	r.append("a.log", "new\n")
	r.until(1)
	r.append("b.log", "first\n")
	r.until(2)
	r.quiet()
	r.want("new", "first")
	r.stop()
}

func TestRenameAndCreateWithTheWriterOnTheOldFile(t *testing.T) {
	r := newRig(t)
	r.start(true, "app.log")
	old, err := os.Create(r.path("app.log"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(old, "1")
	r.until(1)
	r.rename("app.log", "app.log.1")
	fmt.Fprintln(old, "2")
	r.append("app.log", "3\n")
	r.until(3)
	fmt.Fprintln(old, "4")
	r.until(4)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	r.quiet()
	if len(r.got) != 4 || r.got[3] != "4" {
		t.Errorf("got %q", r.got)
	}
	r.stop()
}

func TestCopyTruncateTakesTheRestFromTheCopy(t *testing.T) {
	r := newRig(t)
	r.start(true, "app.log")
	r.append("app.log", numbered(0, 100))
	r.until(100)
	// between two reads: more lines, the copy, the truncation, and new lines
	r.append("app.log", numbered(100, 150))
	data, err := os.ReadFile(r.path("app.log"))
	if err != nil {
		t.Fatal(err)
	}
	r.append("app.log.1", string(data))
	if err := os.Truncate(r.path("app.log"), 0); err != nil {
		t.Fatal(err)
	}
	r.append("app.log", numbered(150, 400)) // past the old size
	r.until(400)
	r.quiet()
	if len(r.got) != 400 {
		t.Errorf("got %d lines", len(r.got))
	}
	seen := map[string]int{}
	for _, l := range r.got {
		seen[l]++
	}
	for _, l := range strings.Split(strings.TrimSpace(numbered(0, 400)), "\n") {
		if seen[l] != 1 {
			t.Errorf("%q came %d times", l, seen[l])
		}
	}
	if r.f.Counts().Truncations != 1 {
		t.Errorf("truncations = %d", r.f.Counts().Truncations)
	}
	r.stop()
}

func TestHalfALineIsHandedOnWhenItIsWhole(t *testing.T) {
	r := newRig(t)
	r.start(true, "app.log")
	r.append("app.log", "a\nhal")
	r.until(1)
	r.quiet()
	r.append("app.log", "f\nb\n")
	r.until(3)
	r.want("a", "half", "b")
	r.stop()
}

func TestRestartGoesOnAtTheStoredPosition(t *testing.T) {
	r := newRig(t)
	r.start(true, "app.log")
	r.append("app.log", "1\n2\n")
	r.until(2)
	r.stop()
	// while down: more lines, a rotation, a new file, a second rotation
	r.append("app.log", "3\n")
	r.rename("app.log", "app.log.1")
	r.append("app.log", "4 is a line long enough to tell\n")
	r.rename("app.log.1", "app.log.2")
	r.rename("app.log", "app.log.1")
	r.append("app.log", "5\n")
	r.start(true, "app.log")
	r.until(5)
	r.quiet()
	r.want("1", "2", "3", "4 is a line long enough to tell", "5")
	r.stop()
	r.start(true, "app.log")
	r.quiet()
	r.stop()
}

func TestTruncationWhileDownIsFound(t *testing.T) {
	r := newRig(t)
	r.start(true, "app.log")
	r.append("app.log", numbered(0, 10))
	r.until(10)
	r.stop()
	if err := os.WriteFile(r.path("app.log"), []byte(numbered(50, 70)), 0o600); err != nil {
		t.Fatal(err)
	}
	r.start(true, "app.log")
	r.until(30)
	r.quiet()
	r.want(strings.Split(strings.TrimSpace(numbered(0, 10)+numbered(50, 70)), "\n")...)
	r.stop()
}

func TestATooLongLineIsCutAndTheNextOneIsWhole(t *testing.T) {
	r := newRig(t)
	r.start(true, "app.log")
	r.append("app.log", "a\n"+strings.Repeat("x", 10<<20)+"\nb\n")
	r.until(3)
	r.quiet()
	r.want("a", "cut:1048576", "b")
	r.stop()
}

func TestFoldersThatComeLaterAreFollowed(t *testing.T) {
	r := newRig(t)
	r.start(true, "x/**/*.log")
	if err := os.MkdirAll(r.path("x/y"), 0o700); err != nil {
		t.Fatal(err)
	}
	r.append("x/y/a.log", "1\n")
	r.until(1)
	r.want("1")
	r.stop()
}

func TestAMissingAndAnUnreadableFileAreSaidOnce(t *testing.T) {
	var out bytes.Buffer
	f, err := tail.New(tail.Options{
		Sources: []tail.Source{{Name: "s", Include: []string{"/nonexistent/app.log"}}},
		Log:     slog.New(slog.NewTextHandler(&out, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, _, err := f.Next(t.Context(), time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(out.String(), "waiting for it"); n != 1 {
		t.Errorf("said %d times:\n%s", n, out.String())
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestALinkIsFollowedWithinTheRootsOnly(t *testing.T) {
	r := newRig(t)
	for _, dir := range []string{"logs", "else", "secret"} {
		if err := os.Mkdir(r.path(dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	r.append("else/a.txt", "allowed\n")
	r.append("secret/shadow", "root:hash\n")
	r.append("secret/b.log", "root:hash\n")
	for link, target := range map[string]string{"logs/a.log": "else/a.txt", "logs/s.log": "secret/shadow", "logs/sub": "secret"} {
		if err := os.Symlink(r.path(target), r.path(link)); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	f, err := tail.New(tail.Options{
		Sources: []tail.Source{{Name: "s", Include: []string{r.path("logs/**/*.log")}, Roots: []string{r.path("else")}, FromBeginning: true}},
		Log:     slog.New(slog.NewTextHandler(&out, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.f = f
	r.until(1)
	r.append("else/a.txt", "more\n") // the target's folder is watched, too
	r.until(2)
	r.quiet()
	r.want("allowed", "more")
	if n := strings.Count(out.String(), "refused to follow"); n != 2 {
		t.Errorf("refused %d times:\n%s", n, out.String())
	}
	r.stop()
}

func TestAnotherUsersLinkInTheConfiguredFolderIsNotTrusted(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("root is needed to make another user's link")
	}
	r := newRig(t)
	if err := os.Mkdir(r.path("secret"), 0o700); err != nil {
		t.Fatal(err)
	}
	r.append("secret/x.log", "root:hash\n")
	if err := os.Symlink(r.path("secret"), r.path("app")); err != nil {
		t.Fatal(err)
	}
	if err := os.Lchown(r.path("app"), 65534, 65534); err != nil {
		t.Fatal(err)
	}
	r.start(true, "app/*.log")
	r.quiet()
	r.stop()
	if err := os.Lchown(r.path("app"), 0, 0); err != nil {
		t.Fatal(err)
	}
	r.start(true, "app/*.log")
	r.until(1)
	r.stop()
}

func TestWithoutNotificationsFoldersAreSwept(t *testing.T) {
	var taken []int
	for {
		fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
		if err != nil {
			break
		}
		taken = append(taken, fd)
	}
	r := newRig(t)
	var out bytes.Buffer
	f, err := tail.New(tail.Options{
		Sources: []tail.Source{{Name: "s", Include: []string{r.path("*.log")}, FromBeginning: true}},
		Log:     slog.New(slog.NewTextHandler(&out, nil)),
	})
	for _, fd := range taken {
		if err := unix.Close(fd); err != nil {
			t.Fatal(err)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	r.f = f
	r.append("a.log", "1\n")
	r.until(1)
	if !strings.Contains(out.String(), "fs.inotify.max_user_instances") {
		t.Errorf("said: %s", out.String())
	}
	r.append("a.log", "2\n")
	r.until(2)
	r.stop()
}

func TestZerosWhereALineBeginsAreSkipped(t *testing.T) {
	r := newRig(t)
	r.start(true, "app.log")
	r.append("app.log", numbered(0, 100))
	r.until(100)
	// copytruncate under a writer that does not append: a hole of 8 GiB, then its lines
	if err := os.Truncate(r.path("app.log"), 0); err != nil {
		t.Fatal(err)
	}
	h, err := os.OpenFile(r.path("app.log"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.WriteAt([]byte("after the hole\n"), 8<<30); err != nil {
		t.Fatal(err)
	}
	r.until(101)
	if r.got[100] != "after the hole" {
		t.Errorf("got %q", r.got[100])
	}
	r.quiet()
	r.stop()
}

func TestALogThatIsAllocatedAheadIsReadAsItIsWritten(t *testing.T) {
	r := newRig(t)
	r.append("app.log", "1\n"+strings.Repeat("\x00", 1<<20))
	r.start(true, "app.log")
	r.until(1)
	r.quiet()
	h, err := os.OpenFile(r.path("app.log"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.WriteAt([]byte("2\n"), 2); err != nil {
		t.Fatal(err)
	}
	r.until(2)
	r.quiet()
	r.want("1", "2")
	r.stop()
}

func TestPositionsHoldNoLogText(t *testing.T) {
	r := newRig(t)
	r.append("app.log", "password=hunter2 and more\n")
	r.start(true, "app.log")
	r.until(1)
	r.stop()
	text, err := json.Marshal(r.positions)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("hunter2")) || bytes.Contains(text, []byte("cGFzc3dvcmQ")) {
		t.Errorf("stored: %s", text)
	}
}

func TestUTF16IsFramedByItsOwnLineEnds(t *testing.T) {
	r := newRig(t)
	wide := func(text string) string {
		b, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	r.append("app.log", "\xff\xfe"+wide("größe Ċ\nhal"))
	r.start(true, "app.log")
	var got []string
	read := func() {
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end); {
			c, ok, err := r.f.Next(t.Context(), 100*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				got = append(got, string(c.File.Encoding.Decode(c.Data)))
				return
			}
		}
		t.Fatal("nothing came")
	}
	read()
	r.append("app.log", wide("f\n"))
	read()
	if diff := cmp.Diff([]string{"größe Ċ\n", "half\n"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r.stop()
}

// framing holds back lines that begin with a blank, and the line before them.
type framing struct{}

func (framing) Whole(_ *text.Encoding, lines []byte) int {
	return bytes.LastIndexByte(lines[:len(lines)-1], '\n') + 1
}

func TestARecordIsHeldUntilItsRestCameOrTheWaitIsOver(t *testing.T) {
	r := newRig(t)
	f, err := tail.New(tail.Options{
		Sources: []tail.Source{{Name: "s", Include: []string{r.path("*.log")}, FromBeginning: true, Framing: framing{}, Wait: 700 * time.Millisecond}},
		Log:     slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.f = f
	r.append("a.log", "1\n2\n")
	r.until(1)
	r.quiet()
	r.want("1")
	if moved, _ := f.Changes(); moved[0].Offset != 2 {
		t.Errorf("the position is %d: a held record would be lost in a crash", moved[0].Offset)
	}
	r.until(2)
	r.want("1", "2")
	r.stop()
}
