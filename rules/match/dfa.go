package match

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// memory is what all the dfas of a scanner may hold together, in bytes. Exceeding
// it starts a new epoch, in which every dfa begins anew.
type memory struct{ used, limit, epoch int }

// full starts a new epoch when the memory is used up.
func (m *memory) full() bool {
	if m.used <= m.limit {
		return false
	}
	m.used = 0
	m.epoch++
	return true
}

// dfa is a deterministic automaton of a program, built as lines ask for it and
// thrown away when memory is used up. It answers, for a whole line at once, which
// expressions match somewhere in it. R. Cox, "Regular expression matching in the
// wild", 2010, describes the technique.
type dfa struct {
	prog   *program
	memory *memory
	epoch  int
	next   []uint32 // state*width+class -> the next state's row, or a special value
	states []state
	index  map[string]uint32
	// results are the lists of expressions that lines have matched: none, all, and
	// those met since they were last forgotten.
	results   [][]int32
	forgotten int
	// built and read tell whether states pay: see thrashes.
	built, read int

	seen    []uint32 // by instruction: the generation that reached it
	gen     uint32
	stack   []uint32
	pending []uint32
	matched []int32
	key     []byte
}

// state is what is known before a rune: the rune before it, the instructions to
// go on from, and the expressions that have matched.
type state struct {
	before  rune
	pending []uint32
	matched []int32
}

// In next, a value of special or more is no row. Those from ended are results of
// a line that has ended.
const (
	special = 1 << 31
	unknown = 1<<32 - 1
	decided = 1<<32 - 2 // every expression has matched
	ended   = special
)

const (
	matchedNone = 0
	matchedAll  = 1
	maxResults  = 4096
)

func newDFA(p *program, m *memory) *dfa {
	d := &dfa{prog: p, memory: m, seen: make([]uint32, len(p.insts)), results: make([][]int32, 2)}
	for i := range p.starts {
		d.results[matchedAll] = append(d.results[matchedAll], int32(i))
	}
	d.reset()
	return d
}

func (d *dfa) reset() {
	d.epoch = d.memory.epoch
	d.memory.used += d.prog.size()
	d.next, d.states, d.index = nil, nil, map[string]uint32{}
	d.intern(-1, nil, nil)
}

// begin makes the dfa ready for more lines. What results it gave before is then void
// when it has forgotten them.
func (d *dfa) begin() {
	if len(d.results) > maxResults {
		d.results = d.results[:2:2]
		d.forgotten++
		d.reset()
	} else if d.epoch != d.memory.epoch {
		d.reset()
	}
}

// thrashes reports that lines reach new states nearly as fast as bytes, so that
// building them costs more than they save.
func (d *dfa) thrashes() bool { return d.built > 2000 && d.read < 8*d.built }

// run returns the result of line, which carries no line end.
func (d *dfa) run(line []byte) (result int) {
	d.begin()
	d.read += len(line)
	s := uint32(0)
	for i := 0; i < len(line); {
		to := d.next[s+uint32(d.prog.class[line[i]])]
		n := 1
		if to >= special {
			to, n = d.rune(s, line[i:])
		}
		if to == decided {
			return matchedAll
		}
		s, i = to, i+n
	}
	return d.end(s)
}

// rune goes on from the state at row s by the rune at the beginning of b, and
// returns how many bytes it has.
func (d *dfa) rune(s uint32, b []byte) (to uint32, size int) {
	r, size := utf8.DecodeRune(b)
	class := d.prog.search(r)
	to = d.next[s+uint32(class)]
	if to == unknown {
		to = d.step(s, class)
	}
	return to, size
}

// end returns the result of a line that ends in the state at row s.
func (d *dfa) end(s uint32) int {
	to := d.next[s+uint32(d.prog.lineEnd)]
	switch {
	case to == unknown:
		return d.finish(s)
	case to == decided:
		return matchedAll
	case to >= ended:
		return int(to - ended)
	}
	return matchedNone
}

