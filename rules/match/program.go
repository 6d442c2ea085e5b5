package match

import (
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
	// class tells the class of a byte, with two more: lineEnd for '\n', and odd
	// for bytes that alone do not tell.
	class        [256]uint8
	lineEnd, odd uint8
	width        int // classes in a row
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
	if len(p.bounds) > maxClasses {
		return nil
	}
	p.lineEnd, p.odd, p.width = uint8(len(p.bounds)), uint8(len(p.bounds)+1), len(p.bounds)+2
	for c := range p.class {
		switch {
		case c == '\n':
			p.class[c] = p.lineEnd
		case c == '\r', c >= utf8.RuneSelf:
			p.class[c] = p.odd
		default:
			p.class[c] = p.search(rune(c))
		}
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

// size returns about how many bytes the program holds.
func (p *program) size() int { return 52*len(p.insts) + 4*len(p.bounds) + 512 }
