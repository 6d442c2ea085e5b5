// Package doctor examines what the agent needs of its host: files that it may
// read, room for its state, limits of the kernel, a right clock, endpoints that
// answer, a unit that confines it. It changes nothing and sends no event.
package doctor

import (
	"context"
	"crypto/tls"
	"time"
)

// Verdict of a Finding, in ascending order of concern.
type Verdict string

// The verdicts. Unknown is for what cannot be seen from here.
const (
	Fine    Verdict = "fine"
	Unknown Verdict = "unknown"
	Warning Verdict = "warning"
	Bad     Verdict = "bad"
)

// Finding is what one examination found.
type Finding struct {
	// About is the subject, such as "clock" or "destination desk".
	About   string  `json:"about"`
	Verdict Verdict `json:"verdict"`
	Said    string  `json:"said"`
	// Remedy is set unless all is well.
	Remedy string `json:"remedy,omitempty"`
}

// Source is a set of files to follow, by absolute globs.
type Source struct {
	Name             string
	Include, Exclude []string
}

// Endpoint is where a destination sends to.
type Endpoint struct {
	Name, URL string
	TLS       *tls.Config
}

// Options say what to examine.
type Options struct {
	Sources   []Source
	State     string // directory
	Endpoints []Endpoint
	Unit      string // name of the systemd unit
	// Within bounds each look at the network. Default 5 s.
	Within time.Duration
	// Now is the time by which certificates are judged.
	Now time.Time
}

// Examine makes every examination.
func Examine(ctx context.Context, o Options) []Finding {
	if o.Within == 0 {
		o.Within = 5 * time.Second
	}
	var out []Finding
	files, folders := 0, map[string]bool{}
	for _, s := range o.Sources {
		f := examineSource(s, folders)
		files += f.files
		out = append(out, f.Finding)
	}
	out = append(out, watches(len(folders)), descriptors(files), state(o.State), clock())
	for _, e := range o.Endpoints {
		out = append(out, o.endpoint(ctx, e)...)
	}
	return append(out, unit(ctx, o.Unit)...)
}
