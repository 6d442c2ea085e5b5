package facts

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/thirdline/thirdline/shipper"
)

// TestFactsOfThisHost takes the facts of the test's own process.
func TestFactsOfThisHost(t *testing.T) {
	var c Collector
	log := filepath.Join(t.TempDir(), "app.log")
	f := c.Take(About{Log: log, PID: int32(os.Getpid())}, time.Now())
	if f.OS == "" || f.Kernel == "" || len(f.Load) != 3 || f.MemoryTotal == 0 || f.MemoryFree > f.MemoryTotal || f.Disk == nil || f.Disk.Total == 0 || f.Booted.IsZero() {
		t.Errorf("facts are missing: %+v", f)
	}
	if p := f.Process; p == nil || p.PID != int32(os.Getpid()) || p.Files == 0 || p.Memory == 0 || p.FileLimit == 0 || p.Command == "" {
		t.Errorf("the process: %+v", p)
	}
	if len(f.TopCPU) == 0 || len(f.TopMemory) == 0 || f.TopMemory[0].Memory == 0 {
		t.Errorf("top: %v, %v", f.TopCPU, f.TopMemory)
	}
}

func TestWhatCannotBeHadIsNamed(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "proc/pressure")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "io"), []byte("some avg10=1.50 avg60=0.00 avg300=0.00 total=1\nfull avg10=0.25 avg60=0\nhalf avg10=x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := Collector{Root: root}
	f := c.Take(About{Log: filepath.Join(root, "no/such/app.log"), PID: 1 << 30}, time.Now())
	want := &shipper.Facts{Pressure: map[string]float64{"io some": 1.5, "io full": 0.25}, Missing: []string{"system", "kernel", "boot_id", "pressure cpu", "pressure memory", "disk", "process 1073741824: it has ended"}}
	if diff := cmp.Diff(want, &shipper.Facts{Pressure: f.Pressure, Missing: f.Missing}, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	var denied shipper.Facts
	miss(&denied, "x", &os.PathError{Op: "open", Path: "/x", Err: os.ErrPermission})
	if diff := cmp.Diff([]string{"x"}, denied.NotPermitted); diff != "" {
		t.Error(diff)
	}
}

func TestNamesComeFromPaths(t *testing.T) {
	k8s := map[string]string{"namespace": "shop", "pod": "web-7d9", "container": "app"}
	for path, want := range map[string]map[string]string{
		"/var/log/pods/shop_web-7d9_0a1b/app/0.log":             k8s,
		"/var/log/containers/web-7d9_shop_app-0123abcd.log":     k8s,
		"/var/lib/docker/containers/0123abcd/0123abcd-json.log": {"container_id": "0123abcd"},
		"/var/log/app.log":            nil,
		"/var/log/containers/odd.log": nil,
	} {
		if diff := cmp.Diff(want, workload(path)); diff != "" {
			t.Errorf("%s:\n%s", path, diff)
		}
	}
	for text, want := range map[string]string{"0::/system.slice/app.service\n": "app.service", "0::/user.slice/user-0.slice/session-1.scope": "session-1.scope", "0::/system.slice/a.service/worker": "a.service", "0::/": "", "": ""} {
		if got := unitIn(text); got != want {
			t.Errorf("%q is unit %q", text, got)
		}
	}
}

// TestAUnitIsThatOfTheRecordOrItsProcess: systemd is asked about a name only where it
// can be one.
func TestAUnitIsThatOfTheRecordOrItsProcess(t *testing.T) {
	for _, c := range []struct {
		about, process, asked string
		fails                 error
		missing               []string
	}{
		{"web.service", "db.service", "web.service", nil, nil},
		{"", "db.service", "db.service", nil, nil},
		{"x; reboot", "", "", nil, nil},
		{"", "", "", nil, nil},
		{"web.service", "", "web.service", os.ErrNotExist, []string{"state of unit web.service"}},
	} {
		asked := ""
		collector := Collector{ask: func(name string) (*shipper.Unit, error) {
			asked = name
			return &shipper.Unit{Name: name}, c.fails
		}}
		f := &shipper.Facts{Process: &shipper.Process{Unit: c.process}}
		collector.unit(f, c.about)
		if asked != c.asked || (f.Unit != nil) != (asked != "" && c.fails == nil) {
			t.Errorf("%q of %q: asked about %q, unit %v", c.about, c.process, asked, f.Unit)
		}
		if diff := cmp.Diff(c.missing, f.Missing); diff != "" {
			t.Error(diff)
		}
	}
}

func TestTheCloudsNameOfTheHost(t *testing.T) {
	root := t.TempDir()
	for _, c := range []struct{ file, text, want string }{
		{"", "", ""},
		{"sys/class/dmi/id/board_asset_tag", "Not Specified\n", ""},
		{"sys/class/dmi/id/board_asset_tag", "i-0abc\n", "i-0abc"},
		{"var/lib/cloud/data/instance-id", "iid-1\n", "iid-1"},
	} {
		if c.file != "" {
			path := filepath.Join(root, c.file)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := (&Collector{Root: root}).instance(); got != c.want {
			t.Errorf("%s %q: instance %q, not %q", c.file, c.text, got, c.want)
		}
	}
}

func BenchmarkTake(b *testing.B) {
	for b.Loop() {
		var c Collector // nothing cached
		c.Take(About{Log: "/var/log/x.log", PID: int32(os.Getpid())}, time.Now())
	}
}

// TestAProcessIsMeasuredFromItsStat: its name may hold anything, parentheses too.
func TestAProcessIsMeasuredFromItsStat(t *testing.T) {
	root := t.TempDir()
	c := Collector{Root: root}
	for name, text := range map[string]string{
		"proc/7/stat":    "7 (a) S 1 (b) R 1 7 7 0 -1 4194304 100 0 0 0 150 50 0 0 20 0 1 0 6000 10000 25 18446744073709551615 1 1",
		"proc/8/stat":    "8 (short) R 1 2",
		"proc/uptime":    "100.00 190.00\n",
		"etc/os-release": "PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\nVERSION_ID=\"12\"\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, ok := c.measure(7, c.uptime())
	want := shipper.Process{PID: 7, Name: "a) S 1 (b", CPU: 5, Memory: 25 * uint64(os.Getpagesize())} // 2 s of CPU in 40 s
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("ok %v, process (-want +got):\n%s", ok, diff)
	}
	for _, pid := range []int32{8, 9} {
		if _, ok := c.measure(pid, c.uptime()); ok {
			t.Errorf("process %d was measured", pid)
		}
	}
	if got := c.release(); got != "debian 12" {
		t.Errorf("release %q", got)
	}
}

func TestDockersNameOfAContainer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "containers", "0123abcd")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	log, config := filepath.Join(dir, "0123abcd-json.log"), filepath.Join(dir, "config.v2.json")
	for _, c := range []struct {
		text, want string
		missing    []string
	}{
		{"", "", []string{"name of the container"}},
		{"{", "", []string{"name of the container"}},
		{`{"ID":"0123abcd","Name":"/shop-web-1"}`, "shop-web-1", nil},
	} {
		if c.text != "" {
			if err := os.WriteFile(config, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var f shipper.Facts
		got := (&Collector{}).container(workload(log), log, &f)
		if diff := cmp.Diff(c.missing, f.Missing); diff != "" || got["container"] != c.want {
			t.Errorf("%q: %v, missing (-want +got):\n%s", c.text, got, diff)
		}
	}
}
