package agent

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/thirdline/thirdline/agent/tail"
)

// streams are what is recorded.
type streams struct {
	all      []Stream
	followed []Stream // of them; the others are read for context alone
}

func newStreams(sources []Source) (s streams) {
	for _, source := range sources {
		if source.Stream == nil {
			continue
		}
		s.all = append(s.all, source.Stream)
		if !source.OnlyContext {
			s.followed = append(s.followed, source.Stream)
		}
	}
	return s
}

func (s streams) run(ctx context.Context, g *errgroup.Group) {
	for _, stream := range s.all {
		g.Go(func() error { return stream.Run(ctx) })
	}
}

// committed tells them what is durable.
func (s streams) committed(positions []tail.Position) {
	for _, stream := range s.followed {
		stream.Committed(positions)
	}
}
