package match

// automaton is an Aho-Corasick automaton over literals with ASCII case folded,
// as a dense table over byte classes: one load a byte, whatever the number of
// literals. A. V. Aho, M. J. Corasick, "Efficient string matching: an aid to
// bibliographic search", CACM 18(6), 1975. Several streams are searched at once.
type automaton struct {
	class [256]uint8
	width int
	// next holds, for state*width+class, the next state*width; targets where
	// literals end carry accept.
	next []uint32
	out  [][]int32 // by state: the literals that end there
}

const accept = 1 << 31

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// classes counts the classes of bytes that literals need.
func classes(literals []string) int {
	var seen [256]bool
	n := 1
	for _, l := range literals {
		for i := range len(l) {
			if !seen[l[i]] {
				seen[l[i]] = true
				n++
			}
		}
	}
	return n
}

func newAutomaton(literals []string) *automaton {
	a := &automaton{width: 1}
	for _, l := range literals {
		for i := range len(l) {
			c := lower(l[i])
			if a.class[c] == 0 {
				a.class[c] = uint8(a.width)
				a.width++
			}
		}
	}
	for c := byte('A'); c <= 'Z'; c++ {
		a.class[c] = a.class[lower(c)]
	}
	a.trie(literals)
	a.link()
	return a
}

// trie lays the literals out; 0 in next means "no edge" until link has run.
func (a *automaton) trie(literals []string) {
	a.next = make([]uint32, a.width)
	a.out = make([][]int32, 1)
	for li, l := range literals {
		s := 0
		for i := range len(l) {
			edge := s*a.width + int(a.class[l[i]])
			if a.next[edge] == 0 {
				a.next[edge] = uint32(len(a.out))
				a.out = append(a.out, nil)
				a.next = append(a.next, make([]uint32, a.width)...)
			}
			s = int(a.next[edge])
		}
		a.out[s] = append(a.out[s], int32(li))
	}
}

// link fills every missing edge from the state's longest proper suffix, breadth
// first, and then turns state numbers into row offsets.
func (a *automaton) link() {
	fail := make([]int, len(a.out))
	queue := []int{0}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		for c := range a.width {
			edge := s*a.width + c
			suffix := 0
			if s != 0 {
				suffix = int(a.next[fail[s]*a.width+c])
			}
			if to := int(a.next[edge]); to != 0 {
				fail[to] = suffix
				a.out[to] = append(a.out[to], a.out[suffix]...)
				queue = append(queue, to)
			} else {
				a.next[edge] = uint32(suffix)
			}
		}
	}
	for i, s := range a.next {
		a.next[i] = s * uint32(a.width)
		if len(a.out[s]) > 0 {
			a.next[i] |= accept
		}
	}
}

// streams is how many parts of a block are searched in turn, byte by byte, so that
// the loads of one hide behind those of the others.
const streams = 4

// candidate is a place where literals end: the index of their last byte, and the
// row of the state whose out lists them.
type candidate struct{ pos, state uint32 }

// cut returns where the streams of a block begin and end: at line ends, about
// evenly.
func cut(block []byte) (cuts [streams + 1]int) {
	for i := 1; i < streams; i++ {
		at := max(len(block)*i/streams, cuts[i-1])
		if at > 0 && at < len(block) {
			at = lineEnd(block, at-1)
		}
		cuts[i] = at
	}
	cuts[streams] = len(block)
	return cuts
}

// search leaves in found, by stream, the candidates of a block.
func (a *automaton) search(block []byte, cuts [streams + 1]int, found *[streams][]candidate) {
	for i := range found {
		found[i] = found[i][:0]
	}
	b0, b1, b2, b3 := block[cuts[0]:cuts[1]], block[cuts[1]:cuts[2]], block[cuts[2]:cuts[3]], block[cuts[3]:cuts[4]]
	n := min(len(b0), len(b1), len(b2), len(b3))
	b0, b1, b2, b3 = b0[:n], b1[:n], b2[:n], b3[:n]
	next, class := a.next, &a.class
	var s0, s1, s2, s3 uint32
	for i := range b0 {
		s0 = next[s0+uint32(class[b0[i]])]
		s1 = next[s1+uint32(class[b1[i]])]
		s2 = next[s2+uint32(class[b2[i]])]
		s3 = next[s3+uint32(class[b3[i]])]
		if int32(s0|s1|s2|s3) < 0 { // one of them accepts
			for k, s := range [streams]uint32{s0, s1, s2, s3} {
				if s&accept != 0 {
					found[k] = append(found[k], candidate{uint32(cuts[k] + i), s &^ accept})
				}
			}
			s0, s1, s2, s3 = s0&^accept, s1&^accept, s2&^accept, s3&^accept
		}
	}
	for k, s := range [streams]uint32{s0, s1, s2, s3} {
		found[k] = a.rest(block, cuts[k]+n, cuts[k+1], s, found[k])
	}
}

// rest searches block[from:to] from state s.
func (a *automaton) rest(block []byte, from, to int, s uint32, found []candidate) []candidate {
	for i := from; i < to; i++ {
		s = a.next[s+uint32(a.class[block[i]])]
		if s&accept != 0 {
			s &^= accept
			found = append(found, candidate{uint32(i), s})
		}
	}
	return found
}
