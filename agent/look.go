package agent

import (
	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/rules"
)

// Looker finds what rules match in chunks. It is not safe for concurrent use, but
// several may look at a time.
type Looker struct {
	set     *rules.Set
	sources sources
	views   map[viewKey]*rules.View
}

// viewKey is what a rule's selector can tell apart.
type viewKey struct{ source, path string }

// Sight is a chunk with what the rules match in it.
type Sight struct {
	chunk tail.Chunk
	shape *record.Shape
	text  []byte
	marks []record.Mark
	found []rules.Match
}

// Look finds what a chunk holds. The sight is as valid as the chunk's data.
func (l *Looker) Look(c tail.Chunk) Sight { return l.look(c, nil) }

// look is Look, with room for what it finds.
func (l *Looker) look(c tail.Chunk, room []rules.Match) Sight {
	key := viewKey{c.File.Source, c.File.Live}
	view := l.views[key]
	if view == nil {
		view = l.set.View(rules.Source{Path: key.path, Tags: l.sources.tags[key.source], Format: l.sources.formats[key.source]})
		l.views[key] = view
	}
	s := Sight{chunk: c, shape: l.sources.shapes[key.source]}
	s.text, s.marks = s.shape.Text(c.File.Encoding, c.Data)
	s.found = view.Scan(s.text, room[:0])
	return s
}
