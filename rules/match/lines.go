package match

import "bytes"

// streams is how many parts of a block are searched in turn, byte by byte, so that
// the loads of one hide behind those of the others.
const streams = 4

// stream is a part of a block that begins and ends with a line.
type stream struct {
	at, end int
	row     uint32
}

// lineHit is a line, by its first byte, and the result it has in a dfa.
type lineHit struct{ start, result int }

// divide cuts a block of whole lines into streams of about the same length.
func divide(block []byte) (s [streams]stream) {
	at := 0
	for i := range s {
		s[i].at = at
		if want := len(block) * (i + 1) / streams; want > at {
			at = lineEnd(block, want-1)
		}
		s[i].end = at
	}
	return s
}

// search appends to found, by stream, the lines of a block that match any
// expression. Every line must have its line end. It reports false, and has found
// nothing that counts, when the dfa thrashes.
func (d *dfa) search(block []byte, found *[streams][]lineHit) bool {
	d.begin()
	s := divide(block)
	for i := range found {
		found[i] = found[i][:0]
	}
	for {
		n := min(s[0].end-s[0].at, s[1].end-s[1].at, s[2].end-s[2].at, s[3].end-s[3].at)
		if n == 0 {
			break
		}
		n = d.together(block, n, &s)
		d.read += streams * n
		for i := range s {
			s[i].at += n
		}
		for i := range s {
			if d.one(block, &s, i, found); d.thrashes() {
				return false
			}
		}
	}
	for i := range s {
		for s[i].at < s[i].end {
			n := d.alone(block, &s[i])
			d.read += n
			if d.one(block, &s, i, found); d.thrashes() {
				return false
			}
		}
	}
	return true
}

// together moves all streams by as many bytes, at most n, as lead to rows.
func (d *dfa) together(block []byte, n int, s *[streams]stream) int {
	next, class := d.next, &d.prog.class
	b0, b1 := block[s[0].at:s[0].at+n], block[s[1].at:s[1].at+n]
	b2, b3 := block[s[2].at:s[2].at+n], block[s[3].at:s[3].at+n]
	r0, r1, r2, r3 := s[0].row, s[1].row, s[2].row, s[3].row
	i := 0
	for ; i < len(b0) && i < len(b1) && i < len(b2) && i < len(b3); i++ {
		n0 := next[r0+uint32(class[b0[i]])]
		n1 := next[r1+uint32(class[b1[i]])]
		n2 := next[r2+uint32(class[b2[i]])]
		n3 := next[r3+uint32(class[b3[i]])]
		if n0|n1|n2|n3 >= special {
			break
		}
		r0, r1, r2, r3 = n0, n1, n2, n3
	}
	s[0].row, s[1].row, s[2].row, s[3].row = r0, r1, r2, r3
	return i
}

// alone moves one stream as far as it leads to rows.
func (d *dfa) alone(block []byte, s *stream) int {
	next, class, row := d.next, &d.prog.class, s.row
	b := block[s.at:s.end]
	for i, c := range b {
		to := next[row+uint32(class[c])]
		if to >= special {
			s.at, s.row = s.at+i, row
			return i
		}
		row = to
	}
	s.at, s.row = s.end, row
	return len(b)
}

// one moves stream i by one rune, or by the end of a line. When that uses the
// memory up, the states of the others are made again.
func (d *dfa) one(block []byte, s *[streams]stream, i int, found *[streams][]lineHit) {
	t := &s[i]
	if t.at == t.end {
		return
	}
	epoch, states := d.epoch, d.states
	c := block[t.at]
	to := d.next[t.row+uint32(d.prog.class[c])]
	switch {
	case to < special:
		t.at, t.row = t.at+1, to
	case c == '\n':
		found[i] = t.endLine(block, t.at, d.end(t.row), found[i])
	case c == '\r' && block[t.at+1] == '\n':
		found[i] = t.endLine(block, t.at+1, d.end(t.row), found[i])
	default:
		to, n := d.rune(t.row, block[t.at:t.end])
		if to == decided {
			end := t.at + bytes.IndexByte(block[t.at:], '\n')
			found[i] = t.endLine(block, end, matchedAll, found[i])
		} else {
			t.at, t.row = t.at+n, to
		}
	}
	if d.epoch == epoch {
		return
	}
	for k := range s {
		if k != i {
			old := states[int(s[k].row)/d.prog.width]
			s[k].row = d.intern(old.before, old.pending, old.matched)
		}
	}
}

// endLine takes the result of the line whose '\n' is at end.
func (s *stream) endLine(block []byte, end, result int, found []lineHit) []lineHit {
	if result != matchedNone {
		found = append(found, lineHit{lineStart(block[:end]), result})
	}
	s.at, s.row = end+1, 0
	return found
}

// lineStart returns where the line begins that b ends in.
func lineStart(b []byte) int { return bytes.LastIndexByte(b, '\n') + 1 }

// lineEnd returns the index after the line that holds byte i.
func lineEnd(chunk []byte, i int) int {
	if n := bytes.IndexByte(chunk[i:], '\n'); n >= 0 {
		return i + n + 1
	}
	return len(chunk)
}

// trimEnd cuts the line end off.
func trimEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}
