package tail_test

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/thirdline/thirdline/agent/tail"
)

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
