package match

// automaton is an Aho-Corasick automaton over literals with ASCII case folded,
// as a dense table over byte classes: one load a byte, whatever the number of
// literals. A. V. Aho, M. J. Corasick, "Efficient string matching: an aid to
// bibliographic search", CACM 18(6), 1975.
type automaton struct {
	class [256]uint8
	width int
	// next holds, for state*width+class, the next state*width; the lowest bit of
	// a state's entry is free, so accepting targets carry accept.
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

// scan calls found for each position where literals end. pos is the index of a
// literal's last byte.
func (a *automaton) scan(chunk []byte, found func(pos int, literals []int32)) {
	var s uint32
	next, class := a.next, &a.class
	for i, c := range chunk {
		s = next[s+uint32(class[c])]
		if s&accept != 0 {
			s &^= accept
			found(i, a.out[int(s)/a.width])
		}
	}
}
