package condition

import (
	"encoding/binary"
	"hash/fnv"
	"slices"
	"time"
)

// MaxKnown is how many values a key may know; the oldest are forgotten first.
const MaxKnown = 10000

// Novel fires when a value comes that the key has never had, after a time of
// learning that begins with the key's first record. A record exactly Learn after
// that is judged; a late one from the time of learning is learnt.
type Novel struct {
	// Field is the field whose values are known.
	Field string
	Learn time.Duration
}

// New implements [Condition].
func (c Novel) New(time.Time) State { return &novel{c: c} }

type novel struct {
	c     Novel
	Since time.Time `json:",omitzero"`
	// Known are hashes of the values, eight bytes each, in the order of learning.
	Known []byte `json:",omitempty"`

	index   map[uint64]struct{}
	touched bool
}

func (s *novel) Observe(in Input) []Verdict {
	value, ok := in.Fields[s.c.Field]
	if in.Part != Match || !ok {
		return nil
	}
	if s.Since.IsZero() {
		s.Since = in.Time
	}
	if !s.learn(value) || in.Time.Before(s.Since.Add(s.c.Learn)) {
		return nil
	}
	return []Verdict{{Time: in.Time, Count: 1}}
}

// learn reports whether the value was new.
func (s *novel) learn(value string) bool {
	if s.index == nil {
		s.index = map[uint64]struct{}{}
		for known := range slices.Chunk(s.Known, 8) {
			s.index[binary.LittleEndian.Uint64(known)] = struct{}{}
		}
	}
	h := fnv.New64a()
	h.Write([]byte(value))
	id := h.Sum64()
	if _, known := s.index[id]; known {
		return false
	}
	if len(s.Known) >= 8*MaxKnown {
		delete(s.index, binary.LittleEndian.Uint64(s.Known))
		s.Known = s.Known[8:]
	}
	s.Known = binary.LittleEndian.AppendUint64(s.Known, id)
	s.index[id], s.touched = struct{}{}, true
	return true
}

// Touched reports whether there is anything to store since it was last asked.
func (s *novel) Touched() bool {
	touched := s.touched
	s.touched = false
	return touched
}

func (s *novel) Due() time.Time           { return time.Time{} }
func (s *novel) Tick(time.Time) []Verdict { return nil }
func (s *novel) Weight() int              { return 5 * len(s.Known) } // the index has about four times the hashes
