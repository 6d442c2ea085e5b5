package match

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// maxClasses bounds a row of a dfa. Expressions over large Unicode tables exceed
// it and are left to package regexp.
const maxClasses = 250

// program is the instructions of one or more expressions, numbered as one, over
// classes of runes that no instruction tells apart.
type program struct {
	insts  []syntax.Inst
	owner  []int32 // by instruction: the expression it belongs to
	starts []uint32
	bounds []rune // class c holds the runes bounds[c] to bounds[c+1]-1
	ascii  [utf8.RuneSelf]uint8
	width  int // classes, and the end of the line as the last of them
}

// newProgram returns nil when the expressions need too many classes or do not parse.
func newProgram(patterns []string) *program {
	p := &program{bounds: []rune{0, '\n', '\n' + 1, '0', '9' + 1, 'A', 'Z' + 1, '_', '_' + 1, 'a', 'z' + 1, utf8.RuneSelf}}
	for i, pattern := range patterns {
		re, err := syntax.Parse(pattern, syntax.Perl)
		if err != nil {
			return nil
		}
		prog, err := syntax.Compile(re.Simplify())
		if err != nil {
			return nil
		}
		p.add(int32(i), prog)
	}
	slices.Sort(p.bounds)
	p.bounds = slices.Compact(p.bounds)
	p.width = len(p.bounds) + 1
	if p.width > maxClasses {
		return nil
	}
	for c := range rune(utf8.RuneSelf) {
		p.ascii[c] = p.search(c)
	}
	return p
}

func (p *program) add(owner int32, prog *syntax.Prog) {
	base := uint32(len(p.insts))
	p.starts = append(p.starts, base+uint32(prog.Start))
	for _, in := range prog.Inst {
		in.Out += base
		switch in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			in.Arg += base
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			p.bound(&in)
		}
		p.insts = append(p.insts, in)
		p.owner = append(p.owner, owner)
	}
}

func (p *program) bound(in *syntax.Inst) {
	if len(in.Rune) == 1 {
		r := in.Rune[0]
		p.bounds = append(p.bounds, r, r+1)
		if syntax.Flags(in.Arg)&syntax.FoldCase != 0 {
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				p.bounds = append(p.bounds, f, f+1)
			}
		}
		return
	}
	for i := 0; i+1 < len(in.Rune); i += 2 {
		p.bounds = append(p.bounds, in.Rune[i])
		if in.Rune[i+1] < unicode.MaxRune {
			p.bounds = append(p.bounds, in.Rune[i+1]+1)
		}
	}
}

func (p *program) search(r rune) uint8 {
	i, exact := slices.BinarySearch(p.bounds, r)
	if !exact {
		i--
	}
	return uint8(i)
}

// memory is what all the dfas of a scanner may hold together, in bytes. Exceeding
// it starts a new epoch, in which every dfa begins anew.
type memory struct{ used, limit, epoch int }

// dfa is a deterministic automaton of a program, built as lines ask for it and
// thrown away when memory is used up. It answers, for a whole line at once, which
// expressions match somewhere in it. R. Cox, "Regular expression matching in the
// wild", 2010, describes the technique.
type dfa struct {
	prog   *program
	memory *memory
	epoch  int
	next   []uint32 // state*width+class -> the next state's row, or unknown
	states []state
	index  map[string]uint32
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

// A row offset equal to or above these is no row.
const (
	unknown = 1<<32 - 1
	decided = 1<<32 - 2 // every expression has matched
)

func newDFA(p *program, m *memory) *dfa {
	d := &dfa{prog: p, memory: m, seen: make([]uint32, len(p.insts))}
	d.reset()
	return d
}

func (d *dfa) reset() {
	d.epoch = d.memory.epoch
	d.next, d.states, d.index = nil, nil, map[string]uint32{}
	d.intern(-1, nil, nil)
}

// thrashes reports that lines reach new states nearly as fast as bytes, so that
// building them costs more than they save.
func (d *dfa) thrashes() bool { return d.built > 2000 && d.read < 8*d.built }

// run returns the expressions that match in line, ordered; all means every one
// does. The result is valid until the next call.
func (d *dfa) run(line []byte) (matched []int32, all bool) {
	if d.epoch != d.memory.epoch {
		d.reset()
	}
	d.read += len(line)
	p, s := d.prog, uint32(0)
	for i := 0; i < len(line); {
		var class uint8
		if c := line[i]; c < utf8.RuneSelf {
			class = p.ascii[c]
			i++
		} else {
			r, n := utf8.DecodeRune(line[i:])
			class = p.search(r)
			i += n
		}
		to := d.next[s+uint32(class)]
		if to == unknown {
			to = d.step(s, int(class))
		}
		if to == decided {
			return nil, true
		}
		s = to
	}
	to := d.next[s+uint32(p.width-1)]
	if to == unknown {
		to = d.step(s, p.width-1)
	}
	if to == decided {
		return nil, true
	}
	return d.states[int(to)/p.width].matched, false
}

// step builds the transition from the state at row s by class.
func (d *dfa) step(s uint32, class int) uint32 {
	p, from := d.prog, d.states[int(s)/d.prog.width]
	r := rune(-1) // the end of the line
	if class < len(p.bounds) {
		r = p.bounds[class]
	}
	d.matched = append(d.matched[:0], from.matched...)
	d.pending = d.pending[:0]
	d.closure(from, syntax.EmptyOpContext(from.before, r))
	if len(d.matched) == len(p.starts) {
		d.next[int(s)+class] = decided
		return decided
	}
	if r >= 0 {
		d.advance(r)
	} else {
		d.pending = d.pending[:0]
	}
	slices.Sort(d.matched)
	slices.Sort(d.pending)
	to := d.intern(likeness(r), slices.Compact(d.pending), d.matched)
	if d.epoch == d.memory.epoch {
		d.next[int(s)+class] = to
		return to
	}
	d.reset() // memory was used up: s is gone, the new state comes again
	to = d.intern(likeness(r), slices.Compact(d.pending), d.matched)
	d.epoch = d.memory.epoch
	return to
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

// intern returns the row of a state, making it if need be. When that exceeds the
// memory it starts a new epoch instead.
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
	size := 4*d.prog.width + 4*(len(pending)+len(matched)) + 2*len(d.key) + 128
	if d.memory.used += size; d.memory.used > d.memory.limit {
		d.memory.used = size
		d.memory.epoch++
	}
	d.built++
	row := uint32(len(d.states) * d.prog.width)
	d.states = append(d.states, state{before, slices.Clone(pending), slices.Clone(matched)})
	for range d.prog.width {
		d.next = append(d.next, unknown)
	}
	d.index[string(d.key)] = row
	return row
}
