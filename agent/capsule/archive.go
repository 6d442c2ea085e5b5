package capsule

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/thirdline/thirdline/agent"
)

// What a capsule may be, however it was made.
const (
	maxFiles = 10_000
	maxBytes = 256 << 20 // of all files, uncompressed
)

// sums is the list of checksums, as sha256sum -c reads it.
func (c *Capsule) sums() []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		if name != sumsFile {
			fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(c.files[name]), name)
		}
	}
	return b.Bytes()
}

// ID is the SHA-256 of the list of checksums.
func (c *Capsule) ID() string {
	sum := sha256.Sum256(c.sums())
	return hex.EncodeToString(sum[:])
}

// Name is what the file is called: the incident and the capsule's id.
func (c *Capsule) Name() string {
	return fmt.Sprintf("incident-%.8s-%d-%.16s.tar.zst", c.Manifest.Incident, c.Manifest.Generation, c.ID())
}

// Write writes the archive. Equal capsules give equal bytes.
func (c *Capsule) Write(w io.Writer) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("write capsule: %w", err)
	}
	c.files[sumsFile] = c.sums()
	t := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		h := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(c.files[name])), ModTime: c.Manifest.Last.Truncate(time.Second), Format: tar.FormatUSTAR}
		if err := t.WriteHeader(h); err != nil {
			return fmt.Errorf("write capsule: %w", err)
		}
		if _, err := t.Write(c.files[name]); err != nil {
			return fmt.Errorf("write capsule: %w", err)
		}
	}
	if err := errors.Join(t.Close(), z.Close()); err != nil {
		return fmt.Errorf("write capsule: %w", err)
	}
	return nil
}

// named finds the id in a capsule's file name.
var named = regexp.MustCompile(`^incident-[0-9a-f]{1,8}-\d+-([0-9a-f]{16})\.tar\.zst$`)

// Read reads and verifies a capsule: every file has its checksum, none is missing or
// too many, each stays inside, and the id is that of the file's name, if it has one.
// Nothing is unpacked.
func Read(r io.Reader, name string) (*Capsule, error) {
	c := &Capsule{files: map[string][]byte{}}
	if err := c.unpack(r); err != nil {
		return nil, fmt.Errorf("read capsule: %w", err)
	}
	if got, want := string(c.sums()), string(c.files[sumsFile]); got != want {
		return nil, fmt.Errorf("verify capsule: %s", differences(got, want))
	}
	if m := named.FindStringSubmatch(path.Base(filepath.ToSlash(name))); m != nil && m[1] != c.ID()[:16] {
		return nil, fmt.Errorf("verify capsule: it is named %s and its content is %s: it was made anew after it was written", m[1], c.ID()[:16])
	}
	if err := json.Unmarshal(c.files[manifestFile], &c.Manifest); err != nil {
		return nil, fmt.Errorf("read capsule: %s: %w", manifestFile, err)
	}
	if c.Manifest.Format != format {
		return nil, fmt.Errorf("read capsule: it has format %d and this thirdline knows %d", c.Manifest.Format, format)
	}
	for n := range c.Manifest.Events {
		var e agent.Past
		name := fmt.Sprintf("events/%04d.json", n+1)
		if err := json.Unmarshal(c.files[name], &e); err != nil {
			return nil, fmt.Errorf("read capsule: %s: %w", name, err)
		}
		c.Events = append(c.Events, e)
	}
	c.Rule = string(c.files[ruleFile])
	return c, nil
}

// unpack reads the files into memory, within bounds.
func (c *Capsule) unpack(r io.Reader) error {
	z, err := zstd.NewReader(r, zstd.WithDecoderMaxMemory(maxBytes), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return err
	}
	defer z.Close()
	t, left := tar.NewReader(z), int64(maxBytes)
	for {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("it is no capsule, or damaged: %w", err)
		case h.Typeflag != tar.TypeReg:
			return fmt.Errorf("%q is no regular file", h.Name)
		case !filepath.IsLocal(h.Name) || path.Clean(h.Name) != h.Name || strings.ContainsRune(h.Name, '\\'):
			return fmt.Errorf("%q leads out of the capsule", h.Name)
		case c.files[h.Name] != nil:
			return fmt.Errorf("%q stands in it twice", h.Name)
		case len(c.files) == maxFiles || h.Size > left:
			return fmt.Errorf("it has more than %d files or %d MiB", maxFiles, maxBytes>>20)
		}
		data := make([]byte, h.Size)
		if _, err := io.ReadFull(t, data); err != nil {
			return fmt.Errorf("%q: %w", h.Name, err)
		}
		c.files[h.Name] = data
		left -= h.Size
	}
}

// differences names the files whose checksums differ.
func differences(got, want string) string {
	lines := func(s string) map[string]string {
		out := map[string]string{}
		for line := range strings.Lines(s) {
			sum, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
			out[name] = sum
		}
		return out
	}
	g, w := lines(got), lines(want)
	var said []string
	for _, name := range slices.Sorted(maps.Keys(g)) {
		if w[name] == "" {
			said = append(said, fmt.Sprintf("%q is not listed", name))
		} else if w[name] != g[name] {
			said = append(said, fmt.Sprintf("%q was changed", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w)) {
		if g[name] == "" {
			said = append(said, fmt.Sprintf("%q is missing", name))
		}
	}
	if len(said) == 0 {
		return "its list of checksums was changed"
	}
	return strings.Join(said[:min(len(said), 5)], ", ")
}
