package agent

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/thirdline/thirdline/agent/snapshot"
	"github.com/thirdline/thirdline/shipper"
)

// maxSnapshot is how large a snapshot may be when it is compressed, in bytes, where
// the configuration does not say.
const maxSnapshot = 256 << 10

// trimmer keeps snapshots small.
type trimmer struct {
	limit   int
	encoder *zstd.Encoder
}

func newTrimmer(limit int) (*trimmer, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	return &trimmer{cmp.Or(limit, maxSnapshot), encoder}, err
}

// fits reports whether a snapshot is small enough. One that is so before it is
// compressed is not compressed.
func (t *trimmer) fits(s *shipper.Snapshot) bool {
	data, err := json.Marshal(s)
	return err != nil || len(data) <= t.limit || len(t.encoder.EncodeAll(data, nil)) <= t.limit
}

// trim makes a snapshot fit, in the declared order: related records and those before
// and after the match, the farthest first; the oldest changes; the ends of what
// diagnostics said; processes; and last the middle of the match.
func (t *trimmer) trim(s *shipper.Snapshot, match time.Time) {
	for _, list := range []struct {
		name string
		cut  func() int // halves the list, and returns how much that was
	}{
		{"related", func() int { return trimRelated(s, match) }},
		{"before", func() int { return trimBefore(s) }},
		{"after", func() int { return trimAfter(s) }},
		{"changed", func() int { return trimEnd(&s.Changed) }},
		{"diagnostics", func() int { return trimDiagnostics(s) }},
		{"processes", func() int { return trimProcesses(s) }},
		{"match", func() int { return trimMatch(s) }},
	} {
		for !t.fits(s) {
			n := list.cut()
			if n == 0 {
				break
			}
			trimmed(s, list.name, n)
		}
	}
}

// trimEnd takes the later half of a list.
func trimEnd[T any](list *[]T) int {
	n := (len(*list) + 1) / 2
	*list = (*list)[:len(*list)-n]
	return n
}

func trimRelated(s *shipper.Snapshot, match time.Time) int {
	byTime := slices.Clone(s.Related)
	slices.SortStableFunc(byTime, func(a, b shipper.Related) int { return cmp.Compare(away(a, match), away(b, match)) })
	n := trimEnd(&byTime)
	slices.SortStableFunc(byTime, func(a, b shipper.Related) int { return a.Time.Compare(b.Time) })
	s.Related = byTime
	return n
}

// trimBefore takes the earlier half, with its places.
func trimBefore(s *shipper.Snapshot) int {
	n := (len(s.Before) + 1) / 2
	s.Before = s.Before[n:]
	for left := n; left > 0 && len(s.Places) > 0; {
		p := &s.Places[0]
		k := min(left, len(p.Offsets))
		if left -= k; k == len(p.Offsets) {
			s.Places = s.Places[1:]
			continue
		}
		p.Offsets = p.Offsets[k:]
		if p.Line > 0 {
			p.Line += int64(k)
		}
	}
	return n
}

// trimAfter takes the later half, with its places.
func trimAfter(s *shipper.Snapshot) int {
	n := trimEnd(&s.After)
	for left := n; left > 0 && len(s.AfterPlaces) > 0; {
		p := &s.AfterPlaces[len(s.AfterPlaces)-1]
		k := min(left, len(p.Offsets))
		p.Offsets, left = p.Offsets[:len(p.Offsets)-k], left-k
		if len(p.Offsets) == 0 {
			s.AfterPlaces = s.AfterPlaces[:len(s.AfterPlaces)-1]
		}
	}
	return n
}

// trimDiagnostics takes the later half of the longest output, in lines.
func trimDiagnostics(s *shipper.Snapshot) int {
	if len(s.Diagnostics) == 0 {
		return 0
	}
	longest := slices.MaxFunc(s.Diagnostics, func(a, b shipper.Diagnostic) int { return cmp.Compare(len(a.Output), len(b.Output)) })
	i := slices.IndexFunc(s.Diagnostics, func(d shipper.Diagnostic) bool { return d.Name == longest.Name })
	if longest.Output == "" {
		return 0
	}
	lines := strings.Split(longest.Output, "\n")
	n := trimEnd(&lines)
	s.Diagnostics[i].Output = strings.Join(lines, "\n")
	return n
}

func trimProcesses(s *shipper.Snapshot) int {
	if s.Facts == nil {
		return 0
	}
	return trimEnd(&s.Facts.TopCPU) + trimEnd(&s.Facts.TopMemory)
}

// trimMatch takes half of the match's lines out of its middle.
func trimMatch(s *shipper.Snapshot) int {
	lines := strings.Split(s.Match, "\n")
	if len(lines) < 4 {
		return 0
	}
	n := len(lines) / 2
	from := (len(lines) - n) / 2
	lines = slices.Concat(lines[:from], lines[from+n:])
	s.Match = snapshot.CutRecord(strings.Join(lines, "\n"))
	return n
}
