package doctor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func write(t *testing.T, path string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSources(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/a/x.log")
	write(t, dir+"/a/b/y.log")
	write(t, dir+"/a/b/z-debug.log")
	folders := map[string]bool{}
	s := Source{Name: "app", Include: []string{dir + "/**/*.log", dir + "/a/*.log"}, Exclude: []string{dir + "/**/*-debug.log"}}
	if f := examineSource(s, folders); f.Verdict != Fine || f.files != 2 || len(folders) != 2 {
		t.Errorf("%+v, folders %v", f, folders)
	}
	if f := examineSource(Source{Name: "none", Include: []string{dir + "/nothing/*.log"}}, folders); f.Verdict != Warning || f.Remedy == "" {
		t.Errorf("%+v", f)
	}
	if err := os.Symlink("x.log", filepath.Join(dir, "a", "loop.log")); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		if err := os.Chmod(dir+"/a/x.log", 0); err != nil {
			t.Fatal(err)
		}
		if f := examineSource(s, folders); f.Verdict != Bad || !strings.Contains(f.Remedy, "group") {
			t.Errorf("%+v", f)
		}
	}
}

func TestState(t *testing.T) {
	dir := t.TempDir()
	open := filepath.Join(dir, "open")
	if err := os.Mkdir(open, 0o755); err != nil { //nolint:gosec // the fault to be found
		t.Fatal(err)
	}
	for path, want := range map[string]Verdict{
		filepath.Join(dir, "not", "yet"): Fine, open: Warning, write(t, filepath.Join(dir, "file")): Bad,
	} {
		if f := state(path); f.Verdict != want && (f.Verdict != Warning || !strings.Contains(f.Said, "MiB")) {
			t.Errorf("%s: %+v, want %s", path, f, want)
		}
	}
}

func TestLimits(t *testing.T) {
	if f := watches(1 << 40); f.Verdict != Warning || !strings.Contains(f.Remedy, "max_user_watches") {
		t.Errorf("%+v", f)
	}
	if f := descriptors(1 << 40); f.Verdict != Bad || !strings.Contains(f.Remedy, "LimitNOFILE") {
		t.Errorf("%+v", f)
	}
	if f := descriptors(1); f.Verdict != Fine {
		t.Errorf("%+v", f)
	}
}

// certificate makes one that ends after the given days.
func certificate(t *testing.T, days int) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "desk"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(0, 0, days), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func TestEndpoints(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for _, tc := range []struct {
		name string
		days int  // the certificate's
		ca   bool // whether it is trusted
		url  string
		want []Verdict
		said string
	}{
		{"plain", 0, false, plain.URL, []Verdict{Fine}, "answers"},
		{"down", 0, false, closed.URL, []Verdict{Bad}, "refused"},
		{"sound", 90, true, "", []Verdict{Fine, Fine}, "valid until 2027-02-22"},
		{"soon", 5, true, "", []Verdict{Fine, Warning}, "5 days more"},
		{"over", -1, true, "", []Verdict{Fine, Bad}, "expired"},
		{"stranger", 90, false, "", []Verdict{Fine, Bad}, "unknown authority"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := Endpoint{Name: "desk", URL: tc.url}
			if tc.url == "" {
				pair := certificate(t, tc.days)
				s := httptest.NewUnstartedServer(http.NotFoundHandler())
				s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
				s.Config.ErrorLog = nil
				s.StartTLS()
				defer s.Close()
				e.URL, e.TLS = s.URL, &tls.Config{MinVersion: tls.VersionTLS12}
				if tc.ca {
					e.TLS.RootCAs = x509.NewCertPool()
					e.TLS.RootCAs.AddCert(pair.Leaf)
				}
			}
			o := &Options{Within: 5 * time.Second, Now: now}
			found := o.endpoint(t.Context(), e)
			var got []Verdict
			for _, f := range found {
				got = append(got, f.Verdict)
				if f.Verdict != Fine && f.Remedy == "" {
					t.Errorf("no remedy: %+v", f)
				}
			}
			if len(got) != len(tc.want) || got[len(got)-1] != tc.want[len(got)-1] || !strings.Contains(found[len(found)-1].Said, tc.said) {
				t.Errorf("%+v", found)
			}
		})
	}
}

func TestUnit(t *testing.T) {
	for shown, want := range map[string]Verdict{
		"LoadState=not-found\nActiveState=inactive\n":                     Warning,
		"LoadState=loaded\nActiveState=failed\nUnitFileState=enabled\n":   Bad,
		"LoadState=loaded\nActiveState=active\nUnitFileState=disabled\n":  Warning,
		"LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n":   Fine,
		"LoadState=loaded\nActiveState=inactive\nUnitFileState=enabled\n": Bad,
	} {
		if f := activity("thirdline.service", shown); f.Verdict != want {
			t.Errorf("%q: %+v, want %s", shown, f, want)
		}
	}
	for said, want := range map[string]Verdict{
		"→ Overall exposure level for thirdline.service: 1.5 OK": Fine,
		"→ Overall exposure level for thirdline.service: 9.2 X":  Warning,
		"nothing": Unknown,
	} {
		if f := exposure("thirdline.service", said); f.Verdict != want {
			t.Errorf("%q: %+v, want %s", said, f, want)
		}
	}
}