// finish builds the transition from the state at row s by the end of the line: to
// the first state when nothing has matched, so that a stream of lines goes on.
func (d *dfa) finish(s uint32) int {
	from := d.states[int(s)/d.prog.width]
	d.matched = append(d.matched[:0], from.matched...)
	d.pending = d.pending[:0]
	d.closure(from, syntax.EmptyOpContext(from.before, -1))
	slices.Sort(d.matched)
	result := slices.IndexFunc(d.results, func(r []int32) bool { return slices.Equal(r, d.matched) })
	if result < 0 {
		result = len(d.results)
		d.results = append(d.results, slices.Clone(d.matched))
		d.memory.used += 4*len(d.matched) + 24
	}
	to := uint32(ended + result)
	if result == matchedNone {
		to = 0
	}
	d.next[s+uint32(d.prog.lineEnd)] = to
	return result
}

// step builds the transition from the state at row s by a class of runes. It may
// use the memory up; all rows but the one it returns are then gone.
func (d *dfa) step(s uint32, class uint8) uint32 {
	p, from := d.prog, d.states[int(s)/d.prog.width]
	r := p.bounds[class]
	d.matched = append(d.matched[:0], from.matched...)
	d.pending = d.pending[:0]
	d.closure(from, syntax.EmptyOpContext(from.before, r))
	if len(d.matched) == len(p.starts) {
		d.next[s+uint32(class)] = decided
		return decided
	}
	d.advance(r)
	slices.Sort(d.matched)
	slices.Sort(d.pending)
	pending := slices.Compact(d.pending)
	to := d.intern(likeness(r), pending, d.matched)
	d.next[s+uint32(class)] = to
	if !d.memory.full() {
		return to
	}
	d.reset()
	return d.intern(likeness(r), pending, d.matched)
}

// likeness reduces a rune to one that empty-width assertions cannot tell from it.
func likeness(r rune) rune {
	switch {
	case r < 0 || r == '\n':
		return r
	case syntax.IsWordChar(r):
		return 'a'
	}
	return ' '
}

// closure leaves in pending the rune instructions that are reached without a
// rune from the state's own and from the start of every expression, as a match
// may begin anywhere, and adds to matched the expressions that end.
func (d *dfa) closure(from state, context syntax.EmptyOp) {
	d.gen++
	p := d.prog
	d.stack = append(d.stack[:0], from.pending...)
	for i, s := range p.starts {
		if !slices.Contains(from.matched, int32(i)) {
			d.stack = append(d.stack, s)
		}
	}
	for len(d.stack) > 0 {
		pc := d.stack[len(d.stack)-1]
		d.stack = d.stack[:len(d.stack)-1]
		if d.seen[pc] == d.gen {
			continue
		}
		d.seen[pc] = d.gen
		switch in := &p.insts[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			d.stack = append(d.stack, in.Out, in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			d.stack = append(d.stack, in.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^context == 0 {
				d.stack = append(d.stack, in.Out)
			}
		case syntax.InstMatch:
			if !slices.Contains(d.matched, p.owner[pc]) {
				d.matched = append(d.matched, p.owner[pc])
			}
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			d.pending = append(d.pending, pc)
		}
	}
}

// advance replaces pending by where r leads; what has matched asks no more.
func (d *dfa) advance(r rune) {
	kept := d.pending[:0]
	for _, pc := range d.pending {
		in := &d.prog.insts[pc]
		if in.MatchRune(r) && !slices.Contains(d.matched, d.prog.owner[pc]) {
			kept = append(kept, in.Out)
		}
	}
	d.pending = kept
}

// intern returns the row of a state, making it if need be.
func (d *dfa) intern(before rune, pending []uint32, matched []int32) uint32 {
	d.key = binary.AppendVarint(d.key[:0], int64(before))
	d.key = binary.AppendUvarint(d.key, uint64(len(matched)))
	for _, m := range matched {
		d.key = binary.AppendUvarint(d.key, uint64(m))
	}
	for _, pc := range pending {
		d.key = binary.AppendUvarint(d.key, uint64(pc))
	}
	if row, ok := d.index[string(d.key)]; ok {
		return row
	}
	d.memory.used += 6*d.prog.width + 4*(len(pending)+len(matched)) + 2*len(d.key) + 128
	d.built++
	row := uint32(len(d.states) * d.prog.width)
	d.states = append(d.states, state{before, slices.Clone(pending), slices.Clone(matched)})
	for range d.prog.width {
		d.next = append(d.next, unknown)
	}
	d.index[string(d.key)] = row
	return row
}
