package capsule

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/thirdline/thirdline/agent/redact"
)

// TestThePageOpensInABrowser shows the page in a headless Chromium, without a network:
// it renders, fits, is dark where that is asked for, and runs no script of the log's.
// With THIRDLINE_SCREENSHOTS the pictures stay there.
func TestThePageOpensInABrowser(t *testing.T) {
	browser := os.Getenv("THIRDLINE_BROWSER")
	if browser == "" {
		t.Skip("THIRDLINE_BROWSER names no chromium; testdata/chromium installs one")
	}
	c, _ := make1(t, redact.Vendor)
	dir := os.Getenv("THIRDLINE_SCREENSHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	page := filepath.Join(dir, "index.html")
	if err := os.WriteFile(page, c.files[pageFile], 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		t.Helper()
		all := append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--proxy-server=127.0.0.1:1", "--user-data-dir=" + t.TempDir(), "--window-size=1100,1500"}, args...)
		cmd := exec.CommandContext(t.Context(), browser, append(all, "file://"+page)...)
		var out, said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &said
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v\n%s", err, said.String())
		}
		if strings.Contains(said.String(), "Refused to") {
			t.Errorf("the page asked for more than it may:\n%s", said.String())
		}
		return out.String()
	}
	dom := run("--dump-dom")
	if n := strings.Count(dom, "<script"); n != 0 {
		t.Errorf("%d scripts in the page", n)
	}
	if !regexp.MustCompile(`<tr class="hit"><td>118</td><td>bad sda</td></tr>`).MatchString(dom) {
		t.Error("the matched record is not marked")
	}
	light, dark := filepath.Join(dir, "light.png"), filepath.Join(dir, "dark.png")
	run("--screenshot=" + light)
	run("--screenshot="+dark, "--force-dark-mode", "--blink-settings=preferredColorScheme=0")
	l, d := picture(t, light), picture(t, dark)
	if brightness(l) < 0.8 || brightness(d) > 0.3 {
		t.Errorf("brightness of the light page is %.2f, of the dark one %.2f", brightness(l), brightness(d))
	}
}

func picture(t *testing.T, file string) image.Image {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// brightness is the mean of every hundredth pixel, from 0 to 1.
func brightness(img image.Image) float64 {
	sum, n := 0.0, 0
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y += 10 {
		for x := b.Min.X; x < b.Max.X; x += 10 {
			r, g, bl, _ := img.At(x, y).RGBA()
			sum, n = sum+float64(r+g+bl)/3/0xffff, n+1
		}
	}
	return sum / float64(n)
}
