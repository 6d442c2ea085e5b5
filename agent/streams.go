package agent

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/thirdline/thirdline/agent/tail"
)

// streams are what is recorded.
type streams struct {
	all      []Stream
	followed map[string]Stream // of them, by source; the others are read for context alone
}

func newStreams(sources []Source) streams {
	s := streams{followed: map[string]Stream{}}
	for _, source := range sources {
		if source.Stream == nil {
			continue
		}
		s.all = append(s.all, source.Stream)
		if !source.OnlyContext {
			s.followed[source.Name] = source.Stream
		}
	}
	return s
}

func (s streams) run(ctx context.Context, g *errgroup.Group) {
	for _, stream := range s.all {
		g.Go(func() error { return stream.Run(ctx) })
	}
}

// sync makes durable what was recorded, as far as these positions lie in it: after a
// power cut none may lie behind the end of its file.
func (s streams) sync(moved []tail.Position) error {
	for name, stream := range s.followed {
		if !slices.ContainsFunc(moved, func(p tail.Position) bool { return p.Source == name }) {
			continue
		}
		if err := stream.Sync(); err != nil {
			return fmt.Errorf("sync source %s: %w", name, err)
		}
	}
	return nil
}

// committed tells them what is durable.
func (s streams) committed(positions []tail.Position) {
	for _, stream := range s.followed {
		stream.Committed(positions)
	}
}
