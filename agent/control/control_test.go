package control_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/thirdline/thirdline/agent/control"
)

type words struct{ Text string }

// serve runs a server on a state directory until the test ends.
func serve(t *testing.T, state string, h http.Handler) *control.Client {
	t.Helper()
	s, err := control.Listen(t.Context(), state)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, h) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(filepath.Join(state, "control.sock")); err == nil {
			t.Error("the socket was left behind")
		}
	})
	c, err := control.Dial(state)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func handlers() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("POST /echo", control.Handler(func(_ context.Context, _ *http.Request, in words) (any, error) {
		switch in.Text {
		case "gone":
			return nil, control.Failf(http.StatusNotFound, "no incident %s", in.Text)
		case "broken":
			return nil, errors.New("it broke")
		}
		return in, nil
	}))
	return mux
}

func TestACallCarriesValuesAndErrors(t *testing.T) {
	c := serve(t, t.TempDir(), handlers())
	for _, test := range []struct {
		path   string
		in     any
		status int // 0 is fine
		want   string
	}{
		{"/echo", words{"hello"}, 0, "hello"},
		{"/echo", nil, 0, ""},
		{"/echo", words{"gone"}, 404, "no incident gone"},
		{"/echo", words{"broken"}, 500, "it broke"},
		{"/echo", map[string]int{"Number": 1}, 400, `unknown field "Number"`},
		{"/other", nil, 404, "another version"},
	} {
		var out words
		err := c.Call(t.Context(), "POST", test.path, test.in, &out)
		var f *control.Failure
		switch {
		case test.status == 0 && (err != nil || out.Text != test.want):
			t.Errorf("%s %v: got %q, %v", test.path, test.in, out.Text, err)
		case test.status != 0 && (!errors.As(err, &f) || f.Status != test.status || !strings.Contains(f.Text, test.want)):
			t.Errorf("%s %v: got %v, want %d with %q", test.path, test.in, err, test.status, test.want)
		}
	}
}

func TestTheSocketIsForItsOwnerAlone(t *testing.T) {
	state := t.TempDir()
	serve(t, state, handlers())
	info, err := os.Lstat(filepath.Join(state, "control.sock"))
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("mode %o, want 600", got)
	}
}

func TestADeadAgentsSocketIsReplaced(t *testing.T) {
	state := t.TempDir()
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(state, "control.sock")})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := control.Dial(state); !errors.Is(err, control.ErrNoAgent) {
		t.Fatalf("err = %v", err)
	}
	if err := serve(t, state, handlers()).Call(t.Context(), "POST", "/echo", nil, nil); err != nil {
		t.Error(err)
	}
}

func TestAFileInTheSocketsPlaceIsLeftAlone(t *testing.T) {
	state := t.TempDir()
	file := filepath.Join(state, "control.sock")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := control.Listen(t.Context(), state); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("err = %v", err)
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "mine" {
		t.Errorf("the file has %q, %v", data, err)
	}
}

func TestWithoutAnAgent(t *testing.T) {
	dead := t.TempDir()
	if err := os.WriteFile(filepath.Join(dead, "thirdline.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, state := range map[string]string{
		"no directory": filepath.Join(t.TempDir(), "none"), "no socket": dead, "a file": filepath.Join(dead, "thirdline.db"),
	} {
		if _, err := control.Dial(state); !errors.Is(err, control.ErrNoAgent) {
			t.Errorf("%s: err = %v", name, err)
		}
	}
}

func TestAnotherUserIsTold(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(state, 0); err != nil {
		t.Fatal(err)
	}
	told := make(chan error)
	go func() {
		runtime.LockOSThread() // which ends with the goroutine
		if os.Geteuid() == 0 { // root may do everything
			if _, err := unix.SetfsuidRetUid(65534); err != nil {
				told <- err
				return
			}
		}
		_, err := control.Dial(state)
		told <- err
	}()
	if err := <-told; !errors.Is(err, control.ErrNotPermitted) {
		t.Errorf("err = %v", err)
	}
}

func TestALongPathIsNamed(t *testing.T) {
	state := "/" + strings.Repeat("s", 94)
	if _, err := control.Path(state[:94]); err != nil {
		t.Errorf("107 bytes: %v", err)
	}
	_, dialled := control.Dial(state)
	_, listened := control.Listen(t.Context(), state)
	for _, err := range []error{dialled, listened} {
		if err == nil || errors.Is(err, control.ErrNoAgent) || !strings.Contains(err.Error(), "108 bytes") {
			t.Errorf("err = %v", err)
		}
	}
}
