package redact_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/agent/redact"
)

var key = []byte("a key of thirty-two bytes for us")

var marks = regexp.MustCompile(`\[(email|ip)#[a-z2-9]{10}\]`)

// TestSecretsAreFound holds recall over the corpus to 99 %.
func TestSecretsAreFound(t *testing.T) {
	r := redact.New(key, redact.Internal)
	all, missed := secrets(), 0
	for _, s := range all {
		got := r.Text(s.text, redact.Manifest{})
		for _, secret := range s.secrets {
			if strings.Contains(got, secret) {
				missed++
				t.Logf("left %q in %q\n  of %q", secret, got, s.text)
				break
			}
		}
		if strings.Count(got, "\n") != strings.Count(s.text, "\n") {
			t.Errorf("%q: the lines are not those of %q", got, s.text)
		}
		if again := r.Text(got, redact.Manifest{}); again != got {
			t.Errorf("the second time changed %q to %q", got, again)
		}
	}
	t.Logf("%d of %d found", len(all)-missed, len(all))
	if len(all) < 200 || missed*100 > len(all) {
		t.Errorf("%d of %d were missed", missed, len(all))
	}
}

// TestLookAlikesAreLeftAlone holds false positives over the corpus to 1 %.
func TestLookAlikesAreLeftAlone(t *testing.T) {
	r := redact.New(key, redact.Internal)
	all, wrong := alikes(), 0
	for _, text := range all {
		if got := r.Text(text, redact.Manifest{}); got != text {
			wrong++
			t.Logf("%q became %q", text, got)
		}
	}
	t.Logf("%d of %d left alone", len(all)-wrong, len(all))
	if len(all) < 200 || wrong*100 > len(all) {
		t.Errorf("%d of %d were changed", wrong, len(all))
	}
}

func TestAudiences(t *testing.T) {
	const text = "bob.o+x@mail.example.com from 203.0.113.7:5000 and fe80::1:2, via 2001:db8::7 at 12:34:56 to 127.0.0.1 v1.2.3"
	for a, want := range map[redact.Audience]string{
		redact.Internal: text,
		redact.L3:       "E from 203.0.113.7:5000 and fe80::1:2, via 2001:db8::7 at 12:34:56 to 127.0.0.1 v1.2.3",
		redact.Vendor:   "E from A:5000 and A, via A at 12:34:56 to 127.0.0.1 v1.2.3",
	} {
		m := redact.Manifest{}
		got := marks.ReplaceAllStringFunc(redact.New(key, a).Text(text, m), func(s string) string { return map[byte]string{'e': "E", 'i': "A"}[s[1]] })
		if got != want {
			t.Errorf("%s: %s", a, got)
		}
	}
}

func TestPseudonymsFollowAValueUnderOneKey(t *testing.T) {
	r := redact.New(key, redact.Vendor)
	m := redact.Manifest{}
	got := r.Lines([]string{"user a@x.example in", "user b@x.example in", "user a@x.example out"}, m)
	if got[0][:len(got[0])-3] != got[2][:len(got[2])-4] || got[0] == got[1] {
		t.Errorf("%q", got)
	}
	if other := redact.New([]byte("another"), redact.Vendor).Text("user a@x.example in", m); other == got[0] {
		t.Errorf("another key gave the same pseudonym %s", other)
	}
	if diff := cmp.Diff(redact.Manifest{redact.Email: 4}, m); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
	counted := redact.Manifest{}
	redact.Count(strings.Join(got, "\n"), counted)
	if counted[redact.Email] != 3 {
		t.Errorf("counted %v", counted)
	}
}

func TestFieldsAreKnownFromTheirRecord(t *testing.T) {
	r := redact.New(key, redact.Internal)
	got := r.Fields(map[string]string{"pw": "plainword", "part": "ainwo", "user": "bob", "url": "x://u:plainword@h/"}, "login user=bob password=plainword", redact.Manifest{})
	for name, value := range got {
		if strings.Contains(value, "ainwo") {
			t.Errorf("%s is %q", name, value)
		}
	}
	if got["user"] != "bob" {
		t.Errorf("user is %q", got["user"])
	}
}

func FuzzRedact(f *testing.F) {
	for i, s := range secrets() {
		if i%20 == 0 {
			f.Add(s.text)
		}
	}
	f.Add("password=")
	f.Add("0://\x84@")
	f.Add("%3A%2F%2F:@ -----BEGIN PRIVATE KEY \\u003d \\\\\" eyJ. --password \\\n")
	r := redact.New(key, redact.Vendor)
	f.Fuzz(func(t *testing.T, text string) {
		m := redact.Manifest{}
		got := r.Text(text, m)
		if m[redact.Dropped] > 0 {
			t.Errorf("the redactor failed on %q", text)
		}
		if strings.Count(got, "\n") != strings.Count(text, "\n") {
			t.Errorf("%q lost lines of %q", got, text)
		}
	})
}

// BenchmarkRedact is over a log of a web service in which one line in fifty holds
// a secret.
func BenchmarkRedact(b *testing.B) {
	var lines []string
	for i := range 2000 {
		line := fmt.Sprintf(`2026-11-24T10:%02d:%02d.%03dZ INFO request_id=4f1c%04x method=GET path=/api/v1/orders/%d status=200 duration=%dms user-agent="Mozilla/5.0 (X11; Linux)" bytes=%d`, i/60%60, i%60, i%1000, i, i*7, i%90, i*31)
		if i%50 == 0 {
			line += " password=hunter" + fmt.Sprint(i)
		}
		lines = append(lines, line)
	}
	text := strings.Join(lines, "\n")
	for _, a := range redact.Audiences() {
		b.Run(string(a), func(b *testing.B) {
			r := redact.New(key, a)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				r.Lines(lines, redact.Manifest{})
			}
		})
	}
}

// TestAPackageIsNoPassword: dpkg's log names the package passwd with its architecture.
func TestAPackageIsNoPassword(t *testing.T) {
	const text = "upgrade passwd:amd64 1:4.13 1:4.14"
	if got := redact.New(key, redact.Internal).Text(text, redact.Manifest{}); got != text {
		t.Errorf("%q became %q", text, got)
	}
}
